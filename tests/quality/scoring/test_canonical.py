"""The same movement by anybody, anywhere, with either side, is the same canonical motion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.quality.scoring.canonical import ActiveSide, canonical, mirrored
from ganbodypose.skeletons import H36M_17

Move = Callable[..., tuple[np.ndarray, np.ndarray]]


def test_facing_place_and_size_do_not_matter(move: Move) -> None:
    plain = canonical(*move())
    np.testing.assert_allclose(canonical(*move(yaw_deg=130, size=1.3)), plain, atol=1e-9)
    knee = plain[len(plain) // 2, H36M_17.index("left_knee")]
    assert knee[0] > 0.1, "the knee is in front"
    assert knee[1] > 0, "and on the left"
    assert knee[2] < 0


def test_the_frame_rate_hardly_matters(move: Move) -> None:
    slow, fast = canonical(*move(fps=25)), canonical(*move(fps=120))
    assert abs(len(slow) - len(fast)) <= 1
    for motion in (slow, fast):
        assert np.abs(motion).max() < 1.5
    np.testing.assert_allclose(slow[len(slow) // 2], fast[len(fast) // 2], atol=0.01)


def test_waiting_before_and_after_is_left_out(move: Move) -> None:
    joints, times = move()
    wait = 45
    waiting = np.concatenate([np.repeat(joints[:1], wait, 0), joints, np.repeat(joints[-1:], wait, 0)])
    length = len(canonical(waiting, np.arange(len(waiting)) / 30))
    assert abs(length - len(canonical(joints, times))) <= 3


def test_a_gap_is_bridged_and_a_missing_joint_stays_missing(move: Move) -> None:
    joints, times = move()
    wrist, elbow = H36M_17.indices("left_wrist", "left_elbow")
    whole = canonical(joints, times)
    joints[20:24, wrist] = np.nan
    joints[:, elbow] = np.nan
    found = canonical(joints, times)
    np.testing.assert_allclose(found[:, wrist], whole[:, wrist], atol=0.01)
    assert np.isnan(found[:, elbow]).all()
    assert np.isfinite(np.delete(found, elbow, axis=1)).all()


def test_what_cannot_be_used_is_told(move: Move) -> None:
    joints, times = move()
    with pytest.raises(UserError, match="quarter of a second"):
        canonical(joints[:5], times[:5])
    with pytest.raises(UserError, match="an hour at most"):
        canonical(joints, np.append(times[:-1], 1.7e9))
    joints[:, H36M_17.index("left_hip")] = np.nan
    with pytest.raises(UserError, match="Hips, shoulders and legs"):
        canonical(joints, times)


def test_mirroring_twice_changes_nothing(move: Move) -> None:
    motion = canonical(*move(raise_deg=80))
    np.testing.assert_array_equal(mirrored(mirrored(motion)), motion)
    np.testing.assert_allclose(mirrored(motion), canonical(*move(raise_deg=80, side="left")), atol=1e-9)


def test_the_leading_side_is_found(move: Move) -> None:
    sides = ["right", "right", "left", "right", "left"]
    motions = [canonical(*move(depth_deg=5, raise_deg=80 + 5 * k, side=side)) for k, side in enumerate(sides)]
    side = ActiveSide.learn(motions)
    assert side.one_sided
    assert [side.is_other(motion) for motion in motions] == [False, False, True, False, True]


def test_a_movement_of_both_sides_has_no_leading_side(move: Move) -> None:
    motions = [canonical(*move(noise_m=0.01, seed=k)) for k in range(4)]
    side = ActiveSide.learn(motions)
    assert not side.one_sided
    assert not any(side.is_other(motion) for motion in motions)
