"""A performance against a reference: mistakes are found where and when they were made."""

from __future__ import annotations

import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats.tracks import Track, sequence_of
from ganbodypose.quality.comparison.compare import compare
from ganbodypose.quality.comparison.deviation import deviation
from ganbodypose.quality.comparison.score import Scale, own_scale, published_scale
from ganbodypose.quality.movement.repetitions import find_repetitions
from ganbodypose.skeletons import H36M_17

WRIST = H36M_17.index("left_wrist")
ELBOW = H36M_17.index("left_elbow")


def raise_arm(standing: np.ndarray, seconds: float, count: int = 1, height: float = 1.0) -> PoseSequence:
    """The left arm goes up sideways and comes down again, `count` times in `seconds` each, to a share `height`."""
    times = np.arange(0, seconds * count, 1 / 30)
    joints = np.repeat(standing[None] * [1.0, -1.0, -1.0], len(times), 0)
    angle = height * np.pi / 2 * (1 - np.cos(2 * np.pi * times / seconds)) / 2
    shoulder = joints[:, H36M_17.index("left_shoulder")]
    along = np.stack([np.sin(angle), -np.cos(angle), 0 * angle], -1)
    joints[:, ELBOW], joints[:, WRIST] = shoulder + 0.3 * along, shoulder + 0.55 * along
    return sequence_of(Track(joints, np.full((len(times), 17), 0.02), 30.0))


def test_the_same_at_another_speed_does_not_deviate(standing: np.ndarray) -> None:
    slow, fast = raise_arm(standing, 4.0), raise_arm(standing, 2.0)
    found = deviation(slow.joints_3d_m, slow.time_s, fast.joints_3d_m, fast.time_s)
    assert found.deviation_m.max() < 0.02


def test_another_build_does_not_deviate(standing: np.ndarray) -> None:
    one, taller = raise_arm(standing, 2.0), raise_arm(1.2 * standing, 2.0)
    taller_joints = taller.joints_3d_m.astype(float)
    shoulder = taller_joints[:, [H36M_17.index("left_shoulder")]]
    taller_joints[:, [ELBOW, WRIST]] = shoulder + 1.2 * (taller_joints[:, [ELBOW, WRIST]] - shoulder)
    assert deviation(one.joints_3d_m, one.time_s, taller_joints, taller.time_s).mean_m < 0.003


def test_an_arm_raised_too_low_is_found_at_the_turning_point(standing: np.ndarray) -> None:
    low = raise_arm(standing, 2.0, 3, height=0.6)
    found = compare(low, find_repetitions(low.joints_3d_m, low.time_s), raise_arm(standing, 2.0, 6))
    assert len(found.deviations) == 3
    assert int(found.by_joint().argmax()) == WRIST
    phases = {name: lengths[WRIST] for name, lengths in found.by_phase().items()}
    assert max(phases, key=lambda name: phases[name]) == "turning point"
    truth = 0.55 * 2 * np.sin(0.4 * np.pi / 4)  # the chord between 54 and 90 degrees
    assert phases["turning point"] == pytest.approx(truth, rel=0.25)
    worst = found.worst.worst_moments()
    assert 0.35 < (found.worst.own_s[worst[0]] - found.worst.own_s[0]) / np.ptp(found.worst.own_s) < 0.65
    assert "left wrist at the turning point" in found.findings()[1]
    assert found.score < 20


def test_deviations_are_told_beside_the_errors_of_the_poses(standing: np.ndarray) -> None:
    own, reference = raise_arm(standing, 2.0, 3), raise_arm(standing, 2.0, 6)
    own.expected_error_m[:, 1:], reference.expected_error_m[:, 1:] = 0.097, 0.103
    found = compare(own, find_repetitions(own.joints_3d_m, own.time_s), reference)
    assert "off by 97 mm, those of the reference by 103 mm" in found.findings()[-1]
    reference.expected_error_m[:] = np.nan
    found = compare(own, find_repetitions(own.joints_3d_m, own.time_s), reference)
    assert not any("errors of measurement" in line for line in found.findings())


def test_score_is_a_percentile_among_correct_repetitions() -> None:
    scale = Scale(np.array([0.01, 0.02, 0.03, 0.04]), "four repetitions")
    assert [scale.score(d) for d in (0.005, 0.02, 0.035, 0.05)] == [100, 75, 25, 0]
    assert own_scale(np.ones(4)) is None
    assert own_scale(np.ones(5)) is not None


def test_published_scale_by_exercise() -> None:
    squat = published_scale("deep squat")
    assert squat.score(0.0) == 100 and squat.score(1.0) == 0
    assert 40 < squat.score(float(np.median(squat.deviations_m))) < 60
    assert len(published_scale().deviations_m) == 10 * len(squat.deviations_m)
    with pytest.raises(UserError, match="No exercise is called 'handstand'; known are deep squat"):
        published_scale("handstand")


def test_recordings_without_joints_are_refused(standing: np.ndarray) -> None:
    one = raise_arm(standing, 2.0)
    nothing = raise_arm(standing, 2.0)
    nothing.joints_3d_m[:, WRIST] = np.nan
    with pytest.raises(UserError, match=r"Too little of the reference .* repair it"):
        compare(one, find_repetitions(one.joints_3d_m, one.time_s), nothing)
