"""Filling, smoothing, bones and feet, each on motion whose truth is known."""

import numpy as np
import pytest

from ganbodypose.quality.repair.bones import with_constant_bones
from ganbodypose.quality.repair.contact import contacts, hold_feet
from ganbodypose.quality.repair.gaps import fill_gaps, filling_error
from ganbodypose.quality.repair.smooth import smooth
from ganbodypose.skeletons import H36M_17

UP = np.array([0.0, -1.0, 0.0])
TIMES = np.arange(0, 10, 1 / 50)


def swing(times_s: np.ndarray, hz: float = 0.5) -> np.ndarray:
    """[T,3]: 20 cm to and fro."""
    return 0.2 * np.sin(2 * np.pi * hz * times_s)[:, None] * [1.0, 0.5, 0.0]


def test_gaps_up_to_a_second_are_filled_near_the_truth_and_nothing_beyond() -> None:
    truth = swing(TIMES)[:, None]
    points = truth.copy()
    points[100:120] = points[200:260] = points[:5] = np.nan
    filled = fill_gaps(points, TIMES)
    np.testing.assert_allclose(filled[100:120], truth[100:120], atol=0.02)
    assert np.isnan(filled[200:260]).all() and np.isnan(filled[:5]).all()
    known = np.isfinite(points)
    np.testing.assert_array_equal(filled[known], points[known])


def test_the_error_of_filling_is_what_filling_really_errs_by() -> None:
    rng = np.random.default_rng(0)
    truth = np.cumsum(rng.normal(0, 0.01, (5000, 3)), 0)
    missing = np.zeros(5000, bool)
    for start in range(50, 4900, 60):
        missing[start : start + 20] = True
    points = np.where(missing[:, None], np.nan, truth)
    filled = fill_gaps(points[:, None], np.arange(5000) / 30)[:, 0]
    real = np.linalg.norm(filled - truth, axis=-1)[missing].mean()
    said = filling_error(points, missing)
    assert said[missing].mean() == pytest.approx(real, rel=0.1)
    assert (said[~missing] == 0).all()
    assert said[60] > said[50]  # the middle of a gap is the least sure


@pytest.mark.parametrize("hz", [1.0, 4.0, 6.0, 12.0])
def test_smoothing_keeps_the_stated_share_of_a_frequency_and_delays_nothing(hz: float) -> None:
    times = np.arange(0, 10, 1 / 200)
    course = swing(times, hz)
    inner = slice(600, 1400)
    smoothed = smooth(course, times, 6.0)[inner, 0]
    share = smoothed @ course[inner, 0] / (course[inner, 0] @ course[inner, 0])
    assert share == pytest.approx(1 / (1 + (hz / 6) ** 4), abs=0.01)
    assert np.abs(smoothed - share * course[inner, 0]).max() < 0.003


def test_smoothing_uses_true_times_and_believes_sure_joints_more() -> None:
    rng = np.random.default_rng(1)
    times = np.sort(rng.uniform(0, 10, 500))
    straight = times[:, None] * [0.1, 0.2, 0.3]
    np.testing.assert_allclose(smooth(straight, times, 2.0), straight, atol=1e-6)
    error = np.where(np.arange(500) % 2, 0.1, 0.005)
    noisy = straight + rng.normal(size=(500, 3)) * error[:, None] / 1.6

    def miss(error_m: np.ndarray | None) -> float:
        return float(np.linalg.norm(smooth(noisy, times, 5.0, error_m) - straight, axis=-1).mean())

    assert miss(error) < 0.5 * miss(None)


def test_bones_become_constant_and_keep_their_direction() -> None:
    rng = np.random.default_rng(2)
    joints = rng.normal(size=(1, 17, 3)) + rng.normal(0, 0.05, (40, 17, 3))
    fixed = with_constant_bones(joints, np.full((40, 17), np.nan))
    parents = [max(p, 0) for p in H36M_17.parents]
    bones, before = fixed - fixed[:, parents], joints - joints[:, parents]
    length = np.linalg.norm(bones, axis=-1)
    np.testing.assert_allclose(length, np.broadcast_to(length[:1], length.shape), atol=1e-9)
    cosine = (bones * before).sum(-1)[:, 1:] / (length * np.linalg.norm(before, axis=-1))[:, 1:]
    np.testing.assert_allclose(cosine, 1, atol=1e-9)


@pytest.fixture
def trembling_stand(standing: np.ndarray) -> np.ndarray:
    """[T,17,3]: standing; the right foot slides by centimetres, and is lifted from 4 to 6 s."""
    joints = np.repeat(standing[None], len(TIMES), 0)
    ankle, knee = H36M_17.indices("right_ankle", "right_knee")
    joints[:, ankle, 0] += 0.02 * np.sin(2 * TIMES)
    joints[:, knee, 2] -= 0.15
    lifted = np.clip((1 - np.abs(TIMES - 5)) / 0.2, 0, 1)
    joints[:, ankle, 1] -= 0.3 * lifted
    joints[:, ankle, 2] += 0.2 * lifted * np.sin(8 * TIMES)
    return joints


def test_contacts_are_where_the_foot_is_down(trembling_stand: np.ndarray) -> None:
    found = contacts(trembling_stand[:, H36M_17.index("right_ankle")], TIMES)
    assert [(TIMES[a], TIMES[b - 1]) for a, b in found] == [
        pytest.approx((0, 4), abs=0.08),
        pytest.approx((6, 9.98), abs=0.08),
    ]


def test_held_feet_stand_still_and_legs_keep_their_lengths(trembling_stand: np.ndarray) -> None:
    held, count = hold_feet(trembling_stand, TIMES)
    hip, knee, ankle = H36M_17.indices("right_hip", "right_knee", "right_ankle")
    assert count == 3  # the left foot once
    assert np.ptp(held[5:195, ankle], axis=0).max() < 1e-6
    for a, b in ((hip, knee), (knee, ankle)):
        before, after = (np.linalg.norm(j[:, a] - j[:, b], axis=-1) for j in (trembling_stand, held))
        np.testing.assert_allclose(after, before, atol=0.01)
    lifted = (TIMES > 4.3) & (TIMES < 5.7)
    poses = (joints[lifted] - joints[lifted, :1] for joints in (held, trembling_stand))
    of_standing_leg = H36M_17.indices("left_knee", "left_ankle")
    np.testing.assert_allclose(*(np.delete(pose, of_standing_leg, 1) for pose in poses), atol=1e-9)
