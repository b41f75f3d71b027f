"""The real demo video: an athlete does two jumping jacks, then a woman walks by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import PoseSequence
from ganbodypose.estimator import PoseEstimator
from ganbodypose.geometry.camera import LEVEL_UP
from ganbodypose.quality.movement.gait import find_gait
from ganbodypose.quality.movement.measure import only_sure
from ganbodypose.quality.movement.repetitions import find_repetitions

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("blazepose_weights")]


@pytest.fixture(scope="module")
def poses(demo_video: Path) -> PoseSequence:
    return PoseEstimator(persons=2).run(demo_video)


def test_two_jumping_jacks_are_counted_when_they_happen(poses: PoseSequence) -> None:
    athlete = poses.person(poses.track_ids[0])
    jacks = athlete.time_s < 3.0
    found = find_repetitions(athlete.joints_3d_m[jacks].astype(np.float64), athlete.time_s[jacks])
    assert [one.peak_s for one in found.found] == pytest.approx([0.85, 2.0], abs=0.15)


def test_the_walker_walks_at_about_a_hundred_steps_a_minute(poses: PoseSequence) -> None:
    """Counted by eye: a step about every 18 frames of 30 a second."""
    walker = poses.person(poses.track_ids[1])
    joints = walker.joints_3d_m.astype(np.float64)
    gait = find_gait(only_sure(joints, walker.expected_error_m), walker.time_s, LEVEL_UP)
    assert 6 <= len(gait.steps) <= 9
    assert gait.measures()["gait, cadence"].value == pytest.approx(100, rel=0.05)
