"""Training batches: motion filmed by random cameras and seen by noisy detectors, through the virtual camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from ganbodypose.geometry.virtual_camera import VirtualCamera
from ganbodypose.lift.features import condition_features, joint_features
from ganbodypose.training.detector_noise import Detected, NoiseLevel, detect
from ganbodypose.training.motion import MotionBank, MotionWindow
from ganbodypose.training.pairs.bank import PairBank, PairWindow, augmented
from ganbodypose.training.pairs.lender import ErrorLender
from ganbodypose.training.scene import film


@dataclass(frozen=True)
class Observed:
    """Detections and truth of B windows: detected (plane z = 1 of the assumed camera), joints_m [B,T,17,3] truth
    in the camera frame, clean_xy [B,T,17,2], up [B,T,3] (NaN unknown), dt_s [B]."""

    detected: Detected
    joints_m: np.ndarray
    clean_xy: np.ndarray
    up: np.ndarray
    dt_s: np.ndarray


class Batch(NamedTuple):
    """Network inputs joints [B,T,17,5] and condition [B,T,6]; clean_joints [B,T,17,5]: the true 3D cuboid's;
    target [B,T,17,3] m in the virtual frame, relative to the pelvis."""

    joints: torch.Tensor
    condition: torch.Tensor
    clean_joints: torch.Tensor
    target: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(*(tensor.to(device) for tensor in self))


def observe_motion(
    bank: MotionBank, noise: NoiseLevel, rng: np.random.Generator, windows: int, frames: int
) -> Observed:
    """Random augmented mocap windows, filmed and detected."""
    return see_motion(rng, bank.sample(rng, windows, frames), noise)


def see_motion(
    rng: np.random.Generator,
    motion: MotionWindow,
    noise: NoiseLevel,
    focal_jitter: float = 0.12,
    depth_share: float = 0.5,
    up_share: float = 0.5,
) -> Observed:
    """Motion filmed and detected. The assumed focal length errs by `focal_jitter` (log units) in half of the
    windows; depth and the up direction are known in a share of them."""
    windows = len(motion.joints_m)
    scene = film(rng, motion.joints_m.astype(np.float64), motion.dt_s)
    xy = scene.joints_m[..., :2] / scene.joints_m[..., 2:]
    relative = scene.joints_m - scene.joints_m[:, :, :1]
    z = _depth_along_view(scene.joints_m, relative)
    seen = detect(rng, xy, z, scene.half_size, motion.dt_s, noise, depth_share)
    wrong = np.exp(rng.normal(0, focal_jitter, windows) * (rng.random(windows) < 0.5))[:, None, None, None]
    seen = Detected(seen.xy * wrong, seen.confidence, seen.z)
    up = scene.up + rng.normal(0, 0.02, scene.up.shape)
    up = np.where((rng.random(windows) < up_share)[:, None, None], up, np.nan)
    return Observed(seen, relative, xy * wrong, up, motion.dt_s)


def observe_pairs(
    bank: PairBank, rng: np.random.Generator, windows: int, frames: int, augment: bool = True
) -> Observed:
    """Rendered pictures seen by a real detector."""
    return _as_observed(bank.sample(rng, windows, frames, augment))


def observe_borrowed(
    bank: MotionBank, lender: ErrorLender, rng: np.random.Generator, windows: int, frames: int
) -> Observed:
    """Random augmented mocap windows, filmed, with the errors of a real detector on rendered pictures."""
    motion = bank.sample(rng, windows, frames)
    scene = film(rng, motion.joints_m.astype(np.float64), motion.dt_s)
    return _as_observed(augmented(rng, lender.detected(rng, scene.joints_m, motion.dt_s)))


def _as_observed(pair: PairWindow) -> Observed:
    up = np.full((*pair.joints_m.shape[:2], 3), np.nan)
    return Observed(pair.detected, pair.joints_m - pair.joints_m[:, :, :1], pair.clean_xy, up, pair.dt_s)


def _depth_along_view(joints: np.ndarray, relative: np.ndarray) -> np.ndarray:
    axis = joints[:, :, :1] / np.linalg.norm(joints[:, :, :1], axis=-1, keepdims=True)
    return (relative * axis).sum(-1)


def concatenate(parts: list[Observed]) -> Observed:
    detected = Detected(
        *(np.concatenate([getattr(p.detected, f) for p in parts]) for f in ("xy", "confidence", "z"))
    )
    rest = (np.concatenate([getattr(p, f) for p in parts]) for f in ("joints_m", "clean_xy", "up", "dt_s"))
    return Observed(detected, *rest)


def view_windows(observed: Observed) -> VirtualCamera:
    """The virtual camera of every frame, followed through each window: arrays with leading axis B*T."""
    n, frames = observed.detected.confidence.shape[:2]
    rays = _rays(observed.detected.xy)
    view = VirtualCamera.unseen(n)
    views = []
    for t in range(frames):
        view = view.follow(rays[:, t], observed.detected.confidence[:, t], observed.dt_s)
        views.append(view)
    fields = (np.stack([getattr(v, f) for v in views], 1) for f in ("R_virtual_cam", "extent", "direction"))
    return VirtualCamera(*(a.reshape(n * frames, *a.shape[2:]) for a in fields))


def make_batch(observed: Observed) -> Batch:
    """Everything through the virtual camera, as tensors."""
    n, frames = observed.detected.confidence.shape[:2]
    flat = lambda a: a.reshape(n * frames, *a.shape[2:])  # noqa: E731
    view = view_windows(observed)
    target = np.einsum("pij,pkj->pki", view.R_virtual_cam, flat(observed.joints_m))
    ones = np.ones(target.shape[:2])
    detected = observed.detected
    seen = joint_features(view, flat(_rays(detected.xy)), flat(detected.confidence), flat(detected.z))
    clean = joint_features(view, flat(_rays(observed.clean_xy)), ones, target[..., 2])
    condition = condition_features(view, flat(observed.up), np.repeat(observed.dt_s, frames))
    tensor = lambda a: torch.from_numpy(np.ascontiguousarray(a, np.float32)).unflatten(0, (n, frames))  # noqa: E731
    return Batch(tensor(seen), tensor(condition), tensor(clean), tensor(target))


def _rays(xy: np.ndarray) -> np.ndarray:
    return np.concatenate([xy, np.ones((*xy.shape[:-1], 1))], -1)
