"""BVH against text made by hand, round trips, and files that are broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.geometry.kinematics import NODES
from ganbodypose.io.formats.bvh import read_bvh, write_bvh
from ganbodypose.io.formats.tracks import WriteOptions
from ganbodypose.skeletons import H36M_17

MakeSequence = Callable[..., PoseSequence]

# In the second frame the root turns 90 degrees about z, then, about its own turned x, by 90 degrees.
GOLDEN = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT LeftUpLeg
  {
    OFFSET 10 0 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT LeftLeg
    {
      OFFSET 0 -40 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      End Site
      {
        OFFSET 0 -40 0
      }
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.04
0 100 0 0 0 0 0 0 0 0 0 0
0 100 0 90 90 0 0 0 0 0 0 0
"""


def test_a_file_made_by_hand(tmp_path: Path) -> None:
    (tmp_path / "a.bvh").write_text(GOLDEN.replace("LeftUpLeg", "RightUpLeg").replace("LeftLeg", "RightLeg"))
    sequence = read_bvh(tmp_path / "a.bvh")
    assert sequence.fps == pytest.approx(25)
    np.testing.assert_allclose(sequence.time_s, [0, 0.04])
    position = sequence.joints_3d_m + sequence.root_camera_m[:, None]
    hip, knee = H36M_17.index("right_hip"), H36M_17.index("right_knee")
    # y and z change sign from y up to the camera frame
    np.testing.assert_allclose(
        position[0, [0, hip, knee]], [[0, -1, 0], [0.1, -1, 0], [0.1, -0.6, 0]], atol=1e-6
    )
    # x goes to y; -y goes to -z, about x, and stays there, about z
    np.testing.assert_allclose(
        position[1, [0, hip, knee]], [[0, -1, 0], [0, -1.1, 0], [0, -1.1, 0.4]], atol=1e-6
    )


def test_round_trip(moving: PoseSequence, tmp_path: Path) -> None:
    notes = write_bvh(tmp_path / "a.bvh", moving)
    back = read_bvh(tmp_path / "a.bvh")
    np.testing.assert_allclose(back.joints_3d_m, moving.joints_3d_m, atol=1e-5)
    np.testing.assert_allclose(back.root_camera_m, moving.root_camera_m, atol=1e-5)
    np.testing.assert_allclose(back.time_s, moving.time_s, atol=1e-6)
    assert back.fps == pytest.approx(25)
    assert any("moves joints by 0.0 mm" in note for note in notes)


@pytest.mark.parametrize("unit_m", [1.0, 1e-3])
def test_metres_and_millimetres(moving: PoseSequence, tmp_path: Path, unit_m: float) -> None:
    """As other programs write them: the file does not say which."""
    write_bvh(tmp_path / "a.bvh", moving)
    hierarchy, _, motion = (tmp_path / "a.bvh").read_text().partition("MOTION")
    scale = 0.01 / unit_m
    lines = [line.split() for line in hierarchy.splitlines()]
    for words in lines:
        if words[0] == "OFFSET":
            words[1:] = [repr(float(word) * scale) for word in words[1:]]
    rows = [row.split() for row in motion.strip().splitlines()]
    for row in rows[2:]:
        row[:3] = [repr(float(value) * scale) for value in row[:3]]
    parts = ["\n".join(map(" ".join, part)) for part in (lines, [["MOTION"]], rows)]
    (tmp_path / "b.bvh").write_text("\n".join(parts) + "\n")
    ours, theirs = read_bvh(tmp_path / "a.bvh"), read_bvh(tmp_path / "b.bvh")
    np.testing.assert_allclose(theirs.joints_3d_m, ours.joints_3d_m, atol=1e-5)
    np.testing.assert_allclose(theirs.root_camera_m, ours.root_camera_m, atol=1e-5)


def test_a_name_in_an_older_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.bvh").write_bytes(GOLDEN.replace("End Site", "End Fuß").encode("cp1252"))
    assert len(read_bvh(tmp_path / "a.bvh")) == 2


