"""Errors of an expected error as one uses it: refuse what it warns of, or flag what is off.

Risk-coverage (sparsification) follows Ilg et al., "Uncertainty estimates for optical flow", ECCV 2018. Arrays of any
shape; pairs with a NaN are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ganbodypose.metrics.ranking import finite_pairs


class RiskCoverage(NamedTuple):
    """Mean error of the samples that are kept when the worst are refused; all [points].

    coverage: share that is kept, 1 first; risk: refused by the expected error; oracle_risk: by the true one.
    """

    coverage: np.ndarray
    risk: np.ndarray
    oracle_risk: np.ndarray

    @property
    def ause(self) -> float:
        """Area between the two curves, in the unit of the error; 0 is a perfect ranking."""
        if not self.coverage.size:
            return float("nan")
        gap = self.risk - self.oracle_risk
        return float(((gap[1:] + gap[:-1]) / 2 * -np.diff(self.coverage)).sum())


class Flags(NamedTuple):
    """How well a yes or no agrees with the truth; NaN where there is nothing to divide by."""

    precision: float
    recall: float
    f1: float
    accuracy: float


def risk_coverage(expected: np.ndarray, actual: np.ndarray, points: int = 50) -> RiskCoverage:
    """Curves at `points` coverages from 1 down to 1/points; empty with fewer samples than points."""
    expected, actual = finite_pairs(expected, actual)
    if expected.size < points:
        return RiskCoverage(*np.empty((3, 0)))
    kept = np.linspace(1, 1 / points, points)
    count = np.maximum(1, np.round(kept * expected.size).astype(int))
    running = lambda order: (np.cumsum(actual[order]) / np.arange(1, actual.size + 1))[count - 1]  # noqa: E731
    by_expected, by_actual = (np.argsort(a, kind="stable") for a in (expected, actual))
    return RiskCoverage(kept, running(by_expected), running(by_actual))


def flags(flagged: np.ndarray, positive: np.ndarray) -> Flags:
    """Precision, recall, F1 and accuracy of booleans `flagged` against `positive` (NaN: unknown, left out)."""
    flagged, positive = (values > 0 for values in finite_pairs(flagged, positive))
    right = int((flagged & positive).sum())
    wrong = int((flagged ^ positive).sum())
    precision, recall = _ratio(right, int(flagged.sum())), _ratio(right, int(positive.sum()))
    return Flags(
        precision, recall, _ratio(2 * right, 2 * right + wrong), _ratio(flagged.size - wrong, flagged.size)
    )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
