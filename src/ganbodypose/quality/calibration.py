"""From the network's raw word on its error to an expected error that holds, measured on validation subjects.

Plain numbers, so that a calibration travels as JSON inside the model file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

QUALITY_RADIUS_M = 0.1


@dataclass(frozen=True)
class ErrorCalibration:
    """joint_factor [17] multiplies the raw error; `raw_m` -> `expected_m` is an increasing curve through knots,
    continued by its end ratios; `expected_m` -> `share_within` is the share of joints that lie within
    `QUALITY_RADIUS_M` of the truth when that error is expected."""

    joint_factor: tuple[float, ...]
    raw_m: tuple[float, ...]
    expected_m: tuple[float, ...]
    share_within: tuple[float, ...]

    def expected_error(self, raw_error_m: np.ndarray) -> np.ndarray:
        """Raw errors [...,17] m -> expected errors [...,17] m of the root-relative joints (0 for the pelvis)."""
        raw = raw_error_m * np.asarray(self.joint_factor)
        inside = np.clip(raw, self.raw_m[0], self.raw_m[-1])
        return np.interp(inside, self.raw_m, self.expected_m) * np.where(inside > 0, raw / inside, 1.0)

    def pose_quality(self, expected_error_m: np.ndarray) -> np.ndarray:
        """Expected errors [...,17] m -> quality [...] in [0,1]: the share of the pose's joints (without the
        pelvis) that can be expected within 100 mm of the truth."""
        return np.interp(expected_error_m[..., 1:], self.expected_m, self.share_within).mean(-1)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> ErrorCalibration:
        return ErrorCalibration(**{name: tuple(map(float, value)) for name, value in values.items()})


def fit_calibration(raw_error_m: np.ndarray, true_error_m: np.ndarray, knots: int = 25) -> ErrorCalibration:
    """Fits on validation data: raw and true errors [N,17] m (column 0, the pelvis, is ignored).

    Isotonic regression on quantile bins: mean true error as an increasing function of the raw one.
    """
    raw, true = raw_error_m[:, 1:], true_error_m[:, 1:]
    factor = true.mean(0) / raw.mean(0)
    flat_raw, flat_true = (raw * factor).ravel(), true.ravel()
    order = np.argsort(flat_raw, kind="stable")
    bins = np.array_split(order, knots)
    x = np.array([flat_raw[b].mean() for b in bins])
    y = increasing(np.array([flat_true[b].mean() for b in bins]))
    within = 1 - increasing(np.array([(flat_true[b] >= QUALITY_RADIUS_M).mean() for b in bins]))
    rounded = (tuple(np.round(a, 6).tolist()) for a in (np.concatenate([[1.0], factor]), x, y, within))
    return ErrorCalibration(*rounded)


def increasing(values: np.ndarray) -> np.ndarray:
    """The closest non-decreasing sequence (pool adjacent violators, equal weights)."""
    pools: list[list[float]] = []
    for value in values:
        pools.append([float(value)])
        while len(pools) > 1 and np.mean(pools[-2]) > np.mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    return np.concatenate([np.full(len(p), np.mean(p)) for p in pools])
