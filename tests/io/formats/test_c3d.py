"""C3D files at the edges of what the format counts, and after another program has saved them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ezc3d
import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats import read, write

MakeSequence = Callable[..., PoseSequence]


def test_late_frames_are_numbered_from_one_and_it_is_said(moving: PoseSequence, tmp_path: Path) -> None:
    times_s = 2800 + np.arange(5) / 25
    late = replace(moving, frame_index=70_000 + np.arange(5), time_s=times_s)
    notes = write(tmp_path / "a.c3d", late)
    assert "frames are numbered from 1, for C3D counts to 65,535" in notes
    back = read(tmp_path / "a.c3d")
    np.testing.assert_array_equal(back.frame_index, np.arange(5))
    np.testing.assert_allclose(back.time_s, times_s, atol=1e-3)


def test_the_last_frame_that_can_be_counted(moving: PoseSequence, tmp_path: Path) -> None:
    last = replace(moving, frame_index=65_530 + np.arange(5))
    assert not any("numbered" in note for note in write(tmp_path / "a.c3d", last))
    np.testing.assert_array_equal(read(tmp_path / "a.c3d").frame_index, last.frame_index)


def test_more_frames_than_can_be_counted(make_sequence: MakeSequence, tmp_path: Path) -> None:
    long = make_sequence(times_s=np.array([0, 65_535]) / 25, frames=np.array([0, 65_535]))
    with pytest.raises(UserError, match=r"65,535 frames at most, but the recording has 65,536: .*--fps"):
        write(tmp_path / "a.c3d", long)


def test_more_labels_than_one_parameter_holds(make_sequence: MakeSequence, tmp_path: Path) -> None:
    crowd = make_sequence(
        times_s=np.repeat([0, 1], 16) / 25,
        frames=np.repeat([0, 1], 16),
        track_id=np.tile(np.arange(1, 17), 2),
    )
    write(tmp_path / "a.c3d", crowd)
    assert sorted(read(tmp_path / "a.c3d").track_ids) == list(range(1, 17))


def test_errors_are_unknown_once_analog_samples_lie_between_the_points(
    moving: PoseSequence, tmp_path: Path
) -> None:
    write(tmp_path / "a.c3d", moving)
    file = ezc3d.c3d(str(tmp_path / "a.c3d"))
    file["parameters"]["ANALOG"]["RATE"]["value"] = [75.0]
    file["parameters"]["ANALOG"]["LABELS"]["value"] = ["emg"]
    file["data"]["analogs"] = np.ones((1, 1, 15))
    file.write(str(tmp_path / "b.c3d"))
    back = read(tmp_path / "b.c3d")
    np.testing.assert_allclose(back.root_camera_m, moving.root_camera_m, atol=1e-4)
    assert np.isnan(back.expected_error_m).all()
