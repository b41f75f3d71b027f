"""A live run: one source through the live pipeline to the viewer and to any number of receivers."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ganbodypose.core import Camera, UserError
from ganbodypose.estimator import PoseSession
from ganbodypose.io.sources.opening import without_login
from ganbodypose.io.video import VideoSource, open_video
from ganbodypose.jobs.options import PoseOptions
from ganbodypose.jobs.provenance import assumed, provenance, source_facts
from ganbodypose.live.one_euro import DEFAULT_STRENGTH
from ganbodypose.live.pipeline import LivePipeline
from ganbodypose.live.recorder import Recorder
from ganbodypose.live.settings import LiveControl, LiveSettings
from ganbodypose.live.statistics import LiveStatistics
from ganbodypose.sinks import Delivery, SinkStatus, create_sink

_STATUS_EVERY_S = 0.5


@dataclass(frozen=True)
class ViewerOptions:
    """Where the viewer is served. Others than this computer need the token (None: one is made up)."""

    host: str = "127.0.0.1"
    port: int = 8080
    token: str | None = None


@dataclass(frozen=True)
class LiveOptions:
    """pose: detector, camera and so on, as for a video. fps: rate of what carries no times (images, raw H.264).
    receivers: addresses for `sinks.create_sink`, with the token that `ws` asks for. real_time: replay a file at its
    own rate as if it were a camera. record: write results from the start. recordings: folder for results. viewer:
    None for none."""

    pose: PoseOptions = field(default_factory=PoseOptions)
    fps: float | None = None
    smoothing: float = DEFAULT_STRENGTH
    real_time: bool = False
    receivers: tuple[str, ...] = ()
    token: str | None = None
    record: bool = False
    recordings: Path = Path("recordings")
    viewer: ViewerOptions | None = None

    @property
    def settings(self) -> LiveSettings:
        return LiveSettings(self.pose.detector, self.pose.persons, self.smoothing)


@dataclass(frozen=True)
class LiveStatus:
    """How it goes: persons in the last result, delays and rates, every receiver."""

    persons: int
    statistics: LiveStatistics
    receivers: tuple[SinkStatus, ...]


@dataclass(frozen=True)
class LiveSummary:
    """What a live run did."""

    source: str
    statistics: LiveStatistics
    receivers: tuple[SinkStatus, ...]
    recordings: tuple[Path, ...]
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "source": self.source,
            **self.statistics.as_json(),
            "receivers": [status.as_json() for status in self.receivers],
            "recordings": [str(path) for path in self.recordings],
            "warnings": list(self.warnings),
        }


def run_live(
    source: str,
    options: LiveOptions,
    on_start: Callable[[tuple[str, ...]], None] = lambda _: None,
    on_status: Callable[[LiveStatus], None] = lambda _: None,
) -> LiveSummary:
    """Run until the source ends or Ctrl-C, which is the usual end of a live run.

    on_start gets the addresses to connect to, with their tokens; on_status is called twice a second. Raises
    UserError, before anything starts, where the source, an option or a receiver cannot be used.
    """
    twice = next((one for one, count in Counter(options.receivers).items() if count > 1), None)
    if twice is not None:
        raise UserError(f"'{twice}' is given twice: name each receiver once.")
    with ExitStack() as stack:
        deliveries = [_delivery(address, options, stack) for address in options.receivers]
        video = stack.enter_context(open_video(source, image_fps=options.fps))
        run = _LiveRun(source, video, options, stack, deliveries)
        on_start(run.addresses)
        with _terminated_as_interrupted(), suppress(KeyboardInterrupt), run.recorder.kept():
            run.follow(on_status)
        run.finish()
        return run.summary()


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Whoever stops a program from outside, as a service manager does, ends it as Ctrl-C would."""
    if threading.current_thread() is not threading.main_thread():  # only there can signals be handled
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _delivery(address: str, options: LiveOptions, stack: ExitStack) -> Delivery:
    delivery = Delivery(create_sink(address, options.token))
    stack.callback(delivery.close)
    return delivery


class _LiveRun:
    """A live run while it lasts."""

    def __init__(
        self,
        source: str,
        video: VideoSource,
        options: LiveOptions,
        stack: ExitStack,
        deliveries: list[Delivery],
    ) -> None:
        self._source, self._video, self._deliveries = source, video, deliveries
        sessions = _Sessions(options.pose)
        camera = sessions.estimator.camera_for(video.size_wh)
        control = LiveControl(options.settings)
        self.recorder = Recorder(
            options.recordings, camera, lambda: _meta(source, sessions, camera, control.settings.smoothing)
        )
        if options.record:
            self.recorder.start()
        if options.viewer is not None:  # it takes a moment, and no picture should wait for it
            self._deliveries = [*deliveries, self._open_viewer(options.viewer, control, stack)]
        self.addresses = tuple(delivery.address for delivery in self._deliveries)
        self._pipeline = stack.enter_context(
            LivePipeline(video, sessions, control, options.real_time or video.is_live, options.real_time)
        )

    def _open_viewer(self, options: ViewerOptions, control: LiveControl, stack: ExitStack) -> Delivery:
        from ganbodypose.viewer.viewer import ViewerSink, Watched  # half a second, for who wants it

        watched = Watched(control, self.recorder, lambda: self._pipeline.statistics, self._receivers)
        viewer = Delivery(ViewerSink(options.host, options.port, options.token, watched))
        stack.callback(viewer.close)
        return viewer

    def follow(self, on_status: Callable[[LiveStatus], None]) -> None:
        told_s = time.monotonic()
        for live in self._pipeline:
            self.recorder.add(live)
            for delivery in self._deliveries:
                delivery.offer(live)
            if time.monotonic() - told_s >= _STATUS_EVERY_S:
                told_s = time.monotonic()
                on_status(LiveStatus(len(live.result.persons), self._pipeline.statistics, self._receivers()))

    def finish(self) -> None:
        """Hand over what still waits, so that the summary is final."""
        self._pipeline.close()
        self.recorder.stop()
        for delivery in self._deliveries:
            delivery.close()

    def summary(self) -> LiveSummary:
        problems = (self._video.warning, self.recorder.problem)
        return LiveSummary(
            without_login(self._source),
            self._pipeline.statistics,
            self._receivers(),
            tuple(self.recorder.files),
            tuple(problem for problem in problems if problem),
        )

    def _receivers(self) -> tuple[SinkStatus, ...]:
        return tuple(delivery.status for delivery in self._deliveries)


def _meta(source: str, sessions: _Sessions, camera: Camera, smoothing: float) -> dict[str, Any]:
    return provenance(sessions.pose, camera, sessions.estimator.network.calibration) | {
        "source": source_facts(source),
        "live": True,
        "smoothing": smoothing,
        "warnings": assumed(sessions.pose, camera),
    }


class _Sessions:
    """Makes sessions for changing settings; the networks of the detector in use, as `pose` says, are kept."""

    def __init__(self, pose: PoseOptions) -> None:
        self.pose = pose
        self.estimator = pose.estimator()

    def __call__(self, settings: LiveSettings, size_wh: tuple[int, int]) -> PoseSession:
        pose = replace(self.pose, detector=settings.detector or self.pose.detector)
        estimator = self.estimator if pose == self.pose else pose.estimator()
        estimator.persons = settings.persons
        session = estimator.session(size_wh)
        self.estimator, self.pose = estimator, pose
        return session
