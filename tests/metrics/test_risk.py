"""Refusing and flagging by the expected error: cases by hand, and brute force."""

import numpy as np
import pytest

from ganbodypose.metrics.risk import flags, risk_coverage

RNG = np.random.default_rng(0)


def test_a_perfect_ranking_has_no_area() -> None:
    actual = RNG.exponential(0.05, 400)
    assert risk_coverage(actual**2, actual).ause == pytest.approx(0, abs=1e-12)


def test_curve_by_hand() -> None:
    # Errors 1, 2, 3, 4; the expected error has the worst one first in line to be kept.
    curve = risk_coverage(np.array([2.0, 3, 4, 1]), np.array([1.0, 2, 3, 4]), points=4)
    np.testing.assert_allclose(curve.coverage, [1, 0.75, 0.5, 0.25])
    np.testing.assert_allclose(curve.risk, [2.5, 7 / 3, 2.5, 4])
    np.testing.assert_allclose(curve.oracle_risk, [2.5, 2, 1.5, 1])
    # trapezia of width 1/4 over the gaps 0, 1/3, 1, 3
    assert curve.ause == pytest.approx((0 / 2 + 1 / 3 + 1 + 3 / 2) / 4)


def test_the_curve_equals_sorting_and_cutting() -> None:
    expected, actual = RNG.exponential(size=(2, 300))
    curve = risk_coverage(expected, actual, points=10)
    for coverage, risk in zip(curve.coverage, curve.risk, strict=True):
        kept = expected <= np.sort(expected)[round(coverage * 300) - 1]
        assert risk == pytest.approx(actual[kept].mean())


def test_no_knowledge_costs_more_than_knowledge() -> None:
    actual = RNG.exponential(0.05, 2000)
    noisy = risk_coverage(actual + RNG.normal(0, 0.02, 2000), actual).ause
    assert 0 < noisy < risk_coverage(RNG.random(2000), actual).ause < risk_coverage(-actual, actual).ause


def test_too_few_samples_are_nan() -> None:
    assert np.isnan(risk_coverage(np.arange(9.0), np.arange(9.0), points=10).ause)
    assert np.isnan(risk_coverage(np.full(20, np.nan), np.arange(20.0), points=10).ause)


def test_flags_by_hand() -> None:
    # 2 right of 3 flagged, of 4 positives; 1 of 7 is unknown and left out
    flagged = np.array([1, 1, 1, 0, 0, 0, 1])
    positive = np.array([1, 1, 0, 1, 1, 0, np.nan])
    scores = flags(flagged, positive)
    assert scores.precision == pytest.approx(2 / 3) and scores.recall == pytest.approx(0.5)
    assert scores.f1 == pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5))
    assert scores.accuracy == pytest.approx(3 / 6)


def test_flags_without_positives() -> None:
    nothing = flags(np.zeros(4), np.zeros(4))
    assert np.isnan(nothing.precision) and np.isnan(nothing.recall) and np.isnan(nothing.f1)
    assert nothing.accuracy == 1
