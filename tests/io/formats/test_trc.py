"""TRC against text made by hand, round trips, and files that are broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats.tracks import WriteOptions
from ganbodypose.io.formats.trc import read_trc, write_trc
from ganbodypose.skeletons import H36M_17

MakeSequence = Callable[..., PoseSequence]

# Three markers in metres as Pose2Sim writes them; the second one is missing in the second frame.
GOLDEN = (
    "PathFileType\t4\t(X/Y/Z)\twalk.trc\n"
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
    "60\t60\t2\t3\tm\t60\t0\t2\n"
    "Frame#\tTime\tRHip\t\t\tLHip\t\t\tHead\t\t\n"
    "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\tX3\tY3\tZ3\n"
    "1\t0.5\t-0.1\t0.9\t0.2\t0.1\t0.9\t0.2\t0.0\t1.8\t0.3\n"
    "2\t0.516667\t-0.1\t0.9\t0.2\t\t\t\t0.0\t1.8\t0.4\n"
)


@pytest.fixture
def golden(tmp_path: Path) -> Callable[..., Path]:
    """The file above, with one replacement made."""

    def write(old: str = "", new: str = "") -> Path:
        assert old in GOLDEN
        path = tmp_path / "walk.trc"
        path.write_text(GOLDEN.replace(old, new, 1) if old else GOLDEN)
        return path

    return write


def joint(sequence: PoseSequence, name: str) -> np.ndarray:
    return (sequence.joints_3d_m + sequence.root_camera_m[:, None])[:, H36M_17.index(name)]


def test_a_file_made_by_hand(golden: Callable[..., Path]) -> None:
    sequence = read_trc(golden())
    assert sequence.fps == 60
    np.testing.assert_array_equal(sequence.time_s, [0.5, 0.516667])
    np.testing.assert_array_equal(sequence.frame_index, [0, 1])
    # y up -> camera frame: y and z change sign
    np.testing.assert_allclose(joint(sequence, "right_hip")[0], [-0.1, -0.9, -0.2], atol=1e-7)
    np.testing.assert_allclose(joint(sequence, "head_top")[1], [0.0, -1.8, -0.4], atol=1e-7)
    np.testing.assert_allclose(joint(sequence, "pelvis")[0], [0.0, -0.9, -0.2], atol=1e-7)
    assert np.isnan(joint(sequence, "left_hip")[1]).all()


def test_millimetres_and_a_missing_tail(golden: Callable[..., Path]) -> None:
    path = golden("\t3\tm\t", "\t3\tmm\t")
    np.testing.assert_allclose(joint(read_trc(path), "right_hip")[0], [-0.0001, -0.0009, -0.0002], atol=1e-9)
    path = golden("\t0.0\t1.8\t0.4\n", "\n")  # empty cells at the end left out
    assert np.isnan(joint(read_trc(path), "head_top")[1]).all()


def test_a_title_in_an_older_encoding(golden: Callable[..., Path]) -> None:
    path = golden("walk.trc", "Gehübung.trc")
    path.write_bytes(path.read_text().encode("cp1252"))
    assert len(read_trc(path)) == 2


def test_frames_left_out_keep_the_numbers_of_the_others(golden: Callable[..., Path]) -> None:
    np.testing.assert_array_equal(read_trc(golden("2\t0.516667", "4\t0.55")).frame_index, [0, 3])
    np.testing.assert_array_equal(read_trc(golden("2\t0.516667", "1\t0.516667")).frame_index, [0, 1])


def test_the_written_text(make_sequence: MakeSequence, tmp_path: Path) -> None:
    path = tmp_path / "jump.trc"
    sequence = make_sequence(times_s=np.array([0.4, 0.44]), frames=np.array([10, 11]))
    notes = write_trc(path, sequence, WriteOptions(max_error_m=0.155))
    lines = path.read_text().split("\n")
    assert lines[0] == (
        "PathFileType\t4\t(X/Y/Z)\tjump.trc (joints of expected error above 0.155 m are missing)"
    )
    assert lines[2] == "25\t25\t2\t17\tmm\t25\t11\t2"
    assert lines[3].startswith("Frame#\tTime\tHip\t\t\tRHip\t\t\tRKnee\t\t\tRAnkle\t\t\tLHip\t\t\t")
    assert lines[3].endswith(
        "\t\t\tNeck\t\t\tNeckNose\t\t\tHead\t\t\tLShoulder\t\t\tLElbow\t\t\tLWrist"
        "\t\t\tRShoulder\t\t\tRElbow\t\t\tRWrist\t\t\t"
    )
    assert lines[4].startswith("\t\tX1\tY1\tZ1\tX2") and lines[4].endswith("\tZ17\t")
    assert lines[5] == ""
    # pelvis (1, 2, 5) m; right hip (1.1, 1.95, 5) m; the right wrist, of error 0.16 m, is missing
    assert lines[6].startswith(
        "11\t0.400000\t1000.0000\t-2000.0000\t-5000.0000\t1100.0000\t-1950.0000\t-5000.00"
    )
    assert lines[6].endswith("\t-5000.0000\t\t\t\t")
    assert lines[7].startswith("12\t0.440000\t")
    assert {line.count("\t") for line in lines[3:8] if line} == {2 + 3 * 17}
    assert lines[8:] == [""]
    assert any("y is up" in note for note in notes)


def test_round_trip(make_sequence: MakeSequence, tmp_path: Path) -> None:
    sequence = make_sequence(times_s=np.arange(5) / 25 + 0.2, frames=np.arange(5, 10))
    sequence.joints_3d_m[2, 4] = np.nan
    write_trc(tmp_path / "a.trc", sequence)
    back = read_trc(tmp_path / "a.trc")
    for name in ("frame_index", "track_id"):
        np.testing.assert_array_equal(getattr(back, name), getattr(sequence, name))
    for name in ("joints_3d_m", "root_camera_m", "time_s", "fps"):
        np.testing.assert_allclose(getattr(back, name), getattr(sequence, name), atol=1e-6)
    assert back.joint_names == sequence.joint_names
    assert np.isnan(back.expected_error_m).all()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("PathFileType", "Path", "does not begin with"),
        ("DataRate\tCameraRate", "Rate\tCameraRate", "lacks 'DataRate'"),
        ("\tm\t", "\tfurlong\t", "unit of length"),
        ("60\t60", "fast\t60", "is not a number"),
        ("60\t60", "0\t60", "must be positive"),
        ("\t3\tm", "\t4\tm", "names of 4 markers"),
        ("0.3\n", "0.3\t7\n", "line 6 has 12 cells"),
        ("0.9", "oops", "line 6 has a cell that is no number"),
        ("0.516667", "0.4", "increase"),
        ("0.516667", "", "must be given"),
        (GOLDEN[GOLDEN.index("1\t0.5") :], "", "no frames"),
        (GOLDEN[GOLDEN.index("Frame#") :], "", "within its header"),
        ("RHip", "Thumb", "names neither"),
        ("60\t60\t2", "60\t60\t5", "announces 5 frames"),
    ],
)
def test_a_malformed_file_is_one_sentence(
    golden: Callable[..., Path], old: str, new: str, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        read_trc(golden(old, new))
    assert "walk.trc" in str(caught.value)


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        read_trc(tmp_path / "absent.trc")
    (tmp_path / "b.trc").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(UserError, match="not text"):
        read_trc(tmp_path / "b.trc")


def test_nothing_is_left_of_a_failed_write(make_sequence: MakeSequence, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="folder does not exist"):
        write_trc(tmp_path / "absent" / "a.trc", make_sequence())


@pytest.mark.slow
def test_opensim_reads_the_same(make_sequence: MakeSequence, tmp_path: Path) -> None:
    """By OpenSim's own reader; a missing last marker and a missing first one."""
    opensim = pytest.importorskip("opensim", reason="needs the opensim package")
    sequence = make_sequence()
    sequence.joints_3d_m[1, [0, 5, 16]] = np.nan
    write_trc(tmp_path / "a.trc", sequence)
    table = opensim.TimeSeriesTableVec3(str(tmp_path / "a.trc"))
    points = np.array(
        [
            [[table.getRowAtIndex(n)[j].get(c) for c in range(3)] for j in range(17)]
            for n in range(table.getNumRows())
        ]
    )
    expected = (sequence.joints_3d_m + sequence.root_camera_m[:, None]) * [1, -1, -1] * 1000
    np.testing.assert_allclose(points, expected, atol=1e-3)
    np.testing.assert_allclose(table.getIndependentColumn(), sequence.time_s, atol=1e-6)
    assert table.getTableMetaDataString("DataRate") == "25"
    assert table.getTableMetaDataString("Units") == "mm"
    assert table.getColumnLabels()[:3] == ("Hip", "RHip", "RKnee")
