"""The regression against scikit-learn's, and what the scorer makes of features."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ganbodypose.quality.scoring.linear import fit_scorer, logistic_regression, logistic_slope


@pytest.fixture
def sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    positive = rng.random(80) < 0.3
    return rng.normal(0, 1, (80, 5)) + np.outer(positive, [1, -1, 0.5, 0, 0]), positive


@pytest.mark.parametrize("penalty", [0.01, 0.5])
def test_regression_agrees_with_scikit_learn(sample: tuple[np.ndarray, np.ndarray], penalty: float) -> None:
    inputs, positive = sample
    share = np.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum())
    reference = LogisticRegression(C=1 / penalty, tol=1e-8).fit(inputs, positive, sample_weight=share)
    slopes, offset = logistic_regression(inputs, positive, penalty)
    np.testing.assert_allclose(slopes, reference.coef_[0], atol=2e-3)
    assert offset == pytest.approx(reference.intercept_[0], abs=2e-3)


def test_the_slope_is_right_where_scores_are_log_odds_and_never_above_one() -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(0, 2, 20_000)
    positive = rng.random(odds.size) < 1 / (1 + np.exp(-odds))
    assert logistic_slope(2 * odds, positive) == pytest.approx(0.5, abs=0.03)
    assert logistic_slope(odds / 10, positive) == pytest.approx(1, abs=1e-4)


def test_deviations_either_way_speak_against(sample: tuple[np.ndarray, np.ndarray]) -> None:
    del sample
    rng = np.random.default_rng(0)
    good = np.arange(120) < 60
    sign = rng.choice([-1, 1], 120)
    features = rng.normal(0, 1, (120, 3))
    features[~good, 0] += 4 * sign[~good]
    scorer = fit_scorer(features, good, np.arange(120) % 4)
    usual, above, below = np.zeros((1, 3)), np.array([[4.0, 0, 0]]), np.array([[-4.0, 0, 0]])
    assert scorer.score(usual)[0] > 0 > max(scorer.score(above)[0], scorer.score(below)[0])
    assert np.argmin(scorer.contributions(above)[0]) == 0


def test_contributions_add_up(sample: tuple[np.ndarray, np.ndarray]) -> None:
    inputs, positive = sample
    scorer = fit_scorer(inputs, positive, np.arange(80) % 4)
    difference = scorer.score(inputs) - scorer.score(scorer.centre[None])
    np.testing.assert_allclose(scorer.contributions(inputs).sum(1), difference, atol=1e-9)


def test_what_is_missing_counts_as_usual(sample: tuple[np.ndarray, np.ndarray]) -> None:
    inputs, positive = sample
    scorer = fit_scorer(inputs, positive, np.arange(80) % 4)
    unknown = np.full((1, 5), np.nan)
    assert scorer.score(unknown)[0] == scorer.score(scorer.centre[None])[0]


def test_without_bad_ones_the_score_falls_with_the_deviation(sample: tuple[np.ndarray, np.ndarray]) -> None:
    inputs, _ = sample
    scorer = fit_scorer(inputs, np.ones(80, bool), np.arange(80) % 4)
    scores = [scorer.score(scorer.centre[None] + far * scorer.scale)[0] for far in (0, 1, -2, 3)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]
