"""Deterministic evaluation windows of a split, and what a network makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ganbodypose.training.batches import Batch, Observed, make_batch, see_motion
from ganbodypose.training.data import TrainingData
from ganbodypose.training.detector_noise import NoiseLevel
from ganbodypose.training.motion import MotionWindow

FRAMES = 96
SEED = 20260101


@dataclass(frozen=True)
class Outcome:
    """predicted_m, target_m [W,T,17,3] virtual frame, relative to the pelvis; raw_error_m [W,T,17] as the network
    says it; group [W]: the windows' sources."""

    predicted_m: np.ndarray
    target_m: np.ndarray
    raw_error_m: np.ndarray
    group: np.ndarray


def motion_batches(
    data: TrainingData, noise: NoiseLevel, depth_share: float = 0.5, chunk: int = 64, limit: int | None = None
) -> Iterator[tuple[Batch, np.ndarray]]:
    """Every clip of the split once, at 30 fps, each window of 96 frames filmed by one random camera (fixed seed)."""
    window, clip = data.motion.every_window(FRAMES)
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(clip))[:limit]
    for start in range(0, len(order), chunk):
        rows = order[start : start + chunk]
        motion = MotionWindow(window.joints_m[rows], window.dt_s[rows])
        yield make_batch(see_motion(rng, motion, noise, depth_share=depth_share)), data.motion.source[clip[rows]]


def pair_batches(data: TrainingData, frames: int = 40) -> Iterator[tuple[Batch, np.ndarray]]:
    """The first frames of every rendered clip of the split, as the detector saw them."""
    if data.pairs is None:
        return
    pairs = data.pairs
    clips = np.flatnonzero(pairs.length >= frames)
    pair = pairs.window(pairs.start[clips][:, None] + np.arange(frames))
    up = np.full((*pair.joints_m.shape[:2], 3), np.nan)
    relative = pair.joints_m - pair.joints_m[:, :, :1]
    yield make_batch(Observed(pair.detected, relative, pair.clean_xy, up, pair.dt_s)), np.array(["pairs"] * len(clips))


@torch.no_grad()
def predict(network: nn.Module, batches: Iterator[tuple[Batch, np.ndarray]]) -> Outcome:
    """The network's word on all batches; `network` must be in evaluation mode."""
    predicted, target, error, groups = [], [], [], []
    for batch, group in batches:
        prediction, _ = network(batch.joints, batch.condition)
        predicted.append(prediction.joints_m.numpy())
        target.append(batch.target.numpy())
        spread = prediction.log_error.exp().numpy()
        error.append(np.concatenate([np.zeros_like(spread[..., :1]), spread], -1))
        groups.append(group)
    return Outcome(*(np.concatenate(part) for part in (predicted, target, error, groups)))


def position_error_m(outcome: Outcome) -> np.ndarray:
    """Distances [W,T,16] m, without the pelvis."""
    return np.linalg.norm(outcome.predicted_m - outcome.target_m, axis=-1)[..., 1:]
