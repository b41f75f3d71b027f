"""A causal network asked several ways, mirrored and, for whole sequences, backwards: the mean of what it says.

Mirrored, a frame is the same to the network's task but not to its weights; backwards, it is seen with its future.
Where the ways disagree, more error is to be expected.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ganbodypose.skeletons import H36M_17

_MIRROR = np.array(H36M_17.mirror)
_BODY = np.s_[..., 1:, :]  # all joints but the pelvis, which is the origin
_MIRROR_BODY = _MIRROR[1:] - 1
_MIRROR_PARTS = np.array([0, 2, 1, 4, 3])  # trunk, right leg, left leg, left arm, right arm
_MIRROR_CONDITION = np.array([-1, 1, 1, 1, 1, 1], np.float32)
Said = tuple[np.ndarray, np.ndarray, np.ndarray]
# joints [...,17,5], condition [...,6] -> joints [...,17,3] m, log error [...,16], realness [...,5]
Lift = Callable[[np.ndarray, np.ndarray], Said]


def lift_both_ways(lift: Lift, joints: np.ndarray, condition: np.ndarray) -> Said:
    """What `lift` says of the sequences [P,T,...] (`lift.features`) forwards and backwards, each mirrored, too."""
    every = (np.concatenate([a, a[:, :, ::-1]], 1) for a in _with_twins(joints, condition))
    poses, log_error, realness = _asked(lift, *every)
    for part in (poses, log_error, realness):
        part[:, 2:] = part[:, 2:, ::-1].copy()
    return _mean(poses, log_error, realness)


def lift_mirrored(lift: Lift, joints: np.ndarray, condition: np.ndarray) -> Said:
    """What `lift` says of persons [P,...] as they are and mirrored; it gets 2 P rows, twins next to each other."""
    return _mean(*_asked(lift, *_with_twins(joints, condition)))


def _with_twins(joints: np.ndarray, condition: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both [P,2,...]."""
    twins = (joints, _mirrored(joints)), (condition, condition * _MIRROR_CONDITION)
    return np.stack(twins[0], 1), np.stack(twins[1], 1)


def _asked(lift: Lift, joints: np.ndarray, condition: np.ndarray) -> Said:
    """What `lift` says of all ways [P,ways,...], of which every second is mirrored and turned back."""
    persons, ways = joints.shape[:2]
    said = lift(*(a.reshape(persons * ways, *a.shape[2:]) for a in (joints, condition)))
    poses, log_error, realness = (part.reshape(persons, ways, *part.shape[1:]).copy() for part in said)
    poses[:, 1::2] = _mirrored(poses[:, 1::2])
    log_error[:, 1::2] = log_error[:, 1::2][..., _MIRROR_BODY]
    realness[:, 1::2] = realness[:, 1::2][..., _MIRROR_PARTS]
    return poses, log_error, realness


def _mirrored(joints: np.ndarray) -> np.ndarray:
    """[...,17,C] with left and right exchanged and x, the first channel, turned round."""
    twin = joints[..., _MIRROR, :].copy()
    twin[..., 0] *= -1
    return twin


def _mean(poses: np.ndarray, log_error: np.ndarray, realness: np.ndarray) -> Said:
    """Of [P,ways,...]: positions weighted by the inverse square of their errors; the square of the error is what
    the ways expect and by how much they differ, as in the law of total variance."""
    weight = np.exp(-2 * log_error)[..., None]
    mean = poses.mean(1)
    mean[_BODY] = (weight * poses[_BODY]).sum(1) / weight.sum(1)
    spread = np.square(poses - mean[:, None])[_BODY].sum(-1).mean(1)
    error = np.log(np.exp(2 * log_error.mean(1)) + spread) / 2
    return mean, error, realness.mean(1)
