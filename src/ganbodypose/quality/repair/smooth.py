"""A jitter filter for recordings with one strength: the frequency above which movement counts as jitter.

P. H. C. Eilers, "A perfect smoother", Anal. Chem. 75:3631-3636, 2003 (Whittaker's smoother), here with second
divided differences, so that the timestamps may be irregular, and with weights from the expected errors, so that
unsure joints follow their sure neighbours in time. It sees both ways and delays nothing. At a constant rate and
error a frequency f keeps the share 1 / (1 + (f / cutoff)^4) of its amplitude.
"""

from __future__ import annotations

import numpy as np

_LEAST_ERROR_M = 0.001
_LEAST_WEIGHT, _MOST_WEIGHT = 0.01, 100.0  # against that of the usual error: no joint is ignored, none is law


def smooth(
    points_m: np.ndarray, times_s: np.ndarray, cutoff_hz: float, error_m: np.ndarray | None = None
) -> np.ndarray:
    """Smoothed points [T,3] m of one joint; missing ones (NaN) stay missing.

    error_m [T]: expected errors; None or NaN: all alike. ValueError unless the cutoff is positive.
    """
    from scipy.linalg import solveh_banded  # heavy: the first result of a stream does not wait for it

    if not cutoff_hz > 0:
        raise ValueError(f"the cutoff must be positive, not {cutoff_hz} Hz")
    known = np.isfinite(points_m).all(-1)
    if known.sum() < 3:
        return np.array(points_m, dtype=np.float64)
    points, times = points_m[known], times_s[known]
    stiffness = 1 / (np.median(np.diff(times)) * (2 * np.pi * cutoff_hz) ** 4)
    weights = np.ones(len(times)) if error_m is None else _weights(np.asarray(error_m)[known])
    bands = stiffness * _bending(times)
    bands[0] += weights
    smoothed = np.full(points_m.shape, np.nan)
    # Solved for the change, not for the points: of moments almost at the same time the matrix is nearly singular.
    smoothed[known] = points - solveh_banded(bands, stiffness * _bending_force(points, times), lower=True)
    return smoothed


def _weights(error_m: np.ndarray) -> np.ndarray:
    """Inverse variances [T], 1 for the median error."""
    if not np.isfinite(error_m).any():
        return np.ones(len(error_m))
    usual = np.nanmedian(error_m)
    error = np.maximum(np.where(np.isfinite(error_m), error_m, usual), _LEAST_ERROR_M)
    return np.clip((max(usual, _LEAST_ERROR_M) / error) ** 2, _LEAST_WEIGHT, _MOST_WEIGHT)


def _bending(times_s: np.ndarray) -> np.ndarray:
    """The integral of the squared second derivative as a quadratic form: its lower bands [3,T]."""
    before, after = np.diff(times_s)[:-1], np.diff(times_s)[1:]
    middle = (before + after) / 2
    # second derivative at the inner samples is rows @ points
    rows = np.stack(
        [1 / (before * middle), -1 / (before * middle) - 1 / (after * middle), 1 / (after * middle)]
    )
    count = len(times_s)
    bands = np.zeros((3, count))
    for i in range(3):
        for j in range(i + 1):
            bands[i - j, j : j + count - 2] += middle * rows[i] * rows[j]
    return bands


def _bending_force(points_m: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """That form's matrix times points [T,3], by differences, so that a straight course gives nothing at all."""
    steps_s = np.diff(times_s)[:, None]
    middle_s = (steps_s[:-1] + steps_s[1:]) / 2
    curvature = np.diff(np.diff(points_m, axis=0) / steps_s, axis=0) / middle_s
    change = np.diff(np.pad(curvature, ((1, 1), (0, 0))), axis=0) / steps_s
    return np.diff(change, axis=0, prepend=0, append=0)
