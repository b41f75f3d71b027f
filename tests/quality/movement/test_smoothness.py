"""Against the published definitions, written a second time, and minimum-jerk reaches known in closed form."""

from itertools import pairwise

import numpy as np
import pytest

from ganbodypose.quality.movement.smoothness import ldlj, sparc

REACH_LDLJ = -np.log(720 / 1.875**2)


def reach_speed(times_s: np.ndarray, duration_s: float = 1.0) -> np.ndarray:
    """Speed of a minimum-jerk reach of 1 m (Flash and Hogan 1985); peak 1.875 / duration."""
    s = times_s / duration_s
    return 30 * s**2 * (1 - s) ** 2 / duration_s


def published_sparc(speed: np.ndarray, rate_hz: float) -> float:
    """The definition by a plain sum over frequencies, without FFT or vector arc length."""
    size = 2 ** (int(np.ceil(np.log2(len(speed)))) + 4)
    spectrum = []
    for k in range(size // 2 + 1):
        frequency = k * rate_hz / size
        if frequency <= 10:
            wave = np.exp(-2j * np.pi * k * np.arange(len(speed)) / size)
            spectrum.append((frequency, abs(np.sum(speed * wave))))
    top = max(m for _, m in spectrum)
    last = max(i for i, (_, m) in enumerate(spectrum) if m / top >= 0.05)
    band = spectrum[last][0] - spectrum[0][0]
    pairs = pairwise(spectrum[: last + 1])
    return -sum((((f2 - f1) / band) ** 2 + ((m2 - m1) / top) ** 2) ** 0.5 for (f1, m1), (f2, m2) in pairs)


@pytest.mark.parametrize("bumps", [1, 3])
def test_sparc_agrees_with_a_second_implementation(bumps: int) -> None:
    times = np.linspace(0, 1, 101)
    speed = np.concatenate([reach_speed(times)[:-1]] * bumps)
    value = sparc(speed, np.arange(len(speed)) / 100).value
    assert value == pytest.approx(published_sparc(speed, 100.0), rel=1e-6)


def test_sparc_of_a_reach_and_of_two() -> None:
    times = np.linspace(0, 1, 101)
    one = sparc(reach_speed(times), times).value
    assert one == pytest.approx(-1.41, abs=0.02)
    twice = np.concatenate([reach_speed(times)[:-1], reach_speed(times)])
    assert sparc(twice, np.linspace(0, 2, 201)).value < one - 0.3


@pytest.mark.parametrize("duration_s", [0.4, 3.0])
def test_ldlj_of_a_reach_is_known_whatever_its_size(duration_s: float) -> None:
    times = np.linspace(0, duration_s, 401)
    measure = ldlj(250 * reach_speed(times, duration_s), times, max_gap_s=0.1)
    assert measure.value == pytest.approx(REACH_LDLJ, rel=1e-3)
    assert (measure.unit, measure.validity) == ("", 1)


def test_ldlj_agrees_with_the_published_differences() -> None:
    rate_hz = 1000.0
    times = np.arange(0, 2, 1 / rate_hz)
    speed = 1 + 0.3 * np.sin(7 * times) + 0.1 * np.sin(23 * times)
    jerk = np.diff(speed, 2) * rate_hz**2
    published = -np.log(2.0**3 / speed.max() ** 2 * np.sum(jerk**2) / rate_hz)
    assert ldlj(speed, times).value == pytest.approx(published, rel=1e-3)


def test_true_timestamps_matter_and_are_honoured() -> None:
    even = np.linspace(0, 1, 201)
    uneven = even + 0.1 * np.sin(np.pi * even) / np.pi
    for measure, tolerance in ((sparc, 0.02), (ldlj, 0.005)):
        expected = measure(reach_speed(even), even).value
        assert measure(reach_speed(uneven), uneven).value == pytest.approx(expected, abs=tolerance)
    assert abs(ldlj(reach_speed(uneven), even).value - REACH_LDLJ) > 0.01


def test_short_gaps_are_bridged_and_long_ones_not() -> None:
    times = np.linspace(0, 1, 101)
    speed = reach_speed(times)
    speed[50:53] = np.nan
    for measure in (sparc, ldlj):
        bridged = measure(speed, times)
        assert bridged.validity == pytest.approx(98 / 101)
        assert bridged.value == pytest.approx(measure(reach_speed(times), times).value, rel=2e-2)
        assert not measure(speed, times, max_gap_s=0.02).known


def test_what_stands_still_has_no_smoothness() -> None:
    times = np.linspace(0, 1, 50)
    assert not sparc(np.zeros(50), times).known
    assert not ldlj(np.ones(50), times).known
