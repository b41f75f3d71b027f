"""CSV against text made by hand, round trips, and files that are broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats.csv_table import read_csv, write_csv
from ganbodypose.io.formats.tracks import WriteOptions

MakeSequence = Callable[..., PoseSequence]

HEADER = "frame_index,time_s,track_id,joint,x_px,y_px,confidence,x_m,y_m,z_m,expected_error_m,pose_quality"
GOLDEN = f"""{HEADER}
3,0.5,2,pelvis,10,20,0.5,1,2,3,0,0.75
3,0.5,2,right_hip,,,,1.5,2,3,0.04,0.75
4,0.75,2,pelvis,11,21,0.25,1,2,4,0,0.5
"""


def test_a_file_made_by_hand(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOLDEN)
    sequence = read_csv(tmp_path / "a.csv")
    np.testing.assert_array_equal(sequence.frame_index, [3, 4])
    np.testing.assert_array_equal(sequence.track_id, [2, 2])
    assert sequence.fps == 4  # one frame in a quarter of a second
    np.testing.assert_array_equal(sequence.root_camera_m, [[1, 2, 3], [1, 2, 4]])
    np.testing.assert_array_equal(sequence.joints_3d_m[0, :2], [[0, 0, 0], [0.5, 0, 0]])
    np.testing.assert_array_equal(sequence.keypoints_2d_px[1, 0], [11, 21])
    np.testing.assert_array_equal(sequence.pose_quality, [0.75, 0.5])
    assert sequence.expected_error_m[0, 1] == np.float32(0.04)
    assert np.isnan(sequence.keypoints_2d_confidence[0, 1])
    assert np.isnan(sequence.joints_3d_m[1, 1:]).all()


def test_the_written_text(make_sequence: MakeSequence, tmp_path: Path) -> None:
    sequence = make_sequence(times_s=np.array([0.4]), frames=np.array([10]))
    write_csv(tmp_path / "a.csv", sequence, WriteOptions(max_error_m=0.155))
    lines = (tmp_path / "a.csv").read_text().split("\n")
    assert lines[0] == HEADER
    assert lines[1] == "10,0.4,1,pelvis,0,0.333333343,0,1,2,5,0,0.100000001"
    assert lines[17].startswith("10,0.4,1,right_wrist,10.666667,11,1,,,,0.159999996,")
    assert len(lines) == 19


def test_round_trip_of_two_people(make_sequence: MakeSequence, tmp_path: Path) -> None:
    sequence = make_sequence(
        times_s=np.array([1, 1, 2, 3]) / 30, frames=np.array([1, 1, 2, 3]), track_id=np.array([1, 2, 1, 1]),
        fps=30,
    )  # fmt: skip
    sequence.joints_3d_m[2, 4] = np.nan
    write_csv(tmp_path / "a.csv", sequence)
    back = read_csv(tmp_path / "a.csv")
    for name in ("frame_index", "time_s", "track_id", "keypoints_2d_px", "keypoints_2d_confidence"):
        np.testing.assert_array_equal(getattr(back, name), getattr(sequence, name))
    for name in ("expected_error_m", "pose_quality"):
        np.testing.assert_array_equal(getattr(back, name), getattr(sequence, name))
    for name in ("joints_3d_m", "root_camera_m", "fps"):
        np.testing.assert_allclose(getattr(back, name), getattr(sequence, name), atol=1e-6)


def test_one_person_of_two(make_sequence: MakeSequence, tmp_path: Path) -> None:
    sequence = make_sequence(track_id=np.array([1, 2, 1, 2]))
    write_csv(tmp_path / "a.csv", sequence, WriteOptions(track_id=2))
    assert read_csv(tmp_path / "a.csv").track_ids == (2,)


def test_missing_as_r_writes_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOLDEN.replace(",,,,", ",NA,NA,NA,"))
    sequence = read_csv(tmp_path / "a.csv")
    assert np.isnan(sequence.keypoints_2d_px[0, 1]).all() and np.isnan(sequence.keypoints_2d_confidence[0, 1])
    np.testing.assert_array_equal(sequence.joints_3d_m[0, 1], [0.5, 0, 0])


def test_the_quality_of_a_frame_without_a_pelvis(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GOLDEN.replace("4,0.75,2,pelvis", "4,0.75,2,right_hip"))
    np.testing.assert_array_equal(read_csv(tmp_path / "a.csv").pose_quality, [0.75, 0.5])


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("joint,", "part,", "lacks the column 'joint'"),
        (GOLDEN, "", "lacks the column"),
        (GOLDEN[len(HEADER) + 1 :], "", "no rows"),
        ("right_hip", "tail", "line 3 .*tail"),
        ("0.75,2", "soon,2", "line 4"),
        (",2,3,0.04,0.75", "", "line 3"),
        ("right_hip", "pelvis", "line 3, gives pelvis of person 2 in frame 3 a second time; remove"),
        ("right_hip", '"right_hip' + "x" * 140_000, "cannot be read after line 2 .* quotation mark"),
    ],
)
def test_a_malformed_file_is_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in GOLDEN
    (tmp_path / "a.csv").write_text(GOLDEN.replace(old, new, 1))
    with pytest.raises(UserError, match=sentence) as caught:
        read_csv(tmp_path / "a.csv")
    assert "a.csv" in str(caught.value)
