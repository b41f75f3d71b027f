"""Errors that a real detector made on rendered people, lent to other motion.

A detector errs by the pose and the view: by what hides what, by what looks like its mirror image. Pairs are dear
(seconds of rendering each) and a network learns them by heart, while of recorded motion there is plenty. So a window
of recorded motion, filmed by any camera, is given the errors that the detector made where somebody was seen in nearly
the same pose from nearly the same side.
"""

from __future__ import annotations

import numpy as np

from ganbodypose.training.detector_noise import Detected
from ganbodypose.training.pairs.bank import PairBank, PairWindow

_EVERY = 3  # frames between those that can be found
_CHOICE = 4  # one of so many nearest


class ErrorLender:
    """Finds windows of a bank by the pose in their middle frame, as seen."""

    def __init__(self, bank: PairBank) -> None:
        self.bank = bank
        self._clip = np.repeat(np.arange(len(bank.length)), bank.length)
        self._rows = np.arange(0, len(self._clip), _EVERY)
        self._poses = poses_in_view(bank.joints_m[self._rows])
        self._squares = (self._poses**2).sum(1)

    def detected(self, rng: np.random.Generator, joints_m: np.ndarray, dt_s: np.ndarray) -> PairWindow:
        """joints_m [B,T,17,3] m in the camera frame, dt_s [B] apart, with the errors of the detector."""
        lent = self.bank.window(self._windows_like(rng, joints_m, dt_s))
        nearer = lent.joints_m[:, :, :1, 2:] / joints_m[:, :, :1, 2:]
        clean_xy = joints_m[..., :2] / joints_m[..., 2:]
        xy = clean_xy + (lent.detected.xy - lent.clean_xy) * nearer
        z = lent.detected.z - _relative_depth(lent.joints_m) + _relative_depth(joints_m)
        return PairWindow(Detected(xy, lent.detected.confidence, z), joints_m, clean_xy, dt_s)

    def _windows_like(self, rng: np.random.Generator, joints_m: np.ndarray, dt_s: np.ndarray) -> np.ndarray:
        """Rows [B,T] of the bank, at the same pace; a clip's first and last frame are held where it is too short."""
        n, frames = joints_m.shape[:2]
        distance = self._squares - 2 * poses_in_view(joints_m[:, frames // 2]) @ self._poses.T
        nearest = np.argpartition(distance, _CHOICE, axis=1)[:, :_CHOICE]
        middle = self._rows[nearest[np.arange(n), rng.integers(_CHOICE, size=n)]]
        clip = self._clip[middle]
        steps = np.round((np.arange(frames) - frames // 2) * (dt_s / self.bank.dt_s)[:, None]).astype(int)
        first = self.bank.start[clip][:, None]
        return np.clip(middle[:, None] + steps, first, first + self.bank.length[clip][:, None] - 1)


def poses_in_view(joints_m: np.ndarray) -> np.ndarray:
    """Vectors [N,48] of joints [N,17,3] (camera frame) about the pelvis, all of one size, in axes of which the third
    is the line of sight: their distance says how alike poses look."""
    relative = joints_m - joints_m[:, :1]
    sight = joints_m[:, 0] / np.linalg.norm(joints_m[:, 0], axis=-1, keepdims=True)
    right = np.cross([0.0, 1.0, 0.0], sight)
    right /= np.linalg.norm(right, axis=-1, keepdims=True)
    axes = np.stack([right, np.cross(sight, right), sight], 1)
    seen = np.einsum("nij,nkj->nki", axes, relative)
    seen /= np.sqrt((seen**2).sum((1, 2), keepdims=True) / 17)
    return seen[:, 1:].reshape(len(seen), -1).astype(np.float32)


def _relative_depth(joints_m: np.ndarray) -> np.ndarray:
    return joints_m[..., 2] - joints_m[..., :1, 2]
