"""From the network's raw word on its error to an expected error that holds, measured on validation subjects.

Plain numbers, so that a calibration travels as JSON inside the model file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ganbodypose.quality.signals import SIGNALS

QUALITY_RADIUS_M = 0.1
INTERVAL = 0.8  # share of the true errors inside the interval
_LOG_FLOOR_M = 0.005  # an error of nothing has a logarithm too
_RIDGE = 1e-3  # of the signals' variance


@dataclass(frozen=True)
class ErrorCalibration:
    """A joint's score in metres is joint_factor [17] * exp(signals @ signal_weights), see `quality.signals`.
    `raw_m` -> `expected_m` is an increasing curve from scores to expected errors through knots, continued by its end
    ratios. Where `expected_m` is expected, `share_within` of the joints lie within `QUALITY_RADIUS_M` of the truth,
    and the middle `INTERVAL` of the true errors lies from `low_m` to `high_m` (empty: not measured)."""

    joint_factor: tuple[float, ...]
    raw_m: tuple[float, ...]
    expected_m: tuple[float, ...]
    share_within: tuple[float, ...]
    signal_weights: tuple[float, ...] = (1.0,) + (0.0,) * (len(SIGNALS) - 1)
    low_m: tuple[float, ...] = ()
    high_m: tuple[float, ...] = ()

    def expected_error(self, signals: np.ndarray) -> np.ndarray:
        """Signals [...,17,S] -> expected errors [...,17] m of the root-relative joints (0 for the pelvis)."""
        score = _scores(signals, np.asarray(self.joint_factor), np.asarray(self.signal_weights))
        score[..., 0] = 0.0
        return _continued(score, self.raw_m, self.expected_m)

    def error_interval(self, expected_error_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Expected errors [...,17] m -> the bounds [...,17] m between which the true error lies with a probability
        of 80 %; NaN where the calibration does not know them."""
        if not self.low_m:
            return np.full_like(expected_error_m, np.nan), np.full_like(expected_error_m, np.nan)
        return (
            _continued(expected_error_m, self.expected_m, self.low_m),
            _continued(expected_error_m, self.expected_m, self.high_m),
        )

    def pose_quality(self, expected_error_m: np.ndarray) -> np.ndarray:
        """Expected errors [...,17] m -> quality [...] in [0,1]: the share of the pose's joints (without the
        pelvis) that can be expected within 100 mm of the truth."""
        return np.interp(expected_error_m[..., 1:], self.expected_m, self.share_within).mean(-1)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> ErrorCalibration:
        return ErrorCalibration(**{name: tuple(map(float, value)) for name, value in values.items()})


def fit_calibration(signals: np.ndarray, true_error_m: np.ndarray, knots: int = 25) -> ErrorCalibration:
    """Fits on validation data: signals [N,17,S] (`quality.signals`) and true errors [N,17] m (column 0, the
    pelvis, is ignored).

    A log-linear model gives the score; isotonic regression on its quantile bins the mean true error as an
    increasing function of it; the bins' own quantiles the interval (split conformal prediction, bin by bin).
    """
    true = true_error_m[:, 1:]
    weights, factor = _log_linear(signals[:, 1:], true)
    score = _scores(signals[:, 1:], factor, weights).ravel()
    bins = np.array_split(np.argsort(score, kind="stable"), knots)
    of_bin = [true.ravel()[rows] for rows in bins]
    within = 1 - increasing(np.array([(errors >= QUALITY_RADIUS_M).mean() for errors in of_bin]))
    tail = (1 - INTERVAL) / 2
    low, high = (increasing(np.array([np.quantile(e, q) for e in of_bin])) for q in (tail, 1 - tail))
    values = {
        "joint_factor": np.concatenate([[1.0], factor]),
        "raw_m": np.array([score[rows].mean() for rows in bins]),
        "expected_m": increasing(np.array([errors.mean() for errors in of_bin])),
        "share_within": within,
        "signal_weights": weights,
        "low_m": low,
        "high_m": high,
    }
    return ErrorCalibration.from_dict({name: np.round(value, 6) for name, value in values.items()})


def _scores(signals: np.ndarray, joint_factor: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(joint_factor * np.exp(signals @ weights))


def _log_linear(signals: np.ndarray, true_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights [S] and factors [J] of log(true error) = log(factor of the joint) + signals [N,J,S] @ weights."""
    target = np.log(true_m + _LOG_FLOOR_M)
    signal_mean, target_mean = signals.mean(0), target.mean(0)
    x = (signals - signal_mean).reshape(-1, signals.shape[-1])
    spread = np.maximum(x.std(0), 1e-9)
    x = x / spread
    ridge = _RIDGE * len(x) * np.eye(x.shape[1])
    weights = np.linalg.solve(x.T @ x + ridge, x.T @ (target - target_mean).ravel()) / spread
    return weights, np.exp(target_mean - signal_mean @ weights)


def _continued(values: np.ndarray, knots: tuple[float, ...], at_knots: tuple[float, ...]) -> np.ndarray:
    """The curve through the knots, beyond them in proportion to `values`."""
    inside = np.clip(values, knots[0], knots[-1])
    return np.interp(inside, knots, at_knots) * np.where(inside > 0, values / inside, 1.0)


def increasing(values: np.ndarray) -> np.ndarray:
    """The closest non-decreasing sequence (pool adjacent violators, equal weights)."""
    pools: list[list[float]] = []
    for value in values:
        pools.append([float(value)])
        while len(pools) > 1 and np.mean(pools[-2]) > np.mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    return np.concatenate([np.full(len(p), np.mean(p)) for p in pools])
