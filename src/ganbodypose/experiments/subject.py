"""A trained network as a subject of the evaluation protocols: the same path as in training, without ONNX."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import nn

from ganbodypose.geometry.camera import unproject
from ganbodypose.protocols.trial import Prediction, Trial
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.training.batches import Observed, make_batch, view_windows
from ganbodypose.training.detector_noise import Detected
from ganbodypose.training.evaluation import predict


class TrainedNetwork:
    """`network` in evaluation mode; `calibration` turns what it says of its error into metres, where there is one."""

    def __init__(self, name: str, network: nn.Module, calibration: ErrorCalibration | None = None) -> None:
        self.name, self._network, self._calibration = name, network, calibration

    def predict(self, trials: Sequence[Trial]) -> list[Prediction]:
        """Trials of one length and rate are lifted together. The up direction is not given."""
        answers: dict[int, Prediction] = {}
        for kind in dict.fromkeys((len(trial), trial.fps) for trial in trials):
            same = [k for k, trial in enumerate(trials) if (len(trial), trial.fps) == kind]
            answers |= dict(zip(same, self._lift([trials[k] for k in same]), strict=True))
        return [answers[k] for k in range(len(trials))]

    def _lift(self, trials: Sequence[Trial]) -> list[Prediction]:
        observed = _observed(trials)
        outcome = predict(
            self._network, [(make_batch(observed), np.array([trial.group for trial in trials]))]
        )
        R = view_windows(observed).R_virtual_cam.reshape(*outcome.predicted_m.shape[:2], 3, 3)
        joints_m = np.einsum("btij,btki->btkj", R, outcome.predicted_m)
        if self._calibration is None:
            return [Prediction(joints) for joints in joints_m]
        expected = self._calibration.expected_error(outcome.signals)
        return [Prediction(joints, error) for joints, error in zip(joints_m, expected, strict=True)]


def _observed(trials: Sequence[Trial]) -> Observed:
    """Trials of one length as training windows; their truth is not looked at."""
    rays = np.stack([unproject(trial.camera, trial.keypoints.xy_px) for trial in trials])
    confidence = np.stack([np.nan_to_num(trial.keypoints.confidence) for trial in trials])
    depth = np.stack([_depth(trial) for trial in trials])
    nothing = np.zeros((*confidence.shape, 3))
    up = np.full((*confidence.shape[:2], 3), np.nan)
    dt_s = np.array([1 / trial.fps for trial in trials])
    return Observed(Detected(rays[..., :2], confidence, depth), nothing, nothing[..., :2], up, dt_s)


def _depth(trial: Trial) -> np.ndarray:
    """[T,17] m relative to the pelvis; NaN where unknown."""
    depth = trial.keypoints.depth_m
    return np.full(trial.keypoints.confidence.shape, np.nan) if depth is None else depth - depth[:, :1]
