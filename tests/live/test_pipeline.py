"""Live pipeline: order, dropping only when live, overlap, delay, pause, changes, errors and its end."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from ganbodypose.core import FrameResult, UserError, VideoFrame
from ganbodypose.live.pipeline import LivePipeline
from ganbodypose.live.settings import LiveSettings

_RGB = np.zeros((48, 64, 3), np.uint8)


def _frames(count: int, fps: float = 100.0) -> Iterator[VideoFrame]:
    for k in range(count):
        yield VideoFrame(_RGB, k, k / fps)


@dataclass
class FakeSession:
    """Takes its time for each half and remembers when each was at work."""

    detect_s: float = 0.0
    lift_s: float = 0.0
    fail_at: int = -1
    work: list[tuple[str, int, float, float]] = field(default_factory=list)

    def detect(self, frame: VideoFrame) -> VideoFrame:
        if frame.index == self.fail_at:
            raise ValueError("broken picture")
        self._spend("detect", frame.index, self.detect_s)
        return frame

    def lift(self, detected: VideoFrame) -> FrameResult:
        self._spend("lift", detected.index, self.lift_s)
        return FrameResult(detected.index, detected.time_s, ())

    def _spend(self, half: str, index: int, seconds: float) -> None:
        start = time.monotonic()
        time.sleep(seconds)
        self.work.append((half, index, start, time.monotonic()))


def _pipeline(frames: Iterator[VideoFrame], session: FakeSession, **options: bool) -> LivePipeline:
    return LivePipeline(frames, lambda _settings, _size: session, **options)


def test_a_file_loses_nothing_however_slow_the_consumer() -> None:
    with _pipeline(_frames(40), FakeSession(detect_s=0.002)) as pipeline:
        indices = []
        for live in pipeline:
            time.sleep(0.004)
            indices.append(live.result.frame_index)
            assert live.frame.index == live.result.frame_index
    assert indices == list(range(40))
    assert pipeline.statistics.dropped == 0
    assert pipeline.statistics.frames == 40


def test_a_live_source_that_is_too_fast_loses_stale_pictures_and_counts_them() -> None:
    with _pipeline(_frames(60), FakeSession(detect_s=0.03), drop_stale=True, real_time=True) as pipeline:
        indices = [live.result.frame_index for live in pipeline]
    assert indices == sorted(set(indices))
    assert len(indices) < 35
    assert pipeline.statistics.dropped == 60 - len(indices)
    assert pipeline.statistics.delay_p95_ms < 1000 * 5 * 0.03  # a queue without bounds would be at 1 s


def test_a_slow_consumer_does_not_hold_up_a_live_source() -> None:
    session = FakeSession()
    with _pipeline(_frames(50), session, drop_stale=True, real_time=True) as pipeline:
        next(pipeline)
        time.sleep(0.6)
        last = [live.result.frame_index for live in pipeline][-1]
    assert last == 49
    assert len([w for w in session.work if w[0] == "detect"]) >= 45
    assert pipeline.statistics.dropped >= 40


def test_detection_and_lifting_overlap() -> None:
    session = FakeSession(detect_s=0.02, lift_s=0.02)
    with _pipeline(_frames(15), session) as pipeline:
        assert len(list(pipeline)) == 15
    overlaps = sum(
        a[0] == "detect" and b[0] == "lift" and a[2] < b[3] and b[2] < a[3]
        for a in session.work
        for b in session.work
    )
    assert overlaps >= 10


def test_the_delay_counts_from_capture_to_delivery() -> None:
    with _pipeline(_frames(10, fps=10), FakeSession(0.03, 0.02), drop_stale=True, real_time=True) as pipeline:
        delays = [live.delay_s for live in pipeline]
    assert min(delays) >= 0.05
    assert np.median(delays) < 0.09


def test_real_time_keeps_the_files_own_rate() -> None:
    before = time.monotonic()
    with _pipeline(_frames(20, fps=40), FakeSession(), real_time=True) as pipeline:
        assert len(list(pipeline)) == 20
    assert 19 / 40 <= time.monotonic() - before < 1.5


def test_a_pause_holds_results_back_and_its_pictures_do_not_count_as_dropped() -> None:
    with _pipeline(_frames(100), FakeSession(), drop_stale=True, real_time=True) as pipeline:
        next(pipeline)
        pipeline.control.change(paused=True)
        time.sleep(0.3)
        while_paused = pipeline.statistics.frames
        threading.Timer(0.1, pipeline.control.change, kwargs={"paused": False}).start()
        indices = [live.result.frame_index for live in pipeline]
    assert while_paused == 1
    assert max(np.diff(indices)) > 20
    assert indices[-1] == 99
    assert pipeline.statistics.dropped < 20


def test_another_detector_is_another_session_and_a_bad_one_leaves_the_old_at_work() -> None:
    made = []

    def make(settings: LiveSettings, size_wh: tuple[int, int]) -> FakeSession:
        if settings.detector == "bad":
            raise UserError("No such detector.")
        made.append((settings.detector, settings.persons, size_wh))
        return FakeSession()

    with LivePipeline(_frames(10_000, 1000), make) as pipeline:
        next(pipeline)
        pipeline.control.change(detector="bad")
        for _ in range(6):
            next(pipeline)
        assert pipeline.control.problem == "No such detector."
        pipeline.control.change(detector="good", persons=2)
        for _ in range(6):
            next(pipeline)
        assert pipeline.control.problem is None
    assert made == [(None, None, (64, 48)), ("good", 2, (64, 48))]


@pytest.mark.parametrize("smoothing", [-0.1, 1.5, float("nan")])
def test_smoothing_out_of_range_is_refused(smoothing: float) -> None:
    with pytest.raises(UserError, match="between 0"):
        LiveSettings(smoothing=smoothing)


def test_an_error_comes_after_the_results_before_it() -> None:
    seen = []
    with (
        pytest.raises(ValueError, match="broken picture"),
        _pipeline(_frames(9), FakeSession(fail_at=5)) as p,
    ):
        for live in p:
            seen.append(live.result.frame_index)
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (VideoFrame(np.zeros((24, 64, 3), np.uint8), 1, 0.1), "64x24.*one size"),
        (VideoFrame(_RGB, 1, 0.0), "times must be numbers that rise"),
    ],
)
def test_pictures_of_other_sizes_and_times_that_stand_still_are_refused(
    second: VideoFrame, told: str
) -> None:
    frames = iter([VideoFrame(_RGB, 0, 0.0), second])
    with pytest.raises(UserError, match=told), _pipeline(frames, FakeSession()) as p:
        list(p)


def _threads() -> int:
    return sum(t.name == "run-ahead" for t in threading.enumerate())


def test_closing_ends_all_threads_and_closes_the_source() -> None:
    class Camera:
        closed = False

        def __iter__(self) -> Iterator[VideoFrame]:
            return _frames(10**6)

        def close(self) -> None:
            self.closed = True

    camera, before = Camera(), _threads()
    pipeline = LivePipeline(camera, lambda *_: FakeSession())
    next(pipeline)
    pipeline.close()
    pipeline.close()
    assert camera.closed
    assert _threads() == before
    assert list(pipeline) == []


def test_closing_ends_a_pause() -> None:
    before = _threads()
    pipeline = _pipeline(_frames(10**6), FakeSession())
    pipeline.control.change(paused=True)
    pipeline.close()
    assert _threads() == before


def test_a_forgotten_pipeline_ends_its_threads() -> None:
    before = _threads()
    pipeline = _pipeline(_frames(10**6), FakeSession())
    next(pipeline)
    del pipeline
    gc.collect()
    assert _threads() == before


def test_async_for_leaves_the_event_loop_free() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    async def follow() -> list[int]:
        ticking = asyncio.create_task(tick())
        with _pipeline(_frames(10), FakeSession(detect_s=0.02)) as pipeline:
            indices = [live.result.frame_index async for live in pipeline]
        ticking.cancel()
        return indices

    assert asyncio.run(follow()) == list(range(10))
    assert ticks >= 10
