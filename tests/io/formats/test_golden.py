"""Files that other programs wrote."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats import read
from ganbodypose.io.formats.mot import read_angles
from ganbodypose.skeletons import H36M_17

GOLDEN = Path(__file__).parent / "golden"
MIXAMO = {"pelvis": "Hips", "left_knee": "LeftLeg", "right_ankle": "RightFoot", "right_wrist": "RightHand"}


def place(sequence: PoseSequence, joint: str) -> np.ndarray:
    return (sequence.joints_3d_m.astype(float) + sequence.root_camera_m[:, None])[:, H36M_17.index(joint)]


@pytest.mark.parametrize("ending", [".glb", ".bvh", ".usda"])
def test_a_rig_made_in_blender(ending: str) -> None:
    """Under Mixamo's names; in BVH and USD with z up. Blender's own bone heads, in the camera frame."""
    pytest.importorskip({".glb": "pygltflib", ".bvh": "numpy", ".usda": "pxr"}[ending])
    sequence = read(GOLDEN / f"rig{ending}")
    frames = json.loads((GOLDEN / "rig.json").read_text())["heads_m"]
    assert sequence.fps == pytest.approx(30, abs=1e-3)
    np.testing.assert_allclose(np.diff(sequence.time_s), 1 / 30, atol=1e-5)
    for joint, bone in MIXAMO.items():
        x, y, z = np.array([frame[f"mixamorig:{bone}"] for frame in frames]).T
        np.testing.assert_allclose(place(sequence, joint), np.stack([x, -z, y], axis=-1), atol=1e-4)


def write_foreign_c3d(path: Path, labels: list[str], y_screen: str | None) -> np.ndarray:
    """By the package py-c3d: points [T,M,3] mm at 100 Hz, the last missing in the second frame."""
    c3d = pytest.importorskip("c3d")
    points = np.arange(3 * len(labels) * 3, dtype=float).reshape(3, len(labels), 3) * 10
    writer = c3d.Writer(point_rate=100)
    for frame in points:
        writer.add_frames([(np.concatenate([frame, np.zeros((len(labels), 2))], axis=1), np.zeros((0, 0)))])
    writer.set_point_labels(labels)
    if y_screen:
        writer.set_screen_axis("+X", y_screen)
    with path.open("wb") as file:
        writer.write(file)
    return points / 1000


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("y_screen", "up"), [("+Z", "z"), ("+Y", "y")])
def test_c3d_of_another_writer(tmp_path: Path, y_screen: str, up: str) -> None:
    points = write_foreign_c3d(tmp_path / "lab.c3d", ["Anna:LHip", "Anna:RHip", "Anna:RKnee"], y_screen)
    sequence = read(tmp_path / "lab.c3d")
    assert sequence.fps == 100
    np.testing.assert_allclose(np.diff(sequence.time_s), 0.01)
    x, y, z = np.moveaxis(points[:, 2], -1, 0)
    expected = np.stack([x, -z, y] if up == "z" else [x, -y, -z], axis=-1)
    np.testing.assert_allclose(place(sequence, "right_knee"), expected, atol=1e-6)
    assert np.isnan(sequence.expected_error_m).all()  # its residuals are no expected errors


@pytest.mark.filterwarnings("ignore")
def test_skin_markers_are_no_joints(tmp_path: Path) -> None:
    write_foreign_c3d(tmp_path / "lab.c3d", ["LASI", "RASI", "LPSI"], "+Z")
    with pytest.raises(UserError, match="neither a pelvis nor both hips"):
        read(tmp_path / "lab.c3d")


# As Pose2Sim and Sports2D write their results: HALPE_26's names, metres, y up; no data row but one.
HALPE = [
    "Hip",
    "RHip",
    "RKnee",
    "RAnkle",
    "RBigToe",
    "RSmallToe",
    "RHeel",
    "LHip",
    "LKnee",
    "LAnkle",
    "LBigToe",
    "LSmallToe",
    "LHeel",
    "Neck",
    "Head",
    "Nose",
    "LShoulder",
    "LElbow",
    "LWrist",
    "RShoulder",
    "RElbow",
    "RWrist",
]


def test_trc_of_pose2sim(tmp_path: Path) -> None:
    names = "\t\t\t".join(HALPE) + "\t\t"
    axes = "".join(f"\tX{k}\tY{k}\tZ{k}" for k in range(1, len(HALPE) + 1))
    values = "\t".join(f"{k / 100:.6f}" for k in range(3 * len(HALPE)))
    (tmp_path / "walk_person00.trc").write_text(
        "PathFileType\t4\t(X/Y/Z)\twalk_person00.trc\n"
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
        f"30\t30\t1\t{len(HALPE)}\tm\t30\t0\t1\nFrame#\tTime\t{names}\n\t{axes}\t\n0\t0.0\t{values}\n"
    )
    sequence = read(tmp_path / "walk_person00.trc")
    for joint, marker in (
        ("pelvis", "Hip"),
        ("left_ankle", "LAnkle"),
        ("thorax", "Neck"),
        ("head_top", "Head"),
    ):
        x = 3 * HALPE.index(marker)
        expected = np.array([x, -x - 1, -x - 2]) / 100
        np.testing.assert_allclose(place(sequence, joint)[0], expected, atol=1e-6)


def test_mot_of_sports2d(tmp_path: Path) -> None:
    (tmp_path / "walk_angles_person00.mot").write_text(
        "Coordinates\nversion=1\nnRows=2\nnColumns=3\ninDegrees=yes\n\nUnits are S.I. units (second, meters, "
        "Newtons, ...)\nIf the header above contains a line with 'inDegrees', this indicates whether rotational "
        "values are in degrees (yes) or radians (no).\n\nendheader\ntime\tright knee\tleft knee\n"
        "0.0\t10.5\t-2.25\n0.0333333\t11.5\tnan\n"
    )
    angles = read_angles(tmp_path / "walk_angles_person00.mot")
    assert angles.names == ("right knee", "left knee")
    np.testing.assert_array_equal(angles.values, [[10.5, -2.25], [11.5, np.nan]])


MOT = "walk\nversion=1\nnRows=2\nnColumns=2\ninDegrees=no\nendheader\ntime\tknee_angle_r\n0\t1\n0.1\t2\n"


def test_radians_become_degrees(tmp_path: Path) -> None:
    (tmp_path / "a.mot").write_text(MOT)
    np.testing.assert_allclose(read_angles(tmp_path / "a.mot").values[:, 0], np.degrees([1, 2]))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("endheader", "end", "no line 'endheader'"),
        ("time\t", "frame\t", "line 7: 'time' and the names"),
        ("nRows=2", "nRows=3", "announces 3 rows, but 2"),
        ("0.1\t2", "0.1\t2\t3", "line 9 has 3 cells, but 2"),
        ("0.1\t2", "0.1\ttwo", "line 9 has a cell that is no number"),
        ("0.1\t2", "0\t2", "increase from row to row"),
        ("0.1\t2", "nan\t2", "increase from row to row"),
    ],
)
def test_malformed_mot(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in MOT
    (tmp_path / "a.mot").write_text(MOT.replace(old, new, 1))
    with pytest.raises(UserError, match=sentence) as caught:
        read_angles(tmp_path / "a.mot")
    assert "a.mot" in str(caught.value)
