"""The lengths of a person's bones, followed over time: bodies do not change from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.geometry.bones import to_bones, to_joints
from ganbodypose.skeletons import H36M_17

_TRUNK = np.array(H36M_17.indices("spine", "thorax", "neck_nose", "head_top")) - 1
_LEGS = np.array(H36M_17.indices("right_knee", "right_ankle", "left_knee", "left_ankle")) - 1
# Standing height over the length of the chain crown - pelvis - ankle: the sole adds to it, the bends of the
# chain take away. Median over 1,500 rendered bodies of known height; their spread is 0.007.
HEIGHT_PER_CHAIN = 1.034
# Geometric mean over 11,710 rendered people of the train split, m, in the order of `geometry.bones`.
_TYPICAL_LEG = (0.089, 0.378, 0.413)
_TYPICAL_ARM = (0.184, 0.257, 0.230)
TYPICAL_M = np.array([*_TYPICAL_LEG * 2, 0.249, 0.272, 0.174, 0.142, *_TYPICAL_ARM * 2])
# Sure frames that typical bones are worth. On validation subjects 1 to 3 do no harm on the whole, and bones that
# begin at some value vary less than bones that begin with the first, worst frame.
_TYPICAL_WEIGHT = 2.0
_LONGEST_MEMORY = 300.0  # sure frames in the running mean
_SURE_M = 0.03  # an error at which a frame counts half


@dataclass(frozen=True)
class BoneLengths:
    """Running mean, over the frames and by their errors, of the log lengths [P,16] (m) of P persons' bones;
    weight [P,16] is how many sure frames it rests on."""

    log_m: np.ndarray
    weight: np.ndarray

    @staticmethod
    def unknown(persons: int) -> BoneLengths:
        return BoneLengths(np.zeros((persons, 16)), np.zeros((persons, 16)))

    @staticmethod
    def typical(persons: int) -> BoneLengths:
        """Those of most people, until frames say otherwise."""
        rows = np.ones((persons, 1))
        return BoneLengths(rows * np.log(TYPICAL_M), rows * np.full(16, _TYPICAL_WEIGHT))

    def update(self, joints_m: np.ndarray, error_m: np.ndarray) -> BoneLengths:
        """After one more frame: joints [P,17,3] m and their raw errors [P,16] m, without the pelvis."""
        log_m = np.log(np.maximum(np.linalg.norm(to_bones(joints_m), axis=-1), 1e-4))
        certainty = 1 / (1 + np.square(error_m / _SURE_M))
        total = self.weight + certainty
        mean = self.log_m + certainty / total * (log_m - self.log_m)
        return BoneLengths(mean, np.minimum(total, _LONGEST_MEMORY))

    def constrain(self, joints_m: np.ndarray) -> np.ndarray:
        """Joints [P,17,3] m with these bones in the directions that theirs have, relative to the pelvis."""
        bones = to_bones(joints_m)
        length = np.maximum(np.linalg.norm(bones, axis=-1), 1e-4)
        return to_joints(bones * (np.exp(self.log_m) / length)[..., None])

    def scale(self, height_m: float | None) -> np.ndarray:
        """Factors [P] that make the skeleton as tall as the person; 1 without a height."""
        if height_m is None:
            return np.ones(len(self.log_m))
        return height_m / (HEIGHT_PER_CHAIN * chain_length(np.exp(self.log_m)))

    def take(self, rows: np.ndarray) -> BoneLengths:
        return BoneLengths(self.log_m[rows], self.weight[rows])

    def join(self, other: BoneLengths) -> BoneLengths:
        return BoneLengths(
            np.concatenate([self.log_m, other.log_m]), np.concatenate([self.weight, other.weight])
        )


def chain_length(bones_m: np.ndarray) -> np.ndarray:
    """Length [...] of crown - neck - thorax - spine - pelvis plus the mean leg, of bone lengths [...,16]."""
    return bones_m[..., _TRUNK].sum(-1) + bones_m[..., _LEGS].sum(-1) / 2
