"""Uncertainties of measures from video are those that were found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ganbodypose.io.formats.tracks import Track, sequence_of
from ganbodypose.quality.assessment import assess_person
from ganbodypose.quality.movement.measured import factors, kind_of


@pytest.fixture
def assessments(standing: np.ndarray):
    """The same bending knees, as another program's file and as lifted from video."""
    times = np.arange(0, 4, 1 / 30)
    joints = np.repeat(standing[None] * [1.0, -1.0, -1.0], len(times), 0)
    joints[:, [2, 5], 2] += 0.2 * (1 - np.cos(np.pi * times))[:, None]
    recording = sequence_of(Track(joints, np.full((len(times), 17), 0.05), 30.0))
    lifted = replace(recording, meta={**recording.meta, "model": {"name": "live"}})
    return assess_person(recording, 1), assess_person(lifted, 1)


def test_only_poses_from_video_get_the_factors(assessments) -> None:
    other, lifted = assessments
    of_speeds = ("speed", "smoothness")  # their joints are steadied, too
    for name, measure in lifted.measures.items():
        if any(word in name for word in of_speeds) and "centre of mass" not in name:
            continue
        assert measure.value == pytest.approx(other.measures[name].value, nan_ok=True)
        factor = factors().get(kind_of(name), 1.0)
        if "symmetry" not in name:
            expected = factor * other.measures[name].uncertainty
            assert measure.uncertainty == pytest.approx(expected, nan_ok=True)
    scaled = {kind_of(name) for name in lifted.measures} & set(factors())
    assert {"knee flexion, range of motion", "hip flexion, range of motion"} <= scaled


def test_symmetry_follows_from_the_sides_as_measured(assessments) -> None:
    other, lifted = assessments
    name = "knee flexion symmetry, range of motion"
    factor = factors()["knee flexion, range of motion"]
    assert lifted.measures[name].uncertainty == pytest.approx(factor * other.measures[name].uncertainty)
