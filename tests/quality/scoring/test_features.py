"""Channels and features against the angles that the made-up person was given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ganbodypose.quality.scoring.canonical import ActiveSide, canonical
from ganbodypose.quality.scoring.channels import DEGREES, PERCENT, SIDEWAYS, courses, unit_of
from ganbodypose.quality.scoring.features import (
    AT_TURN,
    CHANGE,
    RANGE,
    WHOLE,
    Feature,
    Repetition,
    turning_point,
)
from ganbodypose.skeletons import H36M_17

Move = Callable[..., tuple[np.ndarray, np.ndarray]]
BOTH_SIDES = ActiveSide(None)


def test_angles_are_those_of_the_movement(move: Move) -> None:
    motion = canonical(*move(depth_deg=90, lean_deg=30))
    found = courses(motion)
    middle = len(motion) // 2
    for channel, side, expected in (
        ("knee flexion", "left", 90),
        ("thigh forward lean", "right", 45),
        ("shin forward lean", "right", 45),
        ("trunk forward lean", "", 30),
        ("trunk sideways lean", "", 0),
        ("hip line tilt", "", 0),
        ("shoulder line turn", "", 0),
    ):
        assert found[channel, side][middle] == pytest.approx(expected, abs=1.5), channel


def test_directions_have_their_signs(move: Move) -> None:
    found = courses(canonical(*move(depth_deg=5, raise_deg=85)))
    assert found["upper arm outward", "right"].max() > 70
    assert found["upper arm outward", "left"].max() < 10
    assert found["wrist upward reach", "right"].max() > found["wrist upward reach", "left"].max() + 10
    assert found["stance width", ""].min() > 0


def test_every_sideways_channel_exists_and_changes_sign_in_the_mirror(move: Move) -> None:
    joints, times = move(raise_deg=60, noise_m=0.02)
    one = courses(canonical(joints, times))
    other = courses(canonical(joints[:, H36M_17.mirror] * [1, -1, 1], times))
    without_side = {channel for channel, side in one if not side}
    assert without_side >= SIDEWAYS
    for channel in without_side:
        sign = -1 if channel in SIDEWAYS else 1
        np.testing.assert_allclose(other[channel, ""], sign * one[channel, ""], atol=1e-6, err_msg=channel)
    for channel, side in one:
        if side == "left":
            np.testing.assert_allclose(
                other[channel, "right"], one[channel, side], atol=1e-6, err_msg=channel
            )


def test_units() -> None:
    assert unit_of("knee flexion") == unit_of("trunk forward lean") == unit_of("upper arm forward") == DEGREES
    assert unit_of("stance width") == unit_of("wrist upward reach") == unit_of("pelvis height") == PERCENT


def test_features_of_a_squat(move: Move) -> None:
    repetition = Repetition.of(*move(depth_deg=90, seconds=3))
    found = repetition.described(BOTH_SIDES)
    assert found[Feature(AT_TURN, "knee flexion", "both")] == pytest.approx(90, abs=3)
    assert found[Feature(CHANGE, "knee flexion", "both")] == pytest.approx(90, abs=8)
    assert found[Feature(RANGE, "knee flexion", "both")] == pytest.approx(90, abs=8)
    assert found[Feature(AT_TURN, "knee flexion", "difference")] == pytest.approx(0, abs=1e-6)
    assert found[Feature(WHOLE, "duration")] == pytest.approx(3, abs=0.4)
    assert turning_point(repetition.motion) == pytest.approx(len(repetition.motion) / 2, abs=2)
    assert not {feature.side for feature in found} & {"left", "right"}


def test_the_other_side_gives_the_same_features(move: Move) -> None:
    repetitions = [Repetition.of(*move(5, raise_deg=80, side=side)) for side in ("right", "right", "left")]
    side = ActiveSide.learn([repetition.motion for repetition in repetitions])
    right, _, left = (repetition.described(side) for repetition in repetitions)
    assert list(left) == list(right)
    np.testing.assert_allclose(list(left.values()), list(right.values()), atol=1e-6)


def test_a_missing_joint_makes_only_its_own_features_unknown(move: Move) -> None:
    joints, times = move()
    joints[:, H36M_17.index("left_wrist")] = np.nan
    found = Repetition.of(joints, times).described(BOTH_SIDES)
    unknown = {feature.channel for feature, value in found.items() if np.isnan(value)}
    assert "elbow flexion" in unknown
    assert not unknown & {"knee flexion", "trunk forward lean", "duration", "smoothness (SPARC)"}


def test_a_feature_is_its_key() -> None:
    feature = Feature(CHANGE, "knee flexion", "left")
    assert Feature.from_key(feature.key) == feature
