"""A network of this package as a subject, through the run-time engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ganbodypose.core import Camera, Keypoints2D
from ganbodypose.geometry.camera import unproject
from ganbodypose.lift.engine import LiftedPose
from ganbodypose.lift.network import StepNetwork
from ganbodypose.lift.recording import lift
from ganbodypose.protocols.trial import Prediction, Trial, at_frames

# One camera for all trials, so that they can be lifted side by side: its pixel is a thousandth of the plane z = 1.
_COMMON = Camera(np.diag([1000.0, 1000.0, 1.0]), (2000, 2000))


class LiftedBy:
    """The published network `model` (or an exported file), as it runs on a video.

    Trials of one frame rate are lifted side by side, as the persons of one video are. The up direction is not given,
    as a user's camera file seldom tells it.
    """

    def __init__(self, model: str = "live", threads: int = 1) -> None:
        self.name = model
        self._network = StepNetwork(model, threads)

    def predict(self, trials: Sequence[Trial]) -> list[Prediction]:
        answers: dict[int, Prediction] = {}
        for fps in sorted({trial.fps for trial in trials}):
            same = [k for k, trial in enumerate(trials) if trial.fps == fps]
            answers |= dict(zip(same, self._lift([trials[k] for k in same], fps), strict=True))
        return [answers[k] for k in range(len(trials))]

    def _lift(self, trials: Sequence[Trial], fps: float) -> list[Prediction]:
        seen = [_in_common_camera(trial) for trial in trials]
        frames = [
            (
                frame / fps,
                [(k, at_frames(one, frame)) for k, one in enumerate(seen) if frame < len(one.xy_px)],
            )
            for frame in range(max(map(len, trials)))
        ]
        poses: list[list[LiftedPose]] = [[] for _ in trials]
        for (_, present), lifted in zip(frames, lift(frames, _COMMON, self._network), strict=True):
            for (k, _), pose in zip(present, lifted, strict=True):
                poses[k].append(pose)
        return [_prediction(of_trial) for of_trial in poses]


def _in_common_camera(trial: Trial) -> Keypoints2D:
    rays = unproject(trial.camera, trial.keypoints.xy_px)
    return replace(trial.keypoints, xy_px=rays[..., :2] * 1000)


def _prediction(poses: Sequence[LiftedPose]) -> Prediction:
    return Prediction(
        np.stack([pose.joints_3d_m for pose in poses]).astype(np.float32),
        np.stack([pose.expected_error_m for pose in poses]).astype(np.float32),
        np.array([pose.pose_quality for pose in poses], np.float32),
    )
