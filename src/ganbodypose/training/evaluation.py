"""Deterministic evaluation windows of a split, and what a network makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from ganbodypose.metrics.evaluate import evaluate_poses
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.quality.signals import error_signals
from ganbodypose.training.batches import Batch, Observed, make_batch, see_motion
from ganbodypose.training.data import TrainingData
from ganbodypose.training.detector_noise import NoiseLevel
from ganbodypose.training.motion import MotionWindow
from ganbodypose.training.pairs.bank import PairBank

FRAMES = 96
MOTION_FPS, PAIRS_FPS, SENSOR_FPS = 30.0, 25.0, 30.0
SEED = 20260101


@dataclass(frozen=True)
class Outcome:
    """predicted_m, target_m [W,T,17,3] virtual frame, relative to the pelvis; signals [W,T,17,S] of the
    errors (`quality.signals`); group [W]: the windows' sources."""

    predicted_m: np.ndarray
    target_m: np.ndarray
    signals: np.ndarray
    group: np.ndarray


def motion_batches(
    data: TrainingData, noise: NoiseLevel, depth_share: float = 0.5, limit: int | None = None
) -> Iterator[tuple[Batch, np.ndarray]]:
    """Batches of `observe_every_window`, with each window's source."""
    for observed, group in observe_every_window(data, noise, depth_share, limit=limit):
        yield make_batch(observed), group


def observe_every_window(
    data: TrainingData, noise: NoiseLevel, depth_share: float = 0.5, chunk: int = 64, limit: int | None = None
) -> Iterator[tuple[Observed, np.ndarray]]:
    """Every clip of the split once, at 30 fps, each window of 96 frames filmed by one random camera (fixed seed)."""
    window, clip = data.motion.every_window(FRAMES, MOTION_FPS)
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(clip))[:limit]
    for start in range(0, len(order), chunk):
        rows = order[start : start + chunk]
        motion = MotionWindow(window.joints_m[rows], window.dt_s[rows])
        yield see_motion(rng, motion, noise, depth_share=depth_share), data.motion.source[clip[rows]]


def pair_batches(bank: PairBank | None, frames: int = 40) -> Iterator[tuple[Batch, np.ndarray]]:
    """The first frames of every clip of a bank that is so long, as the detector or sensor saw them."""
    if bank is None:
        return
    clips = np.flatnonzero(bank.length >= frames)
    pair = bank.window(bank.start[clips][:, None] + np.arange(frames))
    up = np.full((*pair.joints_m.shape[:2], 3), np.nan)
    relative = pair.joints_m - pair.joints_m[:, :, :1]
    yield (
        make_batch(Observed(pair.detected, relative, pair.clean_xy, up, pair.dt_s)),
        np.array(["pairs"] * len(clips)),
    )


@torch.no_grad()
def predict(network: nn.Module, batches: Iterable[tuple[Batch, np.ndarray]]) -> Outcome:
    """The network's word on all batches; `network` must be in evaluation mode."""
    predicted, target, signals, groups = [], [], [], []
    for batch, group in batches:
        prediction, _ = network(batch.joints, batch.condition)
        predicted.append(prediction.joints_m.numpy())
        target.append(batch.target.numpy())
        said = (prediction.joints_m, prediction.log_error, prediction.realness)
        signals.append(error_signals(batch.joints.numpy(), *(part.numpy() for part in said)))
        groups.append(group)
    return Outcome(*(np.concatenate(part) for part in (predicted, target, signals, groups)))


def scores(outcome: Outcome, fps: float, calibration: ErrorCalibration | None = None) -> dict[str, Any]:
    """`metrics.evaluate_poses` over all frames, with the expected error where there is a calibration, and the
    mean of the sources' MPJPE, so that the longest source does not decide alone."""
    flat = lambda a: a.reshape(-1, *a.shape[2:])  # noqa: E731
    expected = None if calibration is None else calibration.expected_error(flat(outcome.signals))
    windows, frames = outcome.target_m.shape[:2]
    clip = np.repeat(np.arange(windows), frames)
    result = evaluate_poses(
        flat(outcome.predicted_m), flat(outcome.target_m), expected, fps=fps, sequence_id=clip
    )
    error = position_error_m(outcome)
    groups = {str(g): 1000 * float(error[outcome.group == g].mean()) for g in np.unique(outcome.group)}
    return result | {"mpjpe_mm_by_source": groups}


def position_error_m(outcome: Outcome) -> np.ndarray:
    """Distances [W,T,16] m, without the pelvis."""
    return np.linalg.norm(outcome.predicted_m - outcome.target_m, axis=-1)[..., 1:]
