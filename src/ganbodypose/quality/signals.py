"""What is known about a pose's error while it is made: the signals that the calibration turns into millimetres."""

from __future__ import annotations

import numpy as np

from ganbodypose.skeletons import H36M_17

SIGNALS = (
    "log of the network's own word on the joint's error",
    "the same of the parent joint",
    "the same, mean of the body",
    "the detector's confidence in the joint",
    "the same, mean of the body",
    "realness of the joint's body part, by the discriminator",
    "the same, mean of the body",
    "log distance of the joint from where it was seen, in the picture's plane",
    "the same, mean of the body",
    "share of the body's joints whose depth was given",
)
_PARENTS = np.maximum(H36M_17.parents, 0)
_MISMATCH_FLOOR_M = 0.01
_LEAST_SCALE = 0.05  # virtual-camera units per metre; a body has about 0.5


def _body_part(joint: str) -> int:
    """Its row in the network's kinematic grid."""
    legs = any(part in joint for part in ("hip", "knee", "ankle"))
    return {"right": 1 if legs else 4, "left": 2 if legs else 3}.get(joint.partition("_")[0], 0)


_PART = np.array([_body_part(joint) for joint in H36M_17.joints])


def error_signals(
    seen: np.ndarray, joints_m: np.ndarray, log_error: np.ndarray, realness: np.ndarray
) -> np.ndarray:
    """Signals [...,17,len(SIGNALS)] from the network's input and output.

    seen [...,17,5]: x, y, z, has depth, confidence, as the network gets them (`lift.features`); joints_m
    [...,17,3] in the virtual camera's frame; log_error [...,16] log metres, without the pelvis; realness [...,5].
    """
    log_error = np.concatenate([log_error.mean(-1, keepdims=True), log_error], -1)
    confidence = seen[..., 4]
    mismatch = np.log(_mismatch(seen[..., :2], joints_m[..., :2], confidence) + _MISMATCH_FLOOR_M)
    by_joint = (
        *(log_error, log_error[..., _PARENTS], _body(log_error)),
        *(confidence, _body(confidence)),
        *(realness[..., _PART], _body(realness)),
        *(mismatch, _body(mismatch)),
        _body(seen[..., 3]),
    )
    signals = np.empty((*log_error.shape, len(by_joint)))
    for column, signal in enumerate(by_joint):
        signals[..., column] = signal
    return signals


def _body(signal: np.ndarray) -> np.ndarray:
    return signal.mean(-1, keepdims=True)


def _mismatch(seen: np.ndarray, predicted_m: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Distances [...,17] m of predictions from what was seen, both [...,17,2], after the shift and the scale that
    fit best: the place and the size in the picture are no part of the pose."""
    weight = confidence[..., None]
    total = np.maximum(weight.sum(-2, keepdims=True), 1e-6)
    predicted = predicted_m - (weight * predicted_m).sum(-2, keepdims=True) / total
    seen = seen - (weight * seen).sum(-2, keepdims=True) / total
    spread = np.maximum((weight * predicted**2).sum((-1, -2), keepdims=True), 1e-6)
    scale = np.maximum((weight * predicted * seen).sum((-1, -2), keepdims=True) / spread, _LEAST_SCALE)
    return np.linalg.norm(seen / scale - predicted, axis=-1)
