"""What the expected errors of the joints make of any measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ganbodypose.quality.movement.measure import Measure, checked_times

# The mean length of a normal 3D vector is this many standard deviations of one of its coordinates.
_MEAN_LENGTH = np.sqrt(8 / np.pi)
_WAVES = 32


def with_uncertainties(
    measures: Callable[[np.ndarray], Mapping[str, Measure]],
    joints_m: np.ndarray,
    expected_error_m: np.ndarray,
    times_s: np.ndarray,
    correlation_s: float = 0.5,
    draws: int = 64,
    seed: int = 0,
) -> dict[str, Measure]:
    """`measures(joints_m)` with their uncertainties, by Monte Carlo over joints [T,J,3] m.

    They are taken again of `draws` disturbed copies; an uncertainty is the standard deviation of those. Every joint is
    moved by normal errors whose mean length is `expected_error_m` [T,J], alike in all directions, independent
    between joints, and smooth in time with the correlation exp(-(lag / correlation_s)^2 / 2); 0 makes frames
    independent. How long real errors last depends on the detector and the scene, so the default is an
    assumption. NaN where the value is unknown, an expected error of a present joint is missing, or the measure
    is unknown for more than half of the copies.
    """
    times = checked_times(times_s, joints_m)
    found = dict(measures(joints_m))
    error = np.asarray(expected_error_m, dtype=np.float64)
    if (np.isfinite(joints_m).all(-1) & ~np.isfinite(error)).any():
        return {name: replace(value, uncertainty=np.nan) for name, value in found.items()}
    random = np.random.default_rng(seed)
    sigma = np.nan_to_num(error)[..., None] / _MEAN_LENGTH
    copies = [
        measures(joints_m + sigma * _unit_noise(random, times, joints_m.shape[1], correlation_s))
        for _ in range(draws)
    ]
    return {
        name: replace(value, uncertainty=_scatter(value.value, [copy[name].value for copy in copies]))
        for name, value in found.items()
    }


def _scatter(value: float, of_copies: list[float]) -> float:
    """Standard deviation; NaN where `value` or more than half of the copies are unknown."""
    known = np.array([copy for copy in of_copies if np.isfinite(copy)])
    if not np.isfinite(value) or 2 * len(known) < len(of_copies):
        return float("nan")
    return float(np.std(known))


def _unit_noise(
    random: np.random.Generator, times_s: np.ndarray, joints: int, correlation_s: float
) -> np.ndarray:
    """Normal noise [T,J,3] of variance 1, correlated over `correlation_s`, at any timestamps.

    A sum of waves of random frequency (random Fourier features of the squared-exponential kernel).
    """
    if correlation_s == 0:
        return random.normal(size=(len(times_s), joints, 3))
    phase = np.outer(times_s, random.normal(size=_WAVES) / correlation_s)
    waves = np.concatenate([np.cos(phase), np.sin(phase)], 1) / np.sqrt(_WAVES)
    return (waves @ random.normal(size=(2 * _WAVES, joints * 3))).reshape(-1, joints, 3)
