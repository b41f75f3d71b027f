import numpy as np
import pytest

from ganbodypose.quality.calibration import ErrorCalibration, fit_calibration, increasing


def exponential_data(factor, n=40_000, seed=0):
    """True errors whose mean is `factor` times the raw error, exponentially distributed."""
    rng = np.random.default_rng(seed)
    raw = np.exp(rng.uniform(np.log(0.01), np.log(0.3), (n, 17)))
    return raw, rng.exponential(raw * factor)


def test_calibrated_error_is_the_mean_true_error():
    factor = np.linspace(0.5, 2.0, 17)
    raw, true = exponential_data(factor)
    calibration = fit_calibration(raw, true)
    fresh_raw, fresh_true = exponential_data(factor, seed=1)
    expected = calibration.expected_error(fresh_raw)
    for joint in (1, 8, 16):
        for low, high in ((0.02, 0.05), (0.05, 0.1), (0.1, 0.25)):
            rows = (expected[:, joint] >= low) & (expected[:, joint] < high)
            assert expected[rows, joint].mean() == pytest.approx(fresh_true[rows, joint].mean(), rel=0.08)


def test_pose_quality_is_the_share_of_joints_within_100_mm():
    raw, true = exponential_data(np.ones(17))
    calibration = fit_calibration(raw, true)
    fresh_raw, fresh_true = exponential_data(np.ones(17), seed=1)
    quality = calibration.pose_quality(calibration.expected_error(fresh_raw))
    assert quality.mean() == pytest.approx((fresh_true[:, 1:] < 0.1).mean(), abs=0.01)
    good, bad = (calibration.pose_quality(np.full((1, 17), e))[0] for e in (0.02, 0.4))
    assert good > 0.95
    assert 0 <= bad < 0.4


def test_beyond_the_knots_the_error_keeps_growing():
    calibration = fit_calibration(*exponential_data(np.ones(17)))
    errors = calibration.expected_error(np.outer([1.0, 2.0, 4.0], np.ones(17)))[:, 3]
    np.testing.assert_allclose(errors[1:] / errors[:-1], 2.0)


def test_round_trip_through_a_dictionary():
    calibration = fit_calibration(*exponential_data(np.ones(17), n=1000))
    assert ErrorCalibration.from_dict(calibration.as_dict()) == calibration


def test_increasing_agrees_with_scipy():
    from scipy.optimize import isotonic_regression

    values = np.random.default_rng(3).normal(size=40).cumsum()
    np.testing.assert_allclose(increasing(values), isotonic_regression(values).x)
