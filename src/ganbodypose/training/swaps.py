"""How well a network undoes a detector that exchanges left and right of the whole body for a while."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from torch import nn

from ganbodypose.skeletons import H36M_17
from ganbodypose.training.batches import Observed, make_batch
from ganbodypose.training.data import TrainingData
from ganbodypose.training.detector_noise import Detected, NoiseLevel
from ganbodypose.training.evaluation import observe_every_window, position_error_m, predict

SHORTEST, LONGEST = 5, 30  # frames of an exchange
_MIRROR = np.array(H36M_17.mirror)


def swap_scores(network: nn.Module, data: TrainingData) -> dict[str, Any]:
    """On simulated detections of a split, with one exchange at full confidence put into each window.

    unswapped_share: of the exchanged frames, those whose result is nearer to the truth than to the truth with
    its sides exchanged. mpjpe_rise: by how much the exchanges raise the mean error over all frames.
    """
    rng = np.random.default_rng(0)
    plain, swapped, marks = [], [], []
    for observed, group in observe_every_window(data, NoiseLevel(swap_rate=0.0)):
        exchanged = exchange(rng, observed.detected.confidence.shape[:2])
        plain.append((make_batch(observed), group))
        swapped.append((make_batch(with_sides_exchanged(observed, exchanged)), group))
        marks.append(exchanged)
    before, after = predict(network, plain), predict(network, swapped)
    where = np.concatenate(marks)
    wrong = replace(after, target_m=after.target_m[:, :, _MIRROR])
    undone = position_error_m(after).mean(-1) < position_error_m(wrong).mean(-1)
    errors = [1000 * float(position_error_m(outcome).mean()) for outcome in (before, after)]
    return {
        "frames": int(where.sum()),
        "unswapped_share": float(undone[where].mean()),
        "mpjpe_mm_without": errors[0],
        "mpjpe_mm": errors[1],
        "mpjpe_rise": errors[1] / errors[0] - 1,
    }


def exchange(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """bool [W,T]: one run of 5 to 30 frames in each window."""
    windows, frames = shape
    length = np.minimum(rng.integers(SHORTEST, LONGEST + 1, windows), frames)
    start = (rng.random(windows) * (frames - length + 1)).astype(int)
    at = np.arange(frames)
    return (at >= start[:, None]) & (at < (start + length)[:, None])


def with_sides_exchanged(observed: Observed, where: np.ndarray) -> Observed:
    """What was detected, left and right exchanged in the frames `where` [W,T]; the confidence is full there."""
    seen = observed.detected
    xy = np.where(where[..., None, None], seen.xy[:, :, _MIRROR], seen.xy)
    z = np.where(where[..., None], seen.z[:, :, _MIRROR], seen.z)
    sure = np.where(np.isfinite(xy).all(-1), 1.0, 0.0)
    confidence = np.where(where[..., None], sure, seen.confidence)
    return replace(observed, detected=Detected(xy, confidence, z))
