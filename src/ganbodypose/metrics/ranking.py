"""How well a score (an expected error, a quality) tells about the truth.

Arrays of any shape; pairs with a NaN are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Calibration(NamedTuple):
    """Expected and actual error in bins of equal count, lowest expected error first; all [bins]."""

    expected: np.ndarray
    actual: np.ndarray
    samples: np.ndarray

    @property
    def error(self) -> float:
        """Mean distance between expected and actual error, weighted by samples; in their unit."""
        if not self.samples.sum():
            return float("nan")
        return float(np.average(np.abs(self.expected - self.actual), weights=self.samples))


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's rank correlation; ties share their mean rank. NaN where either is constant."""
    a, b = finite_pairs(a, b)
    if a.size < 2:
        return float("nan")
    ranks_a, ranks_b = mean_ranks(a), mean_ranks(b)
    ranks_a, ranks_b = ranks_a - ranks_a.mean(), ranks_b - ranks_b.mean()
    norm = np.sqrt((ranks_a @ ranks_a) * (ranks_b @ ranks_b))
    return float(ranks_a @ ranks_b / norm) if norm > 0 else float("nan")


def roc_auc(score: np.ndarray, positive: np.ndarray) -> float:
    """Fraction of (positive, negative) pairs in which the positive has the higher score; a tie counts 1/2.

    Eq. 17 of the paper, through ranks (Mann-Whitney). `positive` is boolean; NaN without both classes.
    """
    score, positive = finite_pairs(score, positive)
    positive = positive > 0
    m, n = int(positive.sum()), int((~positive).sum())
    if not m or not n:
        return float("nan")
    return float((mean_ranks(score)[positive].sum() - m * (m + 1) / 2) / (m * n))


def calibration(expected: np.ndarray, actual: np.ndarray, bins: int = 10) -> Calibration:
    """Mean expected against mean actual error per quantile of the expected error (deciles by default).

    Bins differ in count by one at most; with fewer samples than bins, the result is empty and its error NaN.
    """
    expected, actual = finite_pairs(expected, actual)
    if expected.size < bins:
        return Calibration(*np.empty((3, 0)))
    order = np.argsort(expected, kind="stable")
    groups = np.array_split(order, bins)
    return Calibration(
        np.array([expected[g].mean() for g in groups]),
        np.array([actual[g].mean() for g in groups]),
        np.array([len(g) for g in groups]),
    )


def mean_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1 of values [N]; ties share the mean of their ranks."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[group]


def finite_pairs(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both, flat, without the pairs of which one is NaN."""
    a, b = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    both = np.isfinite(a) & np.isfinite(b)
    return a[both], b[both]
