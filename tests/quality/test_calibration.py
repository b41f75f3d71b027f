import numpy as np
import pytest

from ganbodypose.quality.calibration import ErrorCalibration, fit_calibration, increasing
from ganbodypose.quality.signals import SIGNALS


def signals_of(raw):
    """Signals [N,17,S] that say nothing but the network's own word, `raw` [N,17] m."""
    return np.concatenate([np.log(raw)[..., None], np.zeros((*raw.shape, len(SIGNALS) - 1))], -1)


def exponential_data(factor, n=40_000, seed=0):
    """Signals, and true errors whose mean is `factor` times the raw error, exponentially distributed."""
    rng = np.random.default_rng(seed)
    raw = np.exp(rng.uniform(np.log(0.01), np.log(0.3), (n, 17)))
    return signals_of(raw), rng.exponential(raw * factor)


def test_calibrated_error_is_the_mean_true_error():
    factor = np.linspace(0.5, 2.0, 17)
    signals, true = exponential_data(factor)
    calibration = fit_calibration(signals, true)
    fresh, fresh_true = exponential_data(factor, seed=1)
    expected = calibration.expected_error(fresh)
    for joint in (1, 8, 16):
        for low, high in ((0.02, 0.05), (0.05, 0.1), (0.1, 0.25)):
            rows = (expected[:, joint] >= low) & (expected[:, joint] < high)
            assert expected[rows, joint].mean() == pytest.approx(fresh_true[rows, joint].mean(), rel=0.08)


def test_pose_quality_is_the_share_of_joints_within_100_mm():
    signals, true = exponential_data(np.ones(17))
    calibration = fit_calibration(signals, true)
    fresh, fresh_true = exponential_data(np.ones(17), seed=1)
    quality = calibration.pose_quality(calibration.expected_error(fresh))
    assert quality.mean() == pytest.approx((fresh_true[:, 1:] < 0.1).mean(), abs=0.01)
    good, bad = (calibration.pose_quality(np.full((1, 17), e))[0] for e in (0.02, 0.4))
    assert good > 0.95
    assert 0 <= bad < 0.4


def test_four_fifths_of_true_errors_lie_in_the_interval_at_every_level():
    calibration = fit_calibration(*exponential_data(np.linspace(0.5, 2.0, 17)))
    fresh, fresh_true = exponential_data(np.linspace(0.5, 2.0, 17), seed=1)
    expected = calibration.expected_error(fresh)
    low, high = calibration.error_interval(expected)
    inside = ((low <= fresh_true) & (fresh_true <= high))[:, 1:]
    for level in (expected[:, 1:] < 0.05, expected[:, 1:] > 0.1):
        assert inside[level].mean() == pytest.approx(0.8, abs=0.02)
    # an exponential error has its own quantiles at 0.105 and 2.303 of its mean
    assert (high[:, 5] / expected[:, 5]).mean() == pytest.approx(2.303, rel=0.1)


def test_a_second_signal_that_tells_of_errors_is_used():
    rng = np.random.default_rng(5)
    signals, true = exponential_data(np.ones(17))
    hidden = rng.uniform(0, 1, true.shape)
    signals[..., 7] = hidden
    calibration = fit_calibration(signals, true * np.exp(2 * hidden))
    assert calibration.signal_weights[7] == pytest.approx(2, rel=0.15)
    assert np.abs(calibration.signal_weights[1:7]).max() < 0.02


def test_a_calibration_from_before_intervals_still_works():
    old = ErrorCalibration.from_dict(
        {
            "joint_factor": [1.0] * 17,
            "raw_m": [0.1, 0.2],
            "expected_m": [0.2, 0.3],
            "share_within": [0.5, 0.1],
        }
    )
    expected = old.expected_error(signals_of(np.full((1, 17), 0.1)))
    np.testing.assert_allclose(expected[0], [0.0] + [0.2] * 16)
    assert np.isnan(old.error_interval(expected)).all()


def test_beyond_the_knots_the_error_keeps_growing():
    calibration = fit_calibration(*exponential_data(np.ones(17)))
    errors = calibration.expected_error(signals_of(np.outer([1.0, 2.0, 4.0], np.ones(17))))[:, 3]
    np.testing.assert_allclose(errors[1:] / errors[:-1], 2.0 ** calibration.signal_weights[0])


def test_round_trip_through_a_dictionary():
    calibration = fit_calibration(*exponential_data(np.ones(17), n=1000))
    assert ErrorCalibration.from_dict(calibration.as_dict()) == calibration


def test_increasing_agrees_with_scipy():
    from scipy.optimize import isotonic_regression

    values = np.random.default_rng(3).normal(size=40).cumsum()
    np.testing.assert_allclose(increasing(values), isotonic_regression(values).x)
