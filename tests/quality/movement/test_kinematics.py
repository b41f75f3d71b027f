import numpy as np
import pytest

from ganbodypose.quality.movement.kinematics import derivative, speed


@pytest.fixture
def times_s() -> np.ndarray:
    """Irregular, as of a camera that drops frames."""
    return np.cumsum(np.random.default_rng(0).uniform(0.02, 0.06, 40))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_quartics_are_exact_at_irregular_times(times_s: np.ndarray, order: int) -> None:
    quartic = np.poly1d([2.0, -3, 1, 5, -2])
    expected = quartic.deriv(order)(times_s)
    assert derivative(quartic(times_s), times_s, order) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_missing_samples_and_short_series_stay_missing(times_s: np.ndarray) -> None:
    values = times_s.copy()
    values[10] = np.nan
    assert np.flatnonzero(np.isnan(derivative(values, times_s))).tolist() == [8, 9, 10, 11, 12]
    assert np.isnan(derivative(values[:4], times_s[:4])).all()


def test_a_long_break_makes_the_samples_around_it_missing(times_s: np.ndarray) -> None:
    broken_s = np.where(np.arange(len(times_s)) < 20, times_s, times_s + 1e6)
    missing = np.isnan(derivative(times_s, broken_s))
    assert np.flatnonzero(missing).tolist() == [18, 19, 20, 21]
    assert derivative(broken_s, broken_s)[~missing] == pytest.approx(1, rel=1e-6)


def test_circular_motion(times_s: np.ndarray) -> None:
    """Radius r at w rad/s: speed w r, acceleration w^2 r towards the centre."""
    radius_m, omega = 0.5, 2.0
    phase = omega * times_s
    points = radius_m * np.stack([np.cos(phase), np.sin(phase), 0 * phase], -1)
    assert speed(points, times_s) == pytest.approx(omega * radius_m, rel=1e-4)
    assert derivative(points, times_s, 2) == pytest.approx(-(omega**2) * points, abs=0.02)


@pytest.mark.parametrize("times", [[0, 1, 1, 2, 3], [0, 1, np.nan, 3, 4], [0, 1, 2]])
def test_times_must_fit_and_increase(times: list[float]) -> None:
    with pytest.raises(ValueError, match="timestamps"):
        derivative(np.zeros(5), np.array(times))


def test_order_is_checked() -> None:
    with pytest.raises(ValueError, match="order"):
        derivative(np.zeros(5), np.arange(5), 4)
