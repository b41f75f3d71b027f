"""Range of motion, symmetry, and uncertainty."""

import numpy as np
import pytest

from ganbodypose.quality.movement.angles import range_of_motion
from ganbodypose.quality.movement.measure import Measure
from ganbodypose.quality.movement.symmetry import symmetry_index
from ganbodypose.quality.movement.uncertainty import with_uncertainties


def test_validity_is_a_share() -> None:
    with pytest.raises(ValueError, match="validity"):
        Measure(1, "m", 1.5)


def test_range_of_motion() -> None:
    motion = range_of_motion(np.array([10, np.nan, 95, 40]))
    assert (motion.value, motion.unit, motion.validity) == (85, "deg", 0.75)
    assert not range_of_motion(np.full(3, np.nan)).known


def test_symmetry_by_hand() -> None:
    left, right = Measure(110, "deg", 1, 3), Measure(90, "deg", 0.5, 4)
    index = symmetry_index(left, right)
    assert (index.value, index.unit, index.validity) == (20, "%", 0.5)
    # Slopes 100 R / mean^2 = 0.9 and 100 L / mean^2 = 1.1 percent per degree.
    assert index.uncertainty == pytest.approx(np.hypot(0.9 * 3, 1.1 * 4))
    assert symmetry_index(right, left).value == -20


def test_symmetry_needs_sizes_in_one_unit() -> None:
    assert not symmetry_index(Measure(0, "m", 1), Measure(0, "m", 1)).known
    assert not symmetry_index(Measure(np.nan, "m", 1), Measure(1, "m", 1)).known
    with pytest.raises(ValueError, match="'m'"):
        symmetry_index(Measure(1, "m", 1), Measure(1, "deg", 1))


TIMES = np.arange(50) / 25
JOINTS = np.random.default_rng(0).normal(size=(50, 2, 3))


def mean_x(joints_m: np.ndarray) -> dict[str, Measure]:
    return {"mean": Measure(joints_m[:, 0, 0].mean(), "m", 1)}


@pytest.mark.parametrize(("correlation_s", "independent"), [(0, 50), (1e6, 1)])
def test_uncertainty_of_a_mean(correlation_s: float, independent: int) -> None:
    """Mean of frames with errors of mean length 16 mm, so 16 / sqrt(8/pi) mm along one axis: divided by
    sqrt(frames) where frames err independently, not at all where they err alike."""
    errors = np.tile([0.016, 9.0], (50, 1))  # the second joint does not enter
    measure = with_uncertainties(mean_x, JOINTS, errors, TIMES, correlation_s, draws=1000)["mean"]
    assert measure.value == mean_x(JOINTS)["mean"].value
    assert measure.uncertainty == pytest.approx(0.016 / np.sqrt(8 / np.pi * independent), rel=0.08)


def test_errors_last_as_long_as_said() -> None:
    """A difference over 0.4 s with correlation time 0.4 s: variance 2 sigma^2 (1 - exp(-1/2))."""

    def difference(joints_m: np.ndarray) -> dict[str, Measure]:
        return {"difference": Measure(joints_m[10, 0, 0] - joints_m[0, 0, 0], "m", 1)}

    errors = np.full((50, 2), np.sqrt(8 / np.pi))
    measures = with_uncertainties(difference, JOINTS, errors, TIMES, correlation_s=0.4, draws=2000)
    assert measures["difference"].uncertainty == pytest.approx(np.sqrt(2 * (1 - np.exp(-0.5))), rel=0.06)


def test_the_seed_decides() -> None:
    errors = np.full((50, 2), 0.02)
    first, again, other = (
        with_uncertainties(mean_x, JOINTS, errors, TIMES, seed=s)["mean"].uncertainty for s in (0, 0, 1)
    )
    assert first == again != other


def test_unknown_errors_give_no_uncertainty() -> None:
    errors = np.full((50, 2), 0.02)
    errors[3, 1] = np.nan
    assert np.isnan(with_uncertainties(mean_x, JOINTS, errors, TIMES)["mean"].uncertainty)
    missing = JOINTS.copy()
    missing[3, 1] = np.nan  # a joint that is missing needs no error
    assert with_uncertainties(mean_x, missing, errors, TIMES)["mean"].uncertainty > 0
