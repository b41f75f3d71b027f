"""Missing joints between known ones, by monotone cubic interpolation at true timestamps.

The lifting network also predicts joints that nobody sees, frame by frame; but from one picture side of a gap only.
Interpolation knows both and is nearer to the truth for gaps of every length (`benchmarks/gap_filling.py`).
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

LONGEST_GAP_S = 1.0


def fill_gaps(points: np.ndarray, times_s: np.ndarray, longest_s: float = LONGEST_GAP_S) -> np.ndarray:
    """points [T,J,3] at `times_s` [T] with the missing ones (NaN) between known ones filled, where the known are at
    most `longest_s` apart. Before the first and after the last known one nothing is invented."""
    filled = np.array(points, dtype=np.float64)
    for joint in range(filled.shape[1]):
        known = np.flatnonzero(np.isfinite(filled[:, joint]).all(-1))
        missing = _bridged(known, times_s, longest_s)
        if missing.size:
            course = PchipInterpolator(times_s[known], filled[known, joint], axis=0)
            filled[missing, joint] = course(times_s[missing])
    return filled


def _bridged(known: np.ndarray, times_s: np.ndarray, longest_s: float) -> np.ndarray:
    """Rows between two neighbours in `known` that are at most `longest_s` apart in time."""
    bridges = np.flatnonzero((np.diff(known) > 1) & (np.diff(times_s[known]) <= longest_s + 1e-6))
    return np.concatenate(
        [np.arange(known[i] + 1, known[i + 1]) for i in bridges.tolist()] or [np.zeros(0, int)]
    )


def filling_error(points: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """What filling adds to the error [T] of a joint points [T,3], 0 where it is not `missing` [T].

    Gaps of the same length are made where the joint is known, bridged in a straight line, and compared with the
    joint at the same place in the gap: the longer the gap and the wilder the movement, the larger. In a recording
    too short for that it is taken to be as large as the step from one end of the gap to the other.
    """
    added = np.zeros(len(points))
    edges = np.diff(np.concatenate([[False], missing, [False]]).astype(int))
    for start, stop in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
        length = int(stop - start)
        steps = np.array([_bridging_error(points, missing, length + 1, k + 1) for k in range(length)])
        step_across = points[np.minimum(stop, len(points) - 1)] - points[np.maximum(start - 1, 0)]
        added[start:stop] = np.where(np.isfinite(steps), steps, np.linalg.norm(step_across))
    return added


def _bridging_error(points: np.ndarray, missing: np.ndarray, span: int, step: int) -> float:
    """Mean distance of the samples `step` of `span` along from the line between both ends."""
    count = len(points) - span
    if count <= 0:
        return float("nan")
    known = np.where(missing[:, None], np.nan, points)
    share = step / span
    line = (1 - share) * known[:count] + share * known[span:]
    distance = np.linalg.norm(known[step : step + count] - line, axis=-1)
    return float(np.nanmean(distance)) if np.isfinite(distance).any() else float("nan")
