"""Keypoints from the two kinds of answer that top-down networks give, to a fraction of a pixel."""

from __future__ import annotations

import numpy as np

MAX_SHIFT = 1.0  # cells; where a peak is flat, its parabola's tip may lie anywhere


def decode_heatmaps(
    heatmaps: np.ndarray, size_wh: tuple[int, int], udp: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """heatmaps [J,h,w] -> crop pixels [J,2] and heights of the peaks [J] in [0,1].

    The highest cell, moved to the top of the paraboloid through the logarithms around it (DARK, Zhang et al.
    2020), which is exact for Gaussian peaks.
    """
    joints, height, width = heatmaps.shape
    rows, columns = np.unravel_index(heatmaps.reshape(joints, -1).argmax(1), (height, width))
    cells = np.stack([columns, rows], 1) + _peak_shift(heatmaps, rows, columns)
    scale = (np.array(size_wh) - udp) / (np.array([width, height]) - udp)
    return cells * scale, heatmaps[np.arange(joints), rows, columns].clip(0, 1)


def _peak_shift(heatmaps: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """From the highest cells [J] to the tops between the cells: [J,2]; 0 at the border of the map."""
    joints, height, width = heatmaps.shape
    inside = (rows > 0) & (rows < height - 1) & (columns > 0) & (columns < width - 1)
    around = np.arange(-1, 2)
    r, c = (np.clip(i, 1, n - 2)[:, None] + around for i, n in ((rows, height), (columns, width)))
    near = heatmaps[np.arange(joints)[:, None, None], r[:, :, None], c[:, None, :]].astype(np.float64)
    f = np.log(np.maximum(near, 1e-6 * np.maximum(near.max((1, 2), keepdims=True), 1e-6)))
    gradient = np.stack([f[:, 1, 2] - f[:, 1, 0], f[:, 2, 1] - f[:, 0, 1]], 1) / 2
    xx = f[:, 1, 2] - 2 * f[:, 1, 1] + f[:, 1, 0]
    yy = f[:, 2, 1] - 2 * f[:, 1, 1] + f[:, 0, 1]
    xy = (f[:, 2, 2] - f[:, 2, 0] - f[:, 0, 2] + f[:, 0, 0]) / 4
    determinant = xx * yy - xy**2
    curved = inside & (xx < 0) & (determinant > 0)
    safe = np.where(curved, determinant, 1.0)[:, None]
    turned = np.stack(
        [yy * gradient[:, 0] - xy * gradient[:, 1], xx * gradient[:, 1] - xy * gradient[:, 0]], 1
    )
    return np.where(curved[:, None], np.clip(-turned / safe, -MAX_SHIFT, MAX_SHIFT), 0.0)


def decode_simcc(
    x_logits: np.ndarray, y_logits: np.ndarray, size_wh: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """SimCC (Li et al. 2022): logits per coordinate [J,k*W], [J,k*H] -> crop pixels [J,2], confidence [J] in [0,1].

    The likeliest bin, moved to the tip of the parabola through it and its neighbours. The confidence is the
    lower of the two peaks, as MMPose has it.
    """
    bins = [_tip(x_logits), _tip(y_logits)]
    splits = x_logits.shape[1] / size_wh[0], y_logits.shape[1] / size_wh[1]
    confidence = np.minimum(x_logits.max(1), y_logits.max(1)).clip(0, 1)
    return np.stack([b / k for b, k in zip(bins, splits, strict=True)], 1), confidence


def _tip(logits: np.ndarray) -> np.ndarray:
    """The place of the maximum of each row [J,N], between the bins."""
    rows = np.arange(len(logits))
    best = logits.argmax(1)
    at = np.clip(best, 1, logits.shape[1] - 2)
    before, peak, after = (logits[rows, at + k].astype(np.float64) for k in (-1, 0, 1))
    curve = before - 2 * peak + after
    shift = 0.5 * (before - after) / np.where(curve < 0, curve, 1.0)
    return best + np.where((at == best) & (curve < 0), shift, 0.0)
