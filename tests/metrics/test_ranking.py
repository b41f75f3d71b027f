"""Ranking metrics against SciPy and cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ganbodypose.metrics.ranking import calibration, mean_ranks, roc_auc, spearman

settings.register_profile("relaxed", deadline=None, max_examples=50)
settings.load_profile("relaxed")

# Few distinct values, so that ties abound.
scores = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=40).map(
    lambda rows: np.array(rows, float).T
)


@given(scores)
def test_ranks_and_spearman_equal_scipy(pair: np.ndarray) -> None:
    a, b = pair
    np.testing.assert_array_equal(mean_ranks(a), stats.rankdata(a))
    if len(set(a)) > 1 and len(set(b)) > 1:
        assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    else:
        with np.errstate(all="raise"):
            assert np.isnan(spearman(a, b))


def test_spearman_by_hand() -> None:
    # Rank differences 0, 1, 1: 1 - 6 * 2 / (3 * 8) = 0.5.
    assert spearman(np.array([1, 2, 3]), np.array([10, 50, 20])) == pytest.approx(0.5)
    assert spearman(np.array([1, 2, 3]), np.exp([1.0, 2, 3])) == pytest.approx(1)


def test_spearman_leaves_out_missing_pairs() -> None:
    a, b = np.array([1, np.nan, 2, 3, 9]), np.array([10, 70, 50, 20, np.nan])
    assert spearman(a, b) == pytest.approx(0.5)
    assert np.isnan(spearman(a[:2], b[:2]))


def test_roc_auc_by_hand() -> None:
    # Positives 3, 1; negatives 2, 1: won, won, lost, tie = 2.5 of 4.
    score, positive = np.array([3, 1, 2, 1]), np.array([True, True, False, False])
    assert roc_auc(score, positive) == pytest.approx(2.5 / 4)
    assert roc_auc(np.arange(4), np.arange(4) > 1) == 1
    assert roc_auc(-np.arange(4), np.arange(4) > 1) == 0
    assert roc_auc(np.ones(4), np.arange(4) > 1) == 0.5


@given(scores)
def test_roc_auc_equals_the_double_sum_and_mann_whitney(pair: np.ndarray) -> None:
    score, positive = pair[0], pair[1] > 2
    good, bad = score[positive], score[~positive]
    if not good.size or not bad.size:
        assert np.isnan(roc_auc(score, positive))
        return
    pairs = np.sign(good[:, None] - bad)  # eq. 17 of the paper, ties 1/2
    assert roc_auc(score, positive) == pytest.approx(((pairs + 1) / 2).mean())
    u = stats.mannwhitneyu(good, bad).statistic
    assert roc_auc(score, positive) == pytest.approx(u / (good.size * bad.size))


def test_roc_auc_leaves_out_missing_scores_and_labels() -> None:
    score = np.array([3, 1, 2, 1, np.nan, 0])
    positive = np.array([1, 1, 0, 0, 0, np.nan])
    assert roc_auc(score, positive) == pytest.approx(2.5 / 4)


def test_calibration_per_decile_by_hand() -> None:
    # Expected 1..20 in pairs; the truth is 0.5 more in the lower half and 1.5 less in the upper half.
    expected = np.random.default_rng(0).permutation(np.arange(1.0, 21))
    actual = expected + np.where(expected <= 10, 0.5, -1.5)
    result = calibration(expected, actual)
    np.testing.assert_allclose(result.expected, np.arange(1.5, 20, 2))
    np.testing.assert_allclose(result.actual, np.arange(1.5, 20, 2) + np.repeat([0.5, -1.5], 5))
    np.testing.assert_array_equal(result.samples, np.full(10, 2))
    assert result.error == pytest.approx(1.0)


def test_calibration_error_averages_out_noise_but_not_bias() -> None:
    rng = np.random.default_rng(1)
    expected = rng.uniform(0.01, 0.1, 20_000)
    actual = rng.exponential(expected)  # its mean is the expected error
    assert calibration(expected, actual).error < 0.002
    assert calibration(expected, 1.5 * actual).error == pytest.approx(0.5 * expected.mean(), rel=0.1)


def test_calibration_weighs_uneven_bins_by_samples() -> None:
    expected, actual = np.arange(11.0), np.arange(11.0)
    actual[:2] += 1.1  # the first of ten bins holds two of the eleven samples
    result = calibration(expected, actual)
    assert result.samples.tolist() == [2, *[1] * 9]
    assert result.error == pytest.approx(2 * 1.1 / 11)


def test_calibration_of_too_few_samples_is_unknown() -> None:
    few = calibration(np.arange(9), np.arange(9))
    assert np.isnan(few.error) and few.expected.size == 0
    assert np.isnan(calibration(np.full(20, np.nan), np.arange(20)).error)
