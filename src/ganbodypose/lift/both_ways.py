"""A causal network on whole sequences: forwards, backwards, mirrored, and the mean of what it says.

Every frame is so seen with its past and with its future. Where the four disagree, more error is to be expected.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ganbodypose.lift.network import Lifter
from ganbodypose.skeletons import H36M_17

_MIRROR = np.array(H36M_17.mirror)
_BODY = np.s_[..., 1:, :]  # all joints but the pelvis, which is the origin
_MIRROR_BODY = _MIRROR[1:] - 1
_MIRROR_PARTS = np.array([0, 2, 1, 4, 3])  # trunk, right leg, left leg, left arm, right arm
Said = tuple[np.ndarray, np.ndarray, np.ndarray]
# joints [P,T,17,5], condition [P,T,6] -> joints [P,T,17,3] m, log error [P,T,16], realness [P,T,5]
LiftSequences = Callable[[np.ndarray, np.ndarray], Said]


def lift_both_ways(lift: LiftSequences, joints: np.ndarray, condition: np.ndarray) -> Said:
    """What `lift` says of the sequences (`lift.features`) in all four ways, in one."""
    persons = len(joints)
    twins = _mirrored(joints), condition * np.array([-1, 1, 1, 1, 1, 1], np.float32)
    both = [np.concatenate(pair) for pair in zip((joints, condition), twins, strict=True)]
    every = [np.concatenate([a, a[:, ::-1]]) for a in both]
    poses, log_error, realness = (part.reshape(4, persons, *part.shape[1:]) for part in lift(*every))
    poses[1::2] = _mirrored(poses[1::2])
    log_error[1::2] = log_error[1::2][..., _MIRROR_BODY]
    realness[1::2] = realness[1::2][..., _MIRROR_PARTS]
    for part in (poses, log_error, realness):
        part[2:] = part[2:, :, ::-1].copy()
    return _mean(poses, log_error, realness)


def run(network: Lifter, joints: np.ndarray, condition: np.ndarray) -> Said:
    """The network over sequences, frame by frame from an empty memory."""
    memory, said = network.initial_memory(len(joints)), []
    for frame in range(joints.shape[1]):
        *now, memory = network.step(joints[:, frame], condition[:, frame], memory)
        said.append(now)
    poses, log_error, realness = (np.stack(part, 1) for part in zip(*said, strict=True))
    return poses, log_error, realness


def _mirrored(joints: np.ndarray) -> np.ndarray:
    """[...,17,C] with left and right exchanged and x, the first channel, turned round."""
    twin = joints[..., _MIRROR, :].copy()
    twin[..., 0] *= -1
    return twin


def _mean(poses: np.ndarray, log_error: np.ndarray, realness: np.ndarray) -> Said:
    """Of [4,P,...]: positions weighted by the inverse square of their errors; the square of the error is what the
    four expect and by how much they differ, as in the law of total variance."""
    weight = np.exp(-2 * log_error)[..., None]
    mean = poses.mean(0)
    mean[_BODY] = (weight * poses[_BODY]).sum(0) / weight.sum(0)
    spread = np.square(poses - mean)[_BODY].sum(-1).mean(0)
    error = np.log(np.exp(2 * log_error.mean(0)) + spread) / 2
    return mean, error, realness.mean(0)
