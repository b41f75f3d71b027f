"""Detector-in-the-loop pairs: what the real detector said of rendered pictures, and the true joints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganbodypose.core import Keypoints2D
from ganbodypose.skeletons import BLAZEPOSE_33, H36M_17
from ganbodypose.training.detector_noise import Detected, ar1

_MIRROR = np.array(H36M_17.mirror)


@dataclass(frozen=True)
class PairWindow:
    """As `Detected`, with the truth: joints_m [B,T,17,3] camera frame, clean_xy [B,T,17,2], dt_s [B]."""

    detected: Detected
    joints_m: np.ndarray
    clean_xy: np.ndarray
    dt_s: np.ndarray


class PairBank:
    """The clips of a pairs archive whose motions belong to one split."""

    def __init__(self, path: Path, keep: np.ndarray) -> None:
        """`keep` bool [clips]: which clips of the archive to use."""
        with np.load(path, allow_pickle=False) as data:
            rows = keep[data["clip"]]
            clip = data["clip"][rows]
            K = data["clip_K"][clip].astype(np.float64)
            keypoints = Keypoints2D(
                data["full_xy"][rows], data["full_vis"][rows], BLAZEPOSE_33, data["full_world"][rows][..., 2]
            ).to(H36M_17)
            self.joints_m = data["gt17_cam"][rows].astype(np.float64)
            self.dt_s = 1 / float(data["fps"])
            self.world_m = data["full_world"][rows]
            self.names = data["clip_name"][keep]
        focal, center = K[:, None, [0, 1], [0, 1]], K[:, None, [0, 1], [2, 2]]
        self.xy = (keypoints.xy_px - center) / focal
        depth = np.asarray(keypoints.depth_m)
        self.z = depth - depth[:, :1]
        self.confidence = np.where(np.isfinite(self.xy).all(-1), keypoints.confidence, 0.0)
        self.start = np.flatnonzero(np.diff(clip, prepend=-1))
        self.length = np.diff(self.start, append=len(clip))

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
        return _augmented(rng, pair) if augment else pair


def _augmented(rng: np.random.Generator, pair: PairWindow) -> PairWindow:
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
