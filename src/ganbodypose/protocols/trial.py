"""What a protocol asks and what a subject answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ganbodypose.core import Camera, Keypoints2D, UserError


@dataclass(frozen=True)
class Trial:
    """One recording of one person by one camera, at a constant rate.

    keypoints [T,17] px, NaN where nothing was found, with depth where the detector or sensor gives it; camera: what
    a user would know of it (intrinsics may be a guess); truth_m [T,17,3] m, camera frame; valid bool [T]: the frames
    that count. own_3d_m [T,17,3]: the detector's or sensor's own 3D in the camera frame, where it has one.
    group: what the protocol averages over (an action, a sequence).
    """

    name: str
    keypoints: Keypoints2D
    camera: Camera
    fps: float
    truth_m: np.ndarray
    valid: np.ndarray
    group: str = ""
    subject: str = ""
    own_3d_m: np.ndarray | None = None

    def __post_init__(self) -> None:
        frames = len(self.truth_m)
        parts = (self.keypoints.xy_px, self.valid, self.own_3d_m)
        if any(part is not None and len(part) != frames for part in parts):
            raise ValueError(f"trial {self.name}: every part must have its {frames} frames")

    def __len__(self) -> int:
        return len(self.truth_m)

    def first(self, frames: int) -> Trial:
        """Only the first `frames` frames."""
        rows = slice(0, frames)
        return replace(
            self,
            keypoints=at_frames(self.keypoints, rows),
            truth_m=self.truth_m[rows],
            valid=self.valid[rows],
            own_3d_m=None if self.own_3d_m is None else self.own_3d_m[rows],
        )


def at_frames(keypoints: Keypoints2D, rows: slice | int | np.ndarray) -> Keypoints2D:
    """Keypoints [T,J] of some frames, or of one."""
    depth = None if keypoints.depth_m is None else keypoints.depth_m[rows]
    return Keypoints2D(keypoints.xy_px[rows], keypoints.confidence[rows], keypoints.skeleton, depth)


@dataclass(frozen=True)
class Prediction:
    """For every frame of a trial: joints_m [T,17,3] m in camera axes, from any origin (scores are root-relative),
    NaN where there is none; expected_error_m [T,17] and pose_quality [T] where the subject has them."""

    joints_m: np.ndarray
    expected_error_m: np.ndarray | None = None
    pose_quality: np.ndarray | None = None


class Subject(Protocol):
    """Whoever is evaluated. `predict` is given several trials at once so that it can batch them."""

    @property
    def name(self) -> str: ...

    def predict(self, trials: Sequence[Trial]) -> list[Prediction]: ...


class OwnDepth:
    """The detector's or sensor's own 3D, as it is: what a lifter has to improve on."""

    name = "own 3D of the detector or sensor"

    def predict(self, trials: Sequence[Trial]) -> list[Prediction]:
        missing = next((trial.name for trial in trials if trial.own_3d_m is None), None)
        if missing is not None:
            raise UserError(f"The recording {missing} has no 3D of the detector's or sensor's own.")
        return [Prediction(np.asarray(trial.own_3d_m)) for trial in trials]
