import numpy as np
import pytest

from ganbodypose.quality.movement.balance import body_segments, center_of_mass, sway
from ganbodypose.skeletons import H36M_17


@pytest.mark.parametrize("sex", ["female", "male", None])
def test_the_segments_are_the_whole_body(sex: str) -> None:
    assert sum(part.mass for part in body_segments(sex)) == pytest.approx(1, abs=2e-4)


def test_center_of_a_hand_made_pose(standing: np.ndarray) -> None:
    """Height above the ankles of a man, summed by hand from de Leva's table."""
    parts = {
        # mass, upper end, lower end, share of the way down
        "head": (0.0694, 1.65, 1.40, 0.5002),
        "trunk": (0.4346, 1.40, 0.90, 0.4310),
        "upper arms": (0.0542, 1.40, 1.10, 0.5772),
        "forearms": (0.0324, 1.10, 0.85, 0.4574),
        "hands": (0.0122, 1.10, 0.85, 1 + 0.79 * 86.2 / 268.9),
        "thighs": (0.2832, 0.90, 0.45, 0.4095),
        "shanks": (0.0866, 0.45, 0.0, 0.4395),
        "feet": (0.0274, 0.45, 0.0, 1.0),
    }
    height = sum(mass * (top + share * (bottom - top)) for mass, top, bottom, share in parts.values())
    center = center_of_mass(standing, "male")
    assert center == pytest.approx([0, 0.9 - height, 0], rel=1e-3, abs=1e-9)


def test_women_differ_from_men_and_the_mean_lies_between(standing: np.ndarray) -> None:
    female, male, mean = (center_of_mass(standing, sex)[1] for sex in ("female", "male", None))
    assert female != pytest.approx(male, abs=1e-3)
    assert min(female, male) < mean < max(female, male)


def test_a_missing_joint_leaves_no_center(standing: np.ndarray) -> None:
    poses = np.stack([standing] * 3)
    poses[1, H36M_17.index("left_wrist")] = np.nan
    poses[2, H36M_17.index("spine")] = np.nan  # not needed
    assert np.isnan(center_of_mass(poses)).all(-1).tolist() == [False, True, False]


def test_unknown_sex_is_refused() -> None:
    with pytest.raises(ValueError, match="sex"):
        body_segments("average")


def test_sway_on_a_circle() -> None:
    """Radius r, one turn in 4 s, bobbing along `up`, which does not count."""
    times = np.linspace(0, 4, 401)[:-1]
    radius_m, phase = 0.02, np.pi / 2 * times
    center = np.stack([radius_m * np.cos(phase), 0.1 * np.sin(9 * times), radius_m * np.sin(phase)], -1)
    result = sway(center, times, up=np.array([0, -2.0, 0]))
    assert result.path.value == pytest.approx(2 * np.pi * radius_m * 399 / 400, rel=1e-3)
    assert result.mean_speed.value == pytest.approx(2 * np.pi * radius_m / 4, rel=1e-3)
    assert result.rms_distance.value == pytest.approx(radius_m, rel=1e-3)
    assert result.ellipse_area.value == pytest.approx(np.pi * 5.991 * radius_m**2 / 2, rel=5e-3)
    assert [result.path.unit, result.mean_speed.unit, result.ellipse_area.unit] == ["m", "m/s", "m^2"]


def test_sway_counts_only_what_was_seen() -> None:
    times = np.arange(10.0)
    center = np.stack([times, 0 * times, 0 * times], -1)
    center[4] = np.nan
    result = sway(center, times, up=np.array([0, 0, 1.0]))
    assert (result.path.value, result.mean_speed.value) == pytest.approx((7, 1))
    assert result.path.validity == pytest.approx(0.9)
    assert not sway(np.full((3, 3), np.nan), np.arange(3.0), np.array([0, 0, 1.0])).path.known