def test_the_written_text(moving: PoseSequence, tmp_path: Path) -> None:
    write_bvh(tmp_path / "a.bvh", moving)
    lines = (tmp_path / "a.bvh").read_text().splitlines()
    assert lines[:5] == [
        "HIERARCHY",
        "ROOT pelvis",
        "{",
        "\tOFFSET 0.000000 0.000000 0.000000",
        "\tCHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation",
    ]
    knee = lines.index("\t\t\tJOINT left_knee")  # joint 5: 20 cm below the hip
    assert lines[knee + 2] == "\t\t\t\tOFFSET 0.000000 -20.000000 0.000000"
    motion = lines.index("MOTION")
    assert lines[motion + 1 : motion + 3] == ["Frames: 5", "Frame Time: 0.040000000"]
    first = np.array(lines[motion + 3].split(), float)
    assert len(first) == 3 + 3 * len(NODES)
    np.testing.assert_allclose(first, [50, 90, -400, *[0] * 3 * len(NODES)], atol=1e-3)
    last = np.array(lines[-1].split(), float)
    # node 8 is the left knee: 1.5 rad about x, second of the three angles
    np.testing.assert_allclose(last[3 + 3 * 7 : 6 + 3 * 7], [0, np.degrees(1.5), 0], atol=1e-3)


def test_missing_joints_are_interpolated_and_it_is_said(moving: PoseSequence, tmp_path: Path) -> None:
    wrist = H36M_17.index("left_wrist")
    moving.joints_3d_m[2, wrist] = np.nan
    notes = write_bvh(tmp_path / "a.bvh", moving)
    assert "1 of 85 joint positions were missing and are interpolated" in notes
    assert np.isfinite(read_bvh(tmp_path / "a.bvh").joints_3d_m).all()
    moving.joints_3d_m[:, wrist] = np.nan
    with pytest.raises(UserError, match="left_wrist is missing in every frame"):
        write_bvh(tmp_path / "b.bvh", moving)
    assert not (tmp_path / "b.bvh").exists()


def test_uneven_times_are_resampled_to_the_stated_rate(moving: PoseSequence, tmp_path: Path) -> None:
    uneven = replace(moving, time_s=np.array([0, 0.03, 0.09, 0.12, 0.16]))
    notes = write_bvh(tmp_path / "a.bvh", uneven, WriteOptions(fps=50))
    assert "resampled to 50 Hz by linear interpolation" in notes
    back = read_bvh(tmp_path / "a.bvh")
    assert len(back) == 9
    expected = np.interp(np.arange(9) / 50, uneven.time_s, uneven.root_camera_m[:, 0])
    np.testing.assert_allclose(back.root_camera_m[:, 0], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("HIERARCHY", "SOMETHING", "no BVH file"),
        ("MOTION", "", "no BVH file"),
        ("OFFSET 10 0 0", "OFFSET ten 0 0", "malformed.*ten"),
        ("OFFSET 10 0 0", "OFFSETS 10 0 0", "'OFFSETS' is not expected"),
        ("6 Xposition", "6 Wposition", "'Wposition' is no channel"),
        ("}\nMOTION", "MOTION", "braces"),
        ("}\nMOTION", "}}\nMOTION", "too early|braces|malformed"),
        ("Frames: 2", "Frames: 3", "3 frames are announced, but 2"),
        ("Frame Time: 0.04", "Frame Time: 0", "positive number of seconds"),
        ("0 100 0 90 90", "0 100 90 90", "12 numbers"),
        ("0 100 0 90 90", "0 nan 0 90 90", "12 numbers"),
        ("Hips", "Box", "names neither"),
        (GOLDEN[GOLDEN.index("Frames") :], "\n", "too early"),
    ],
)
def test_a_malformed_file_is_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in GOLDEN
    (tmp_path / "a.bvh").write_text(GOLDEN.replace(old, new, 1))
    with pytest.raises(UserError, match=sentence) as caught:
        read_bvh(tmp_path / "a.bvh")
    assert "a.bvh" in str(caught.value)
