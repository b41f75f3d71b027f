"""Keraal recordings: some written here, and the real sample, whose sensors must agree with each other."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.datasets.keraal import SIZE_WH, read_keraal
from ganbodypose.skeletons import BLAZEPOSE_33, COCO_17, H36M_17, OPENPOSE_18

FRAMES = 3
POINT = [0.25, 0.5]


@pytest.fixture
def kinect(tmp_path: Path) -> Path:
    """Joint j of the Kinect's 25 at x = j/10, y = 2, z = 3 m (x to its left, y up) in all of 3 frames."""
    table = np.zeros((FRAMES, 25, 7))
    table[..., 0], table[..., 1], table[..., 2] = np.arange(25) / 10, 2, 3
    path = tmp_path / "G3-Kinect-CTK-P1T2-Unknown-C-0.txt"
    np.savetxt(path, table.reshape(FRAMES, 175), "%.6f")
    return path


def write_json(kinect: Path, detector: str, frames: dict[str, Any]) -> Path:
    path = Path(str(kinect).replace("Kinect", detector)).with_suffix(".json")
    path.write_text(json.dumps({"positions": frames}))
    return path


def test_kinect(kinect: Path) -> None:
    (recording,) = read_keraal(kinect.parent, 30)
    clip = recording.clip
    assert (clip.name, recording.exercise, clip.subject) == ("G3-CTK-P1T2-Unknown-C-0", "CTK", "G3-P1")
    assert (clip.fps, clip.action, clip.source, len(clip.joints_m)) == (30, "CTK", "keraal", FRAMES)
    # left shoulder is joint 4, right wrist joint 10; the world has y away from the Kinect and z up
    np.testing.assert_allclose(clip.joints_m[0, H36M_17.index("left_shoulder")], [-0.4, 3, 2], atol=1e-6)
    np.testing.assert_allclose(clip.joints_m[0, H36M_17.index("right_wrist")], [-1.0, 3, 2], atol=1e-6)
    assert dict(recording.keypoints) == {}


def test_frame_numbers_and_joint_names(kinect: Path) -> None:
    """OP and BP count from 1, AP from 0; what lies after the Kinect's last row is left out."""
    write_json(kinect, "OP", {"1.0": {"rShoulder": POINT}, "3.0": {"Neck": POINT}, "4.0": {"Neck": POINT}})
    write_json(kinect, "AP", {"0": {"6": POINT}, "2": {"9": POINT}})
    (recording,) = read_keraal(kinect.parent, 30)
    assert list(recording.keypoints) == ["OP", "AP"]
    for name, skeleton, expected in (
        ("OP", OPENPOSE_18, {(0, "right_shoulder"), (2, "neck")}),
        ("AP", COCO_17, {(0, "right_shoulder"), (2, "left_wrist")}),
    ):
        points = recording.keypoints[name]
        there = {(int(t), skeleton.joints[j]) for t, j in np.argwhere(points.confidence == 1)}
        assert points.skeleton is skeleton and there == expected
        np.testing.assert_allclose(points.xy_px[0, skeleton.index("right_shoulder")], [240, 272])
        assert np.isnan(points.xy_px[1]).all() and points.confidence[1].max() == 0


def test_blazepose_is_turned_back_from_the_mirror(kinect: Path) -> None:
    write_json(kinect, "BP", {"2.0": {"Left_wrist": [*POINT, -0.1], "Nose": [0.6, 0.5, 0]}})
    (recording,) = read_keraal(kinect.parent, 30)
    points = recording.keypoints["BP"]
    np.testing.assert_allclose(points.xy_px[1, BLAZEPOSE_33.index("right_wrist")], [720, 272])
    np.testing.assert_allclose(points.xy_px[1, BLAZEPOSE_33.index("nose")], [0.4 * 960, 272])
    assert points.confidence.sum() == 2


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ({"one": {}}, r"field .*\['one'\]\" must be named by a frame number"),
        ({"1.0": {"tail": POINT}}, r"field .*\['tail'\]\" is no joint of openpose_18"),
        ({"1.0": {"Neck": [1, 2, 3, 4]}}, "field .*Neck.* must be x, y or x, y, z, not 4 numbers"),
        ({"1.0": {"Neck": ["a", 1]}}, "field .*Neck.* must be numbers"),
        ({"1.0": []}, r"field .*\['1.0'\]\" must be a dict, not list"),
        ([], "field 'positions' must be a dict of frames, not list"),
    ],
)
def test_malformed_detections(kinect: Path, frames: Any, message: str) -> None:
    path = write_json(kinect, "OP", frames)
    with pytest.raises(UserError, match=f"{path}: {message}"):
        list(read_keraal(kinect.parent, 30))


def test_malformed_files(kinect: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    write_json(kinect, "OP", {}).write_text("{")
    with pytest.raises(UserError, match=r"G3-OP-.*json is not a JSON file"):
        list(read_keraal(kinect.parent, 30))
    np.savetxt(kinect, np.zeros((3, 119)))
    with pytest.raises(UserError, match=rf"{kinect}: field 'rows' must be numbers \[any,175\], not .*119"):
        list(read_keraal(kinect.parent, 30))
    kinect.write_text("1 2 3\n4 5\n")
    with pytest.raises(UserError, match=f"{kinect} is not a table of numbers"):
        list(read_keraal(kinect.parent, 30))
    with pytest.raises(UserError, match="No Keraal recording"):
        list(read_keraal(tmp_path_factory.mktemp("empty"), 30))


def test_the_real_sample(data_dir: Path) -> None:
    """Three detectors saw the same video, and a pinhole camera maps the Kinect's joints onto what they found."""
    recordings = list(read_keraal(data_dir / "keraal", 30))
    assert [r.exercise for r in recordings] == ["CTK", "ELK", "RTK"]
    assert [len(r.clip.joints_m) for r in recordings] == [197, 193, 193]
    for recording in recordings:
        points = {name: found.to(H36M_17).xy_px for name, found in recording.keypoints.items()}
        assert points.keys() == {"OP", "BP", "AP"}
        limbs = H36M_17.indices("left_wrist", "right_wrist", "left_shoulder", "right_shoulder", "left_elbow")
        for other in ("AP", "BP"):
            apart = np.linalg.norm(points["OP"][:, limbs] - points[other][:, limbs], axis=-1)
            assert np.nanmedian(apart) < 12, other  # the video is 960 pixels wide, the person about 330 tall
        world = recording.clip.joints_m[:, limbs]
        across, up = world[..., 0] / world[..., 1], world[..., 2] / world[..., 1]
        for axis, seen in ((0, across), (1, -up)):
            px = points["OP"][:, limbs][..., axis]
            known = np.isfinite(px)
            slope, offset = np.polyfit(seen[known], px[known], 1)
            assert slope > 0
            assert np.median(abs(slope * seen + offset - px)[known]) < 0.025 * SIZE_WH[0]
