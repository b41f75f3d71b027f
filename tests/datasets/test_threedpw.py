"""3DPW sequences, written here as they are (pickles of lists and arrays)."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.datasets.threedpw import SMPL_24, read_3dpw
from ganbodypose.geometry.camera import project
from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.skeletons import H36M_17

K = np.array([[1960.0, 0, 540], [0, 1960.0, 960], [0, 0, 1]])
FRAMES = 4


def scene() -> tuple[np.ndarray, np.ndarray]:
    """Joints [T,24,3] in the dataset's world and the camera's poses [T,4,4]."""
    rng = np.random.default_rng(1)
    poses = np.tile(np.eye(4), (FRAMES, 1, 1))
    poses[:, :3, :3] = rotvec_to_matrix(np.array([3.0, 0, 0]) + rng.normal(0, 0.1, (FRAMES, 3)))
    poses[:, :3, 3] = rng.normal(0, 0.2, (FRAMES, 3))
    in_camera = rng.normal([0, 0, 4], 0.4, (FRAMES, 24, 3))
    world = np.einsum("tji,tnj->tni", poses[:, :3, :3], in_camera - poses[:, None, :3, 3])
    return world, poses


def write(folder: Path, **changes: Any) -> Path:
    world, poses = scene()
    content: dict[str, Any] = {
        "sequence": "downtown_walking_00",
        "betas": [np.zeros(10)] * 2,
        "genders": ["m", "f"],
        "jointPositions": [world.reshape(FRAMES, 72), world.reshape(FRAMES, 72) + 1],
        "poses2d": [np.arange(FRAMES * 54.0).reshape(FRAMES, 3, 18) + 1] * 2,
        "campose_valid": [np.array([1, 1, 0, 1]), np.ones(FRAMES, int)],
        "img_frame_ids": np.arange(FRAMES),
        "cam_poses": poses,
        "cam_intrinsics": K,
    } | changes
    path = folder / "downtown_walking_00.pkl"
    path.write_bytes(pickle.dumps({k: v for k, v in content.items() if v is not None}, 2))
    return path


def test_people_of_a_sequence(tmp_path: Path) -> None:
    write(tmp_path)
    first, second = read_3dpw(tmp_path)
    assert (first.clip.name, second.clip.name) == ("downtown_walking_00/0", "downtown_walking_00/1")
    assert (first.clip.fps, first.clip.source) == (30, "3dpw")
    assert first.valid is not None and first.valid.tolist() == [True, True, False, True]
    assert first.camera is not None and first.camera.size_wh == (1080, 1920)


def test_the_moving_camera_sees_the_clip_where_the_dataset_says(tmp_path: Path) -> None:
    write(tmp_path)
    view = next(read_3dpw(tmp_path))
    world, poses = scene()
    names = ["pelvis", "right_knee", "left_ankle", "left_wrist", "right_shoulder"]
    there = (
        np.einsum("tij,tnj->tni", poses[:, :3, :3], world[:, SMPL_24.indices(*names)]) + poses[:, None, :3, 3]
    )
    assert view.cam_from_world is not None and view.camera is not None
    joints = view.clip.joints_m[:, H36M_17.indices(*names)]
    here = np.einsum("tij,tnj->tni", view.cam_from_world[:, :3, :3], joints)
    here += view.cam_from_world[:, None, :3, 3]
    np.testing.assert_allclose(here, there, atol=1e-5)
    np.testing.assert_allclose(project(view.camera, here), project(view.camera, there), atol=0.01)
    # The first camera is level: up in its picture is up in the clip's world.
    np.testing.assert_allclose(joints[0, :, 2], -there[0, :, 1], atol=1e-5)
    assert np.isfinite(view.clip.joints_m).all()


def test_keypoints(tmp_path: Path) -> None:
    """COCO-18 rows x, y, confidence: right shoulder is number 2; confidence 0 is missing."""
    points = np.ones((FRAMES, 3, 18))
    points[..., 2] = [700, 500, 0.75]
    points[1, :, 5] = 0
    for key in ("poses2d", "poses2D"):
        write(tmp_path, **({"poses2d": None} | {key: [points] * 2}))
        keypoints = next(read_3dpw(tmp_path)).keypoints
        right, left = H36M_17.indices("right_shoulder", "left_shoulder")
        np.testing.assert_array_equal(keypoints.xy_px[0, right], [700, 500])
        assert keypoints.confidence[0, right] == 0.75 and keypoints.confidence[1, left] == 0
        assert np.isnan(keypoints.xy_px[1, left]).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"jointPositions": None}, "'jointPositions' is missing"),
        ({"jointPositions": np.zeros((4, 72))}, "'jointPositions' must be a list with one entry per person"),
        ({"jointPositions": [np.zeros((4, 24))]}, r"'jointPositions\[0\]' must be numbers \[any,72\]"),
        ({"poses2d": [np.zeros((4, 18, 3))] * 2}, r"'poses2d\[0\]' must be numbers \[any,3,18\]"),
        ({"campose_valid": [np.ones(4)]}, "'campose_valid' must be a list with an entry for person 1"),
        ({"campose_valid": [np.ones(3)] * 2}, "'campose_valid' must have one entry per frame"),
        ({"cam_intrinsics": np.zeros((3, 3))}, "'cam_intrinsics' is no camera matrix"),
    ],
)
def test_malformed(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write(tmp_path, **changes)
    with pytest.raises(UserError, match=f"{path}: field {message}"):
        list(read_3dpw(tmp_path))


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"No sequence .* lies in {tmp_path}"):
        list(read_3dpw(tmp_path))
