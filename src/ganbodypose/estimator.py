"""PoseEstimator: pictures in, people in 3D out. Composition only: detect -> track -> lift -> quality."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from ganbodypose.core import Camera, FrameResult, PersonResult, PoseSequence, UserError, VideoFrame
from ganbodypose.detect import PoseDetector, check_name, create_detector
from ganbodypose.geometry.camera import assumed_camera, scaled_to
from ganbodypose.io.camera_files import load_camera
from ganbodypose.io.keypoints import KeypointFrame
from ganbodypose.io.results import ResultsWriter, load
from ganbodypose.io.video import open_video
from ganbodypose.lift.engine import LiftedPose, LiftingEngine
from ganbodypose.lift.model_files import published_models
from ganbodypose.live.one_euro import DEFAULT_STRENGTH
from ganbodypose.live.pipeline import LivePipeline
from ganbodypose.live.settings import LiveSettings
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.skeletons import H36M_17
from ganbodypose.track import KeypointTracker, TrackedPerson, Tracker

DEFAULT_DETECTOR = "blazepose-full"
DEFAULT_FOV_DEG = 55.0


class PoseEstimator:
    """3D poses of the people in a video or in any stream of pictures.

    detector: what `detect.create_detector` knows by name, or any object that is a `PoseDetector`.
    camera: intrinsics, as a `Camera` or as the path of a camera file (`io.camera_files`). Without them, a
    pinhole camera is assumed whose field of view across the longer side is fov_deg degrees (55 if not given).
    height_m: the person's body height, which sets the metric scale.
    persons: follow at most so many people, the most prominent first; None follows everybody.
    mode: the lifting network; 'live' looks at the past only. threads: for each network.

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
        _require_known("mode", mode, published_models())
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

    def session(self, size_wh: tuple[int, int]) -> PoseSession[VideoFrame]:
        """A fresh start on pictures of one size: nobody is known yet."""
        return PoseSession(Tracker(self.detector, max_persons=self.persons), self._engine(size_wh))

    def keypoint_session(self, size_wh: tuple[int, int], has_ids: bool) -> PoseSession[KeypointFrame]:
        """A fresh start on keypoints of another tool (`io.keypoints`) in pictures of one size."""
        return PoseSession(KeypointTracker(size_wh, self.persons, has_ids), self._engine(size_wh))

    def _engine(self, size_wh: tuple[int, int]) -> LiftingEngine:
        return LiftingEngine(
            self.camera_for(size_wh), model=self.mode, threads=self.threads, height_m=self.height_m
        )

    def stream(self, frames: Iterable[VideoFrame]) -> Iterator[FrameResult]:
        """One result per picture, as soon as the picture has come; memory does not grow."""
        session = None
        for frame in frames:
            if session is None:
                height, width = frame.rgb.shape[:2]
                session = self.session((width, height))
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
            LiveSettings(smoothing=smoothing),
            drop_stale=real_time or getattr(frames, "is_live", False),
            real_time=real_time,
        )

    def run(self, path: str | Path) -> PoseSequence:
        """All results of a video (anything `io.video.open_video` opens), in memory."""
        with open_video(str(path)) as video, tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "poses.npz"
            camera, meta = self.camera_for(video.size_wh), {"source": {"name": Path(path).name}}
            with ResultsWriter(file, camera, video.fps, video.size_wh, meta) as results:
                for result in self.stream(video):
                    results.append(result)
            return load(file)


@dataclass(frozen=True)
class Tracked:
    """The people that were seen in one picture."""

    frame_index: int
    time_s: float
    people: list[TrackedPerson]


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


class PoseSession(Generic[F_contra]):
    """The state that lives as long as one video: who is who (tracker) and how they moved (lifting engine)."""

    def __init__(self, tracker: Follower[F_contra], engine: LiftingEngine) -> None:
        self._tracker = tracker
        self._engine = engine

    @property
    def calibration(self) -> ErrorCalibration:
        """From expected errors to their intervals (`quality.pose`)."""
        return self._engine.calibration

    def step(self, frame: F_contra) -> FrameResult:
        """Everybody in the next picture of the video."""
        return self.lift(self.detect(frame))

    def detect(self, frame: F_contra) -> Tracked:
        """The first half of a step. Each half has its own state, so the two may run on two threads."""
        return Tracked(frame.index, frame.time_s, self._tracker.update(frame))

    def lift(self, tracked: Tracked) -> FrameResult:
        """The second half of a step; takes what `detect` returned, in order."""
        people = [(person.track_id, person.detection.keypoints.to(H36M_17)) for person in tracked.people]
        lifted = self._engine.step(people, tracked.time_s)
        persons = tuple(
            _person_result(person, keypoints.xy_px, keypoints.confidence, pose)
            for person, (_, keypoints), pose in zip(tracked.people, people, lifted, strict=True)
        )
        return FrameResult(tracked.frame_index, tracked.time_s, persons)


def _person_result(
    person: TrackedPerson, xy_px: np.ndarray, confidence: np.ndarray, pose: LiftedPose
) -> PersonResult:
    return PersonResult(
        track_id=person.track_id,
        keypoints_2d_px=xy_px,
        keypoints_2d_confidence=confidence,
        joints_3d_m=pose.joints_3d_m,
        root_camera_m=pose.root_camera_m,
        expected_error_m=pose.expected_error_m,
        pose_quality=pose.pose_quality,
        bbox_px=person.detection.bbox_px,
    )


def _require_known(what: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise UserError(f"Unknown {what} '{value}': choose one of {', '.join(known)}.")


def _require_between(what: str, value: float | None, low: float, high: float, unit: str = "") -> None:
    if value is not None and not low <= value <= high:
        raise UserError(
            f"The {what} must lie between {low:g} and {high:g} {unit}".rstrip() + f", not {value:g}."
        )
