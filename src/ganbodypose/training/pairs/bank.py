"""Pairs of what a real detector or sensor said and the true joints: rendered pictures, recorded depth sensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ganbodypose.core import Keypoints2D, UserError
from ganbodypose.datasets.pairs import at_joint_centres
from ganbodypose.skeletons import BLAZEPOSE_33, H36M_17, SKELETONS
from ganbodypose.training.detector_noise import Detected, ar1

_MIRROR = np.array(H36M_17.mirror)


@dataclass(frozen=True)
class PairWindow:
    """As `Detected`, with the truth: joints_m [B,T,17,3] camera frame, clean_xy [B,T,17,2], dt_s [B]."""

    detected: Detected
    joints_m: np.ndarray
    clean_xy: np.ndarray
    dt_s: np.ndarray


@dataclass(frozen=True)
class PairBank:
    """Clips of N frames in all, one after the other: joints_m [N,17,3] truth in the camera frame; xy [N,17,2] on the
    plane z = 1 (NaN: missing), z [N,17] m relative to the pelvis and confidence [N,17] as detected; length [clips];
    own_3d_m [N,J,3] m, the detector's own 3D in its own skeleton, where it is of use."""

    joints_m: np.ndarray
    xy: np.ndarray
    z: np.ndarray
    confidence: np.ndarray
    length: np.ndarray
    dt_s: float
    own_3d_m: np.ndarray | None = None

    @staticmethod
    def read(path: Path, keep: np.ndarray) -> PairBank:
        """The clips of an archive of rendered pairs for which `keep` bool [clips] is True.

        A file that names no skeleton is of `datasets.pairs`: BlazePose's keypoints, joints at the heads of bones.
        The focal length is the true one, but the lens is not corrected: users rarely know theirs.
        """
        with np.load(path, allow_pickle=False) as data:
            rows = keep[data["clip"]]
            clip = data["clip"][rows]
            K = data["clip_K"][clip].astype(np.float64)
            own_3d_m = data["full_world"][rows]
            skeleton = SKELETONS[str(data["skeleton"])] if "skeleton" in data else BLAZEPOSE_33
            keypoints = Keypoints2D(
                data["full_xy"][rows], data["full_vis"][rows], skeleton, own_3d_m[..., 2]
            ).to(H36M_17)
            joints_m, dt_s = data["gt17_cam"][rows].astype(np.float64), 1 / float(data["fps"])
            if "skeleton" not in data:
                joints_m = at_joint_centres(joints_m)
        xy = (keypoints.xy_px - K[:, None, [0, 1], [2, 2]]) / K[:, None, [0, 1], [0, 1]]
        depth = np.asarray(keypoints.depth_m)
        confidence = np.where(np.isfinite(xy).all(-1), keypoints.confidence, 0.0)
        length = np.unique(clip, return_counts=True)[1]
        return PairBank(joints_m, xy, depth - depth[:, :1], confidence, length, dt_s, own_3d_m)

    @staticmethod
    def joined(banks: Sequence[PairBank]) -> PairBank:
        """All clips of banks of one frame rate (else UserError); own_3d_m only where all have it alike."""
        if len({bank.dt_s for bank in banks}) != 1:
            raise UserError("Pairs of different frame rates cannot be mixed; keep those of one kind.")
        own = [bank.own_3d_m for bank in banks if bank.own_3d_m is not None]
        alike = len(own) == len(banks) and len({values.shape[1:] for values in own}) == 1
        return PairBank(
            np.concatenate([bank.joints_m for bank in banks]),
            np.concatenate([bank.xy for bank in banks]),
            np.concatenate([bank.z for bank in banks]),
            np.concatenate([bank.confidence for bank in banks]),
            np.concatenate([bank.length for bank in banks]),
            banks[0].dt_s,
            np.concatenate(own) if alike else None,
        )

    @cached_property
    def start(self) -> np.ndarray:
        """First frame of each clip."""
        return np.cumsum(self.length) - self.length

    def window(self, index: np.ndarray) -> PairWindow:
        """Rows `index` [B,T] as they are."""
        joints = self.joints_m[index]
        detected = Detected(self.xy[index], self.confidence[index], self.z[index])
        return PairWindow(detected, joints, joints[..., :2] / joints[..., 2:], np.full(len(index), self.dt_s))

    def sample(self, rng: np.random.Generator, windows: int, frames: int, augment: bool = True) -> PairWindow:
        clip = rng.integers(len(self.start), size=windows)
        first = (rng.random(windows) * np.maximum(self.length[clip] - frames + 1, 1)).astype(int)
        at = np.minimum(first[:, None] + np.arange(frames), self.length[clip][:, None] - 1)
        pair = self.window(self.start[clip][:, None] + at)
        return augmented(rng, pair) if augment else pair


def augmented(rng: np.random.Generator, pair: PairWindow) -> PairWindow:
    """Mirrored, rolled about the optical axis, with slow extra noise, a per-clip offset and depth left out."""
    n = len(pair.joints_m)
    mirrored = rng.random(n) < 0.5
    roll = np.radians(np.where(rng.random(n) < 0.6, rng.normal(0, 4, n), rng.uniform(-35, 35, n)))
    turn = np.stack([np.cos(roll), -np.sin(roll), np.sin(roll), np.cos(roll)], -1).reshape(n, 2, 2)
    xy, clean, joints = (_moved(a, mirrored, turn) for a in (pair.detected.xy, pair.clean_xy, pair.joints_m))
    height = 1.2 * np.ptp(clean, axis=2).max(-1)[..., None, None]
    drift = 0.008 * ar1(rng, xy.shape, pair.dt_s, np.exp(rng.uniform(np.log(0.3), np.log(2), n)))
    xy = xy + height * (drift + rng.normal(0, 0.006, (n, 1, 17, 2)))
    flip = mirrored[:, None, None]
    z = np.where(flip, pair.detected.z[..., _MIRROR], pair.detected.z)
    z = np.where((rng.random(n) < 0.35)[:, None, None], np.nan, z)
    confidence = np.where(flip, pair.detected.confidence[..., _MIRROR], pair.detected.confidence)
    return PairWindow(Detected(xy, confidence, z), joints, clean, pair.dt_s)


def _moved(points: np.ndarray, mirrored: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Points [B,T,17,2 or 3] mirrored left to right where asked, and turned about the optical axis."""
    twin = points[:, :, _MIRROR] * np.array([-1, 1, 1])[: points.shape[-1]]
    points = np.where(mirrored[:, None, None, None], twin, points)
    turned = np.einsum("bij,btkj->btki", turn, points[..., :2])
    return np.concatenate([turned, points[..., 2:]], -1)
