"""The whole repair of a recording: told, marked, and only what was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats.tracks import Track, sequence_of
from ganbodypose.quality.repair.repair import RepairOptions, repair


@pytest.fixture
def recording() -> PoseSequence:
    """4 s at 30 Hz of a body that breathes; frames 60 to 69 are not there, a wrist is missing in 20 more."""
    rng = np.random.default_rng(0)
    times = np.arange(120) / 30
    joints = rng.normal(size=(1, 17, 3)) * (1 + 0.2 * np.sin(9 * times))[:, None, None]
    whole = sequence_of(Track(joints, np.full((120, 17), 0.03), 30.0))
    kept = np.delete(np.arange(120), np.arange(60, 70))
    seen = replace(whole, **{name: getattr(whole, name)[kept] for name in whole.ROW_FIELDS})
    seen.joints_3d_m[20:40, 13] = np.nan
    return seen


def test_frames_and_joints_are_filled_with_larger_errors_and_told(recording: PoseSequence) -> None:
    result = repair(recording, RepairOptions())
    person = result.person
    np.testing.assert_array_equal(person.frame_index, np.arange(120))
    np.testing.assert_allclose(person.time_s, np.arange(120) / 30, atol=1e-9)
    assert np.isfinite(person.joints_3d_m).all()
    assert result.filled.sum() == 20 + 10 * 17
    error = person.expected_error_m
    assert (error[result.filled] >= 0.03).all() and error[result.filled].mean() > 0.03
    np.testing.assert_allclose(error[~result.filled], 0.03)
    assert any("190 missing joints in 30 frames" in note for note in result.notes)
    assert person.meta["repair"] == list(result.notes)


def test_where_nothing_is_missing_no_filling_is_told(recording: PoseSequence) -> None:
    whole = repair(recording, RepairOptions()).person
    assert repair(whole, RepairOptions()).notes == ("bone lengths are constant",)


def test_nothing_asked_nothing_done(recording: PoseSequence) -> None:
    result = repair(recording, RepairOptions(fill=False))
    np.testing.assert_array_equal(result.person.joints_3d_m, recording.joints_3d_m)
    assert result.notes == ()
    assert not result.filled.any()


def test_a_senseless_strength_is_refused() -> None:
    with pytest.raises(UserError, match="must be positive"):
        RepairOptions(smooth_hz=0)
