"""Metric scale of a known person: the network's skeleton, made as tall as the person is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.skeletons import H36M_17

_TRUNK = H36M_17.indices("pelvis", "spine", "thorax", "neck_nose", "head_top")
_LEGS = (
    H36M_17.indices("right_hip", "right_knee", "right_ankle"),
    H36M_17.indices("left_hip", "left_knee", "left_ankle"),
)
# Standing height over the length of the chain crown - pelvis - ankle: the sole adds to it, the bends of the
# chain take away. Median over 560 rendered bodies of known height; their spread is 0.007.
HEIGHT_PER_CHAIN = 1.025
_LONGEST_MEMORY = 300  # frames in the running mean


@dataclass(frozen=True)
class StatureScale:
    """Running mean of the chain length [P] m of P persons, over `frames` [P] frames."""

    chain_m: np.ndarray
    frames: np.ndarray

    @staticmethod
    def unknown(persons: int) -> StatureScale:
        return StatureScale(np.ones(persons), np.zeros(persons))

    def update(self, joints_m: np.ndarray, seen: np.ndarray) -> StatureScale:
        """After one more frame: joints [P,17,3] m; only persons `seen` [P] count."""
        frames = np.minimum(self.frames + seen, _LONGEST_MEMORY)
        gain = np.where(seen, 1 / np.maximum(frames, 1), 0.0)
        return StatureScale(self.chain_m + gain * (chain_length(joints_m) - self.chain_m), frames)

    def scale(self, height_m: float | None) -> np.ndarray:
        """Factors [P] that make the skeleton as tall as the person; 1 without a height."""
        if height_m is None:
            return np.ones_like(self.chain_m)
        return np.where(self.frames > 0, height_m / (HEIGHT_PER_CHAIN * self.chain_m), 1.0)

    def take(self, rows: np.ndarray) -> StatureScale:
        return StatureScale(self.chain_m[rows], self.frames[rows])

    def join(self, other: StatureScale) -> StatureScale:
        return StatureScale(
            np.concatenate([self.chain_m, other.chain_m]), np.concatenate([self.frames, other.frames])
        )


def chain_length(joints_m: np.ndarray) -> np.ndarray:
    """Length [...] of crown - neck - thorax - spine - pelvis plus the mean leg, of joints [...,17,3]."""
    length = lambda chain: np.linalg.norm(np.diff(joints_m[..., chain, :], axis=-2), axis=-1).sum(-1)  # noqa: E731
    return length(_TRUNK) + (length(_LEGS[0]) + length(_LEGS[1])) / 2
