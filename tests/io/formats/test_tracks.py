"""The quality gate, the constant rate, the axes and the names of joints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats.tracks import (
    Track,
    WriteOptions,
    select,
    sequence_of,
    to_h36m,
    track_of,
    tracks_of,
)
from ganbodypose.skeletons import H36M_17

MakeSequence = Callable[..., PoseSequence]


class TestGate:
    def test_nothing_is_lost_without_a_gate(self, make_sequence: MakeSequence) -> None:
        chosen = select(make_sequence(), WriteOptions())
        assert np.isfinite(chosen.sequence.joints_3d_m).all()
        assert chosen.notes == ()

    def test_joints_of_a_large_expected_error_are_missing(self, make_sequence: MakeSequence) -> None:
        chosen = select(make_sequence(), WriteOptions(max_error_m=0.095))
        missing = np.isnan(chosen.sequence.joints_3d_m).all(-1)
        np.testing.assert_array_equal(missing, np.tile(np.arange(17) > 9, (4, 1)))
        assert chosen.notes == ("joints of expected error above 0.095 m are missing",)

    def test_frames_of_low_quality_are_missing(self, make_sequence: MakeSequence) -> None:
        chosen = select(make_sequence(), WriteOptions(min_quality=0.5))
        missing = np.isnan(chosen.sequence.joints_3d_m).all((1, 2))
        np.testing.assert_array_equal(missing, [True, True, False, False])  # 0.10, 0.37, 0.63, 0.90
        assert chosen.notes == ("frames of pose quality below 0.5 are missing",)

    def test_an_unknown_quality_does_not_pass(self, make_sequence: MakeSequence) -> None:
        blank = sequence_of(track_of(make_sequence(), WriteOptions()))
        assert np.isnan(select(blank, WriteOptions(min_quality=0.1)).sequence.joints_3d_m).all()

    @pytest.mark.parametrize(
        "options", [{"min_quality": 1.5}, {"min_quality": float("nan")}, {"max_error_m": 0}, {"fps": 0}]
    )
    def test_senseless_options_are_refused(self, options: dict[str, float]) -> None:
        with pytest.raises(UserError):
            WriteOptions(**options)  # type: ignore[arg-type]


class TestTrack:
    def test_y_is_up_and_z_towards_the_camera(self, make_sequence: MakeSequence) -> None:
        track = track_of(make_sequence(), WriteOptions())
        np.testing.assert_allclose(track.joints_m[0, 0], [1, -2, -5])
        np.testing.assert_allclose(track.joints_m[3, 2], [1.2, -1.9, -5.03], atol=1e-6)

    def test_the_person_with_most_frames_unless_named(self, make_sequence: MakeSequence) -> None:
        two = make_sequence(times_s=np.array([0, 0, 1, 2]) / 25, track_id=np.array([7, 3, 7, 7]))
        assert "person 7 of 2" in track_of(two, WriteOptions()).notes
        assert len(track_of(two, WriteOptions()).joints_m) == 3
        assert len(track_of(two, WriteOptions(track_id=3)).joints_m) == 1
        with pytest.raises(UserError, match=r"Person 4 .* holds 7, 3"):
            track_of(two, WriteOptions(track_id=4))

    def test_frames_without_the_person_are_missing(self, make_sequence: MakeSequence) -> None:
        # Times rounded to milliseconds, as in Matroska files
        gappy = make_sequence(times_s=np.array([0.4, 0.44, 0.5201]), frames=np.array([10, 11, 13]))
        track = track_of(gappy, WriteOptions())
        np.testing.assert_array_equal(np.isnan(track.joints_m).any((1, 2)), [False, False, True, False])
        assert (track.first_frame, track.start_s, track.fps) == (10, 0.4, 25)
        np.testing.assert_allclose(track.joints_m[3, 5, 2], -5.02)  # row 2, not interpolated
        assert track.notes == ()

    def test_uneven_times_are_interpolated_and_it_is_said(self, make_sequence: MakeSequence) -> None:
        uneven = make_sequence(times_s=np.array([0.0, 0.05, 0.08]))
        track = track_of(uneven, WriteOptions())
        # z of a joint is 5, 5.01, 5.02 at 0, 50, 80 ms; at 40 ms 5.008, at 80 ms 5.02
        np.testing.assert_allclose(track.joints_m[:, 5, 2], [-5, -5.008, -5.02])
        assert track.notes == ("resampled to 25 Hz by linear interpolation",)

    def test_another_rate(self, make_sequence: MakeSequence) -> None:
        track = track_of(make_sequence(), WriteOptions(fps=50))
        np.testing.assert_allclose(track.joints_m[:, 5, 2], -5 - np.arange(7) / 200)
        np.testing.assert_allclose(track.time_s, np.arange(7) / 50)

    def test_long_gaps_are_not_bridged(self, make_sequence: MakeSequence) -> None:
        uneven = make_sequence(times_s=np.array([0.0, 0.05, 0.5]))
        missing = np.isnan(track_of(uneven, WriteOptions()).joints_m).any((1, 2))
        assert missing[2:12].all()
        assert not missing[:2].any()

    def test_frames_of_a_slow_recording_are_no_gaps(self, make_sequence: MakeSequence) -> None:
        slow = make_sequence(times_s=np.array([0, 0.25, 0.52, 0.75, 1.0]), fps=4)
        assert np.isfinite(track_of(slow, WriteOptions()).joints_m).all()

    def test_a_person_of_a_single_frame_is_there_only_then(self, make_sequence: MakeSequence) -> None:
        uneven = make_sequence(times_s=np.array([0, 0.05, 0.05, 0.08]), track_id=np.array([1, 1, 2, 1]))
        _, short = tracks_of(uneven, WriteOptions())
        assert short.track_id == 2
        np.testing.assert_array_equal(np.isfinite(short.joints_m).all((1, 2)), [False, True, False])

    def test_at_another_rate_the_first_frame_has_the_number_of_its_time(
        self, make_sequence: MakeSequence
    ) -> None:
        late = make_sequence(times_s=10 + np.arange(4) / 25, frames=250 + np.arange(4))
        assert track_of(late, WriteOptions()).first_frame == 250
        assert track_of(late, WriteOptions(fps=50)).first_frame == 500

    def test_no_rate_is_invented(self, make_sequence: MakeSequence) -> None:
        single = make_sequence(times_s=np.array([0.0]), fps=float("nan"))
        with pytest.raises(UserError, match="frame rate"):
            track_of(single, WriteOptions())
        assert track_of(single, WriteOptions(fps=10)).joints_m.shape == (1, 17, 3)

    def test_a_clock_that_jumps_by_years_and_an_absurd_rate_are_refused(
        self, make_sequence: MakeSequence
    ) -> None:
        with pytest.raises(UserError, match=r"frames, more than .* check its times"):
            track_of(make_sequence(times_s=np.array([0.0, 0.04, 1.7e9])), WriteOptions())
        with pytest.raises(UserError, match="lower rate"):
            track_of(make_sequence(), WriteOptions(fps=1e9))

    def test_nobody(self, make_sequence: MakeSequence) -> None:
        with pytest.raises(UserError, match="nobody"):
            track_of(make_sequence(times_s=np.zeros(0)), WriteOptions())


def test_positions_survive_where_the_pelvis_is_missing(make_sequence: MakeSequence) -> None:
    track = track_of(make_sequence(), WriteOptions())
    gap = track.joints_m.copy()
    gap[1, 0] = np.nan
    back = sequence_of(Track(gap, track.expected_error_m, track.fps))
    np.testing.assert_allclose(
        back.joints_3d_m + back.root_camera_m[:, None], gap * [1, -1, -1], atol=1e-6, equal_nan=True
    )
    np.testing.assert_allclose(back.root_camera_m[1], [1, 2, 5])
    gap[:, 0] = np.nan
    with pytest.raises(UserError, match="pelvis"):
        sequence_of(Track(gap, track.expected_error_m, track.fps))


@pytest.mark.parametrize("spelling", ["right_knee", "RightKnee", "RKnee", "someone:R_Knee"])
def test_spellings_of_a_joint(spelling: str) -> None:
    joints = np.arange(9.0).reshape(1, 3, 3)
    out = to_h36m(["LHip", "RHip", spelling], joints, {}, Path("x"))
    np.testing.assert_array_equal(out[0, H36M_17.index("right_knee")], [6, 7, 8])
    np.testing.assert_array_equal(out[0, H36M_17.index("pelvis")], [1.5, 2.5, 3.5])  # between the hips
    assert np.isnan(out[0, H36M_17.index("left_wrist")]).all()


def test_joints_without_a_pelvis_are_refused() -> None:
    with pytest.raises(UserError, match=r"x\.trc names neither"):
        to_h36m(["LHip", "nonsense"], np.zeros((1, 2, 3)), {}, Path("x.trc"))
    with pytest.raises(UserError, match=r"x\.trc names neither"):
        to_h36m(["nonsense"], np.zeros((1, 1, 3)), {}, Path("x.trc"))
