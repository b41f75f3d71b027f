"""The main job: one video in, one folder of results out (poses.npz, overlay.mp4, report.html).

Memory is constant, except in a mode for whole recordings and in parts.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from ganbodypose.core import Camera, FrameResult, UserError, VideoFrame
from ganbodypose.estimator import PoseEstimator, PoseSession, RecordingSession
from ganbodypose.io.keypoints import is_keypoints
from ganbodypose.io.keypoints.source import KeypointSource
from ganbodypose.io.results import ResultsWriter, load
from ganbodypose.io.sources.opening import without_login
from ganbodypose.io.video import VideoSource, open_video
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.overlay_thread import OverlayThread
from ganbodypose.jobs.parts import follow, parts_of
from ganbodypose.jobs.provenance import assumed, provenance, source_facts
from ganbodypose.jobs.result_folder import (
    OVERLAY,
    POSES,
    REPORT,
    publish,
    refuse_to_overwrite,
    unfinished_folder,
)
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.report.overlay import OverlayVideo
from ganbodypose.track import Tracked

MIN_SIDE_PX = 32


@dataclass(frozen=True)
class Progress:
    """`frames` done of about `frames_total` (None where unknown); `persons` in the last one."""

    frames: int
    frames_total: int | None
    persons: int


@dataclass(frozen=True)
class RunSummary:
    """What a run did.

    frames_per_person: by track id, the person with most frames first. pose_s: the part of elapsed_s that went
    into detection, tracking, lifting and quality. interrupted: by Ctrl-C. damaged: pictures were missing or
    damaged, or the source broke off. parts: in how many the people were found.
    """

    source: str
    files: dict[str, Path]
    frames: int
    frames_per_person: dict[int, int]
    video_s: float
    elapsed_s: float
    pose_s: float
    warnings: tuple[str, ...]
    interrupted: bool
    damaged: bool
    parts: int = 1

    def as_json(self) -> dict[str, Any]:
        """Plain values, with the frame rates reached."""
        return asdict(self) | {
            "files": {name: str(path) for name, path in self.files.items()},
            "frames_per_s": round(self.frames / self.elapsed_s, 2),
            "pose_frames_per_s": round(self.frames / self.pose_s, 2),
        }


def run_video(
    source: str | Path,
    out_dir: str | Path,
    options: RunOptions | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> RunSummary:
    """Run the main job on `source` and put the results into `out_dir`.

    source: anything `io.video.open_video` opens, or keypoints of another tool (`io.keypoints`), which are lifted
    without pictures: then there is no overlay.

    Ctrl-C ends the video early: what was done by then becomes valid results, and a warning says so; the same
    goes for a video that breaks off. A second Ctrl-C, or one before the first picture or while a video is worked
    on in parts, raises KeyboardInterrupt and leaves nothing behind. Raises UserError, and leaves nothing behind,
    where the input, an option or the folder cannot be used.
    """
    options, out_dir = options or RunOptions(), Path(out_dir)
    refuse_to_overwrite(Path(source), out_dir)
    estimator = options.estimator()
    with _open(source, options) as video, unfinished_folder(out_dir) as folder:
        _require_visible(video)
        job = _Job(str(source), video, estimator.camera_for(video.size_wh), options)
        with _stop_on_interrupt() as stop:
            job.process(estimator, folder, stop, on_progress)
            del estimator  # the networks' memory is then free for the report's
            if options.report:
                # Takes SciPy along, for which the first result does not wait.
                from ganbodypose.report.html import write_report

                write_report(folder / REPORT, load(folder / POSES), job.warnings())
            return job.summary(publish(folder, out_dir))


def _open(source: str | Path, options: RunOptions) -> VideoSource | KeypointSource:
    if is_keypoints(source):
        if options.filmed_fps is not None:
            raise UserError("--filmed-at is for videos; the rate of keypoints is --fps.")
        return KeypointSource(source, options.size_wh, options.fps, options.start_s, options.end_s)
    if options.size_wh is not None:
        raise UserError(f"The picture size is for keypoints only, but {source} holds none: leave out --size.")
    return open_video(str(source), options.start_s, options.end_s, options.fps, options.filmed_fps)


def _session(estimator: PoseEstimator, video: VideoSource | KeypointSource) -> PoseSession[Any]:
    if isinstance(video, KeypointSource):
        return estimator.keypoint_session(video.size_wh, video.has_ids)
    return estimator.session(video.size_wh)


def _recording(estimator: PoseEstimator, video: VideoSource | KeypointSource) -> RecordingSession[Any]:
    if isinstance(video, KeypointSource):
        return estimator.keypoint_recording(video.size_wh, video.has_ids)
    if video.is_live:
        raise UserError(
            f"The mode '{estimator.mode}' looks at whole recordings, and {video.name} is a stream: use mode 'live'."
        )
    return estimator.recording(video.size_wh)


class _Job:
    """One run while it lasts: what it works with and what has been counted so far."""

    def __init__(
        self, source: str, video: VideoSource | KeypointSource, camera: Camera, options: RunOptions
    ) -> None:
        self.started = time.perf_counter()
        self.source = source
        self.video = video
        self.camera = camera
        self.options = options
        self.parts = parts_of(source, options) if isinstance(video, VideoSource) else []
        self.faults: tuple[str, ...] = ()
        self.is_damaged = False
        self.frames = 0
        self.pose_s = 0.0
        self.first_s = self.last_s = 0.0
        self.frames_per_person: Counter[int] = Counter()
        self.interrupted = False

    def process(
        self,
        estimator: PoseEstimator,
        folder: Path,
        stop: threading.Event,
        on_progress: Callable[[Progress], None],
    ) -> None:
        """Every picture through the estimator and into poses.npz and overlay.mp4; closes the video."""
        video = self.video
        found = self._whole if estimator.network.both_ways or self.parts else self._one_by_one
        with ExitStack() as stack:
            results = stack.enter_context(
                ResultsWriter(folder / POSES, self.camera, video.fps, video.size_wh, {})
            )
            overlay = None
            if self.options.overlay and isinstance(video, VideoSource):
                overlay = stack.enter_context(
                    OverlayThread(OverlayVideo(folder / OVERLAY, video.size_wh, video.fps, self.camera))
                )
            for frame, result in found(estimator, stop, on_progress):
                self._count(result)
                results.append(result)
                if overlay and isinstance(frame, VideoFrame):
                    overlay.write(frame, result)
            if self.interrupted and self.frames == 0:
                raise KeyboardInterrupt
            results.close(self.meta(estimator.network.calibration))
        video.close()

    def _one_by_one(
        self, estimator: PoseEstimator, stop: threading.Event, on_progress: Callable[[Progress], None]
    ) -> Iterator[tuple[Any, FrameResult]]:
        """Each picture with its result, as the video is read."""
        session = _session(estimator, self.video)
        for frame in self._until(stop):
            with self._pose_work():
                result = session.step(frame)
            yield frame, result
            on_progress(Progress(self.frames, self.video.frame_count, len(result.persons)))

    def _whole(
        self, estimator: PoseEstimator, stop: threading.Event, on_progress: Callable[[Progress], None]
    ) -> Iterator[tuple[Any, FrameResult]]:
        """The same, everybody found before anybody is lifted; for the overlay, the video is read once more."""
        session = _recording(estimator, self.video)
        twice = self.options.overlay and isinstance(self.video, VideoSource)
        total = self.video.frame_count and self.video.frame_count * (1 + twice)

        def show(frames: int, persons: int) -> None:
            on_progress(Progress(frames, total, persons))

        tracked = self._found_in_parts(stop, show) if self.parts else self._found(session, stop, show)
        with self._pose_work():
            results = session.lift(tracked)
        if not twice:
            yield from ((None, result) for result in results)
            return
        with _open(self.source, self.options) as again:
            pictures = iter(again)
            for result in results:
                yield next(pictures, None), result
                show(len(tracked) + self.frames, len(result.persons))

    def _found(
        self, session: RecordingSession[Any], stop: threading.Event, show: Callable[[int, int], None]
    ) -> list[Tracked]:
        tracked = []
        for frame in self._until(stop):
            with self._pose_work():
                tracked.append(session.detect(frame))
            show(len(tracked), len(tracked[-1].people))
        return tracked

    def _found_in_parts(self, stop: threading.Event, show: Callable[[int, int], None]) -> list[Tracked]:
        with self._pose_work():
            found = follow(self.source, self.options, self.parts, stop, show)
        self.faults, self.is_damaged = found.warnings, found.is_damaged
        return found.tracked

    def _until(self, stop: threading.Event) -> Iterator[Any]:
        for frame in self.video:
            if stop.is_set():
                self.interrupted = True
                return
            yield frame

    @contextmanager
    def _pose_work(self) -> Iterator[None]:
        before = time.perf_counter()
        yield
        self.pose_s += time.perf_counter() - before

    def _count(self, result: FrameResult) -> None:
        self.first_s = result.time_s if self.frames == 0 else self.first_s
        self.last_s = result.time_s
        self.frames += 1
        self.frames_per_person.update(person.track_id for person in result.persons)

    def warnings(self) -> tuple[str, ...]:
        """What a reader of the results has to know, in plain words."""
        nobody = ["Nobody was found in the video: the results are empty."]
        warnings = assumed(self.options, self.camera) if self.frames_per_person else nobody
        if self.interrupted:
            warnings.append(f"Stopped early: the results end at {self.last_s:.2f} s of the video.")
        if isinstance(self.video, VideoSource) and self.video.dropped:
            warnings.append(
                f"{self.video.dropped} pictures came faster than they could be worked on and were left out; to have "
                "them all, record the stream to a file first."
            )
        if self.video.warning is not None:
            warnings.append(self.video.warning)
        return tuple(dict.fromkeys((*warnings, *self.faults)))

    def meta(self, calibration: ErrorCalibration) -> dict[str, Any]:
        """What made the results, for whoever opens them later."""
        meta = provenance(self.options, self.camera, calibration)
        if isinstance(self.video, KeypointSource):
            meta["detector"] = {"name": self.video.tool, "sha256": {}}
        return meta | {
            "source": source_facts(self.source),
            "warnings": list(self.warnings()),
            "timing": {"frames": self.frames, "pose_s": self.pose_s, "elapsed_s": self._elapsed_s()},
        }

    def summary(self, files: dict[str, Path]) -> RunSummary:
        return RunSummary(
            source=without_login(self.source),
            files=files,
            frames=self.frames,
            frames_per_person=dict(self.frames_per_person.most_common()),
            video_s=self.last_s - self.first_s,
            elapsed_s=self._elapsed_s(),
            pose_s=self.pose_s,
            warnings=self.warnings(),
            interrupted=self.interrupted,
            damaged=self.is_damaged or self.video.is_damaged,
            parts=max(len(self.parts), 1),
        )

    def _elapsed_s(self) -> float:
        return time.perf_counter() - self.started


@contextmanager
def _stop_on_interrupt() -> Iterator[threading.Event]:
    """The first Ctrl-C only sets the event, so that the picture in work is finished; a second interrupts."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only there can signals be handled
        yield stop
        return

    def on_interrupt(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _require_visible(video: VideoSource | KeypointSource) -> None:
    width, height = video.size_wh
    if min(width, height) < MIN_SIDE_PX:
        raise UserError(
            f"The pictures of {video.name} have only {width}x{height} pixels, too few to show a person "
            f"({MIN_SIDE_PX}x{MIN_SIDE_PX} is the least): give a larger video."
        )
