"""PoseEstimator: pictures in, people in 3D out. Composition only: detect -> track -> lift -> quality."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from numbers import Real
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from ganbodypose.core import (
    Camera,
    FrameResult,
    PersonResult,
    PoseSequence,
    UserError,
    VideoFrame,
    one_video,
    picture_size,
)
from ganbodypose.detect import DEFAULT_DETECTOR, PoseDetector, check_name, create_detector
from ganbodypose.geometry.camera import assumed_camera, scaled_to
from ganbodypose.io.camera_files import load_camera
from ganbodypose.io.keypoints import KeypointFrame
from ganbodypose.io.results import ResultsWriter, load
from ganbodypose.io.video import VideoSource, open_video
from ganbodypose.lift.engine import LiftedPose, LiftingEngine
from ganbodypose.lift.model_files import model_path
from ganbodypose.lift.network import StepNetwork
from ganbodypose.lift.recording import lift
from ganbodypose.live.one_euro import DEFAULT_STRENGTH
from ganbodypose.live.pipeline import LivePipeline
from ganbodypose.live.settings import LiveControl, LiveSettings
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.skeletons import H36M_17
from ganbodypose.track import KeypointTracker, Tracked, TrackedPerson, Tracker

DEFAULT_FOV_DEG = 55.0


class PoseEstimator:
    """3D poses of the people in a video or in any stream of pictures.

    detector: what `detect.create_detector` knows by name, or any object that is a `PoseDetector`.
    camera: intrinsics, as a `Camera` or as the path of a camera file (`io.camera_files`). Without them, a
    pinhole camera is assumed whose field of view across the longer side is fov_deg degrees (55 if not given).
    height_m: the person's body height, which sets the metric scale.
    persons: follow at most so many people, the most prominent first; None follows everybody.
    mode: the lifting network; 'live' looks at the past only, 'studio' at whole recordings (`run`, not `stream`);
    or the .onnx file of a network of one's own (`ganbodypose export`). threads: for each network.
    Videos may follow each other, but its detector looks at one picture at a time: each thread of the caller needs
    an estimator of its own.

    Raises UserError where an argument is out of range or the camera file cannot be used.
    """

    def __init__(
        self,
        detector: str | PoseDetector = DEFAULT_DETECTOR,
        camera: Camera | str | Path | None = None,
        fov_deg: float | None = None,
        height_m: float | None = None,
        persons: int | None = None,
        mode: str = "live",
        threads: int = 1,
    ) -> None:
        if isinstance(detector, str):
            check_name(detector)
        else:
            _require_detector(detector)
        model_path(mode)  # raises where there is no such network
        _require_between("field of view", fov_deg, 5, 150, "degrees")
        _require_between("body height", height_m, 0.4, 2.8, "metres")
        _require_between("number of persons", persons, 1, 100)
        _require_between("number of threads", threads, 1, 64)
        if camera is not None and fov_deg is not None:
            raise UserError("A camera file and a field of view exclude each other: give only one of them.")
        self.camera = load_camera(camera) if isinstance(camera, str | Path) else camera
        self.fov_deg = fov_deg
        self.height_m = height_m
        self.persons = persons
        self.mode = mode
        self.threads = threads
        self._detector = detector

    @cached_property
    def detector(self) -> PoseDetector:
        """Made when first needed, since its weights may have to be fetched."""
        if isinstance(self._detector, str):
            return create_detector(self._detector, threads=self.threads)
        return self._detector

    def camera_for(self, size_wh: tuple[int, int]) -> Camera:
        """The camera given, fitted to pictures of `size_wh` pixels, or the assumed one."""
        if self.camera is None:
            return assumed_camera(size_wh, self.fov_deg or DEFAULT_FOV_DEG, assumed=self.fov_deg is None)
        return scaled_to(self.camera, size_wh)

    @cached_property
    def network(self) -> StepNetwork:
        """The lifting network of the mode; `network.both_ways` tells whether it needs whole recordings."""
        return StepNetwork(self.mode, self.threads)

    def session(self, size_wh: tuple[int, int]) -> PoseSession[VideoFrame]:
        """A fresh start on pictures of one size: nobody is known yet. UserError in a mode for whole recordings."""
        if self.network.both_ways:
            raise UserError(
                f"The mode '{self.mode}' needs whole recordings; for pictures as they come use mode 'live'."
            )
        return PoseSession(self._tracker(), LiftingEngine(*self._lifting(size_wh)))

    def recording(self, size_wh: tuple[int, int]) -> RecordingSession[VideoFrame]:
        """A fresh start on a whole recording of one size."""
        return RecordingSession(self._tracker(), *self._lifting(size_wh))

    def tracking(self) -> TrackingSession[VideoFrame]:
        """A fresh start without lifting, for a part of a recording."""
        return TrackingSession(self._tracker())

    def keypoint_session(self, size_wh: tuple[int, int], has_ids: bool) -> PoseSession[KeypointFrame]:
        """A fresh start on keypoints of another tool (`io.keypoints`) in pictures of one size."""
        tracker = KeypointTracker(size_wh, self.persons, has_ids)
        return PoseSession(tracker, LiftingEngine(*self._lifting(size_wh)))

    def keypoint_recording(self, size_wh: tuple[int, int], has_ids: bool) -> RecordingSession[KeypointFrame]:
        """The same, of a whole recording."""
        return RecordingSession(KeypointTracker(size_wh, self.persons, has_ids), *self._lifting(size_wh))

    def _tracker(self) -> Tracker:
        return Tracker(self.detector, max_persons=self.persons)

    def _lifting(self, size_wh: tuple[int, int]) -> tuple[Camera, StepNetwork, float | None]:
        return self.camera_for(size_wh), self.network, self.height_m

    def stream(self, frames: Iterable[VideoFrame]) -> Iterator[FrameResult]:
        """One result per picture, as soon as the picture has come; memory does not grow.

        frames: `open_video`, or pictures of one's own as `VideoFrame(rgb, index, time_s)`, all of one size, at
        times that rise. UserError where they are something else."""
        session = None
        for frame in one_video(frames):
            if session is None:
                session = self.session(picture_size(frame))
            yield session.step(frame)

    def live(
        self,
        source: str | Path | int | Iterable[VideoFrame] = "0",
        smoothing: float = DEFAULT_STRENGTH,
        real_time: bool = False,
    ) -> LivePipeline:
        """Results while they happen: `with estimator.live(source) as frames`, then `for` or `async for`.

        source: what `io.video.open_video` opens, or pictures. A camera or stream loses pictures for which
        there is no time; a file loses none, unless real_time replays it at its own rate as if it were a
        camera. smoothing: 0 (none) to 1, of joints and places at their true times.
        """
        frames = open_video(source) if isinstance(source, str | Path | int) else source
        return LivePipeline(
            frames,
            lambda _, size_wh: self.session(size_wh),
            LiveControl(LiveSettings(smoothing=smoothing)),
            drop_stale=real_time or getattr(frames, "is_live", False),
            real_time=real_time,
        )

    def run(self, path: str | Path) -> PoseSequence:
        """All results of a video (anything `io.video.open_video` opens), in memory. UserError for pictures."""
        if not isinstance(path, str | Path):
            raise UserError(
                f"run() takes the path of a video, not {type(path).__name__}; pictures go to stream()."
            )
        with open_video(str(path)) as video, tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "poses.npz"
            camera, meta = self.camera_for(video.size_wh), {"source": {"name": Path(path).name}}
            with ResultsWriter(file, camera, video.fps, video.size_wh, meta) as results:
                for result in self._results(video):
                    results.append(result)
            return load(file)

    def _results(self, video: VideoSource) -> Iterable[FrameResult]:
        if not self.network.both_ways:
            return self.stream(video)
        session = self.recording(video.size_wh)
        return session.lift([session.detect(frame) for frame in video])


class AnyFrame(Protocol):
    """A picture, or what another tool found in one."""

    @property
    def index(self) -> int: ...
    @property
    def time_s(self) -> float: ...


F_contra = TypeVar("F_contra", bound=AnyFrame, contravariant=True)


class Follower(Protocol[F_contra]):
    """Says who is where in the next frame: `Tracker` or `KeypointTracker`."""

    def update(self, frame: F_contra) -> list[TrackedPerson]: ...


class TrackingSession(Generic[F_contra]):
    """The state that lives as long as one video, or a part of one: who is who."""

    def __init__(self, tracker: Follower[F_contra]) -> None:
        self._tracker = tracker

    def detect(self, frame: F_contra) -> Tracked:
        """The people in the next picture of the video, with the joints of H36M_17."""
        people = [person.to(H36M_17) for person in self._tracker.update(frame)]
        return Tracked(frame.index, frame.time_s, people)


class RecordingSession(TrackingSession[F_contra]):
    """A whole recording: everybody in every picture first, then all of it lifted at once, in any mode."""

    def __init__(
        self, tracker: Follower[F_contra], camera: Camera, network: StepNetwork, height_m: float | None
    ) -> None:
        super().__init__(tracker)
        self._camera, self._network, self._height_m = camera, network, height_m

    @property
    def calibration(self) -> ErrorCalibration:
        """From expected errors to their intervals (`quality.pose`)."""
        return self._network.calibration

    def lift(self, tracked: Sequence[Tracked]) -> list[FrameResult]:
        """Takes all that `detect` returned, in order, here or in sessions whose parts were joined since."""
        frames = [(one.time_s, one.keypoints) for one in tracked]
        lifted = lift(frames, self._camera, self._network, self._height_m)
        return [_frame_result(one, poses) for one, poses in zip(tracked, lifted, strict=True)]


class PoseSession(TrackingSession[F_contra]):
    """A video or stream as it comes: who is who (tracker) and how they moved (lifting engine).

    `detect` and `lift` are the halves of a `step`. Each has its own state, so the two may run on two threads.
    """

    def __init__(self, tracker: Follower[F_contra], engine: LiftingEngine) -> None:
        super().__init__(tracker)
        self._engine = engine

    @property
    def calibration(self) -> ErrorCalibration:
        """From expected errors to their intervals (`quality.pose`)."""
        return self._engine.calibration

    def step(self, frame: F_contra) -> FrameResult:
        """Everybody in the next picture of the video."""
        return self.lift(self.detect(frame))

    def lift(self, tracked: Tracked) -> FrameResult:
        """Takes what `detect` returned, in order."""
        return _frame_result(tracked, self._engine.step(tracked.keypoints, tracked.time_s))


def _frame_result(tracked: Tracked, lifted: Sequence[LiftedPose]) -> FrameResult:
    """`lifted` in the order of the people."""
    persons = tuple(_person_result(person, pose) for person, pose in zip(tracked.people, lifted, strict=True))
    return FrameResult(tracked.frame_index, tracked.time_s, persons)


def _person_result(person: TrackedPerson, pose: LiftedPose) -> PersonResult:
    return PersonResult(
        track_id=person.track_id,
        keypoints_2d_px=person.detection.keypoints.xy_px,
        keypoints_2d_confidence=person.detection.keypoints.confidence,
        joints_3d_m=pose.joints_3d_m,
        root_camera_m=pose.root_camera_m,
        expected_error_m=pose.expected_error_m,
        pose_quality=pose.pose_quality,
        bbox_px=person.detection.bbox_px,
    )


def _require_detector(detector: object) -> None:
    wanted = ("name", "skeleton", "find_people", "estimate", "next_region")
    missing = [name for name in wanted if not hasattr(detector, name)]
    if missing:
        raise UserError(
            f"A detector of your own lacks {', '.join(missing)}; ganbodypose.detect.base.PoseDetector says what they "
            "are for."
        )


def _require_between(what: str, value: float | None, low: float, high: float, unit: str = "") -> None:
    if value is not None and not (isinstance(value, Real) and low <= value <= high):
        raise UserError(
            f"The {what} must lie between {low:g} and {high:g} {unit}".rstrip() + f", not {value}."
        )
