"""Calibrations as other tools write them, and every way in which such a file can be wrong."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ganbodypose.core import Camera, UserError
from ganbodypose.geometry.camera import camera_to_world, world_to_camera
from ganbodypose.io.camera_files import load_camera

MATRIX = [[1500.0, 0.0, 960.0], [0.0, 1510.0, 540.0], [0.0, 0.0, 1.0]]
DISTORTION = [-0.12, 0.05, 0.001, -0.002, 0.01]
# As Pose2Sim writes a calibration of one camera that looks along the world's -x axis.
POSE2SIM = """
[demo]
name = "demo"
size = [ 1768, 994]
matrix = [ [ 2520.0897, 0.0, 884.0], [ 0.0, 2520.0897, 497.0], [ 0.0, 0.0, 1.0]]
distortions = [ 0.01, -0.02, 0.0, 0.003]
rotation = [ 1.2082126924727719, 1.2098328575850605, -1.2082126924727719]
translation = [ -3.5, 1.7, 10.0]
fisheye = false

[metadata]
adjusted = false
error = 0.0
"""
CAMERA_TABLE = """
[{table}]
name = "{name}"
size = [1920.0, 1080.0]
matrix = [[{focal}, 0.0, 960.0], [0.0, {focal}, 540.0], [0.0, 0.0, 1.0]]
distortions = [0.0, 0.0, 0.0, 0.0, 0.0]
"""
GOOD = {"camera_matrix": MATRIX, "dist": DISTORTION, "image_width": 1920, "image_height": 1080}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def write_json(folder: Path, **changes: object) -> Path:
    fields = {key: value for key, value in (GOOD | changes).items() if value is not None}
    return write(folder, "camera.json", json.dumps(fields))


def assert_is_the_good_one(camera: Camera) -> None:
    np.testing.assert_allclose(camera.matrix, MATRIX)
    np.testing.assert_allclose(camera.distortion, DISTORTION)
    assert camera.size_wh == (1920, 1080)
    assert camera.R_cam_world is None and not camera.assumed


def test_pose2sim_calibration(tmp_path: Path) -> None:
    camera = load_camera(write(tmp_path, "Calib.toml", POSE2SIM))
    assert camera.size_wh == (1768, 994) and not camera.assumed
    np.testing.assert_allclose(camera.matrix, [[2520.0897, 0, 884], [0, 2520.0897, 497], [0, 0, 1]])
    np.testing.assert_allclose(camera.distortion, [0.01, -0.02, 0, 0.003])
    rotvec = [1.2082126924727719, 1.2098328575850605, -1.2082126924727719]
    expected = cv2.Rodrigues(np.array(rotvec))[0]
    np.testing.assert_allclose(camera.R_cam_world, expected, atol=1e-12)
    np.testing.assert_allclose(world_to_camera(camera, np.zeros(3)), [-3.5, 1.7, 10])
    # Up in the world is up in the picture (y down); the camera stands 10 m away along x.
    up = world_to_camera(camera, np.array([0, 0, 1])) - world_to_camera(camera, np.zeros(3))
    np.testing.assert_allclose(up, [0, -1, 0], atol=0.01)
    assert camera_to_world(camera, np.zeros(3))[0] == pytest.approx(10, abs=0.01)


def test_a_pose_of_zeros_is_unknown_not_a_camera_that_looks_up(tmp_path: Path) -> None:
    text = CAMERA_TABLE.format(table="a", name="a", focal=1500) + "rotation = [0.0, 0.0, 0.0]\n"
    camera = load_camera(write(tmp_path, "c.toml", text + "translation = [0.0, 0.0, 0.0]\n"))
    assert camera.R_cam_world is None and camera.t_cam_world is None
    moved = load_camera(write(tmp_path, "d.toml", text + "translation = [0.0, 0.0, 2.0]\n"))
    np.testing.assert_allclose(moved.t_cam_world, [0, 0, 2])


def test_a_file_whose_own_name_holds_the_mark_is_itself(tmp_path: Path) -> None:
    path = write(tmp_path, "cam#1.toml", CAMERA_TABLE.format(table="a", name="a", focal=900))
    assert load_camera(path).matrix[0, 0] == 900


def test_one_of_several_cameras_by_name(tmp_path: Path) -> None:
    text = "".join(
        CAMERA_TABLE.format(table=f"cam_{i}", name=n, focal=1000 + i) for i, n in enumerate(("left", "right"))
    )
    path = write(tmp_path, "calibration.toml", text + "\n[metadata]\nerror = 0.3\n")
    assert load_camera(path, "cam_1").matrix[0, 0] == 1001
    assert load_camera(path, "left").matrix[0, 0] == 1000
    assert load_camera(f"{path}#cam_1").matrix[0, 0] == 1001  # as --camera has it
    with pytest.raises(UserError, match=f"{path}#cam_0"):
        load_camera(path)
    for name, problem in ((None, "choose"), ("middle", "'middle'"), ("metadata", "'metadata'")):
        with pytest.raises(UserError, match="cam_0, cam_1") as error:
            load_camera(path, name)
        assert str(path) in str(error.value) and problem in str(error.value)


@pytest.mark.parametrize("suffix", ["yml", "yaml", "json", "xml"])
@pytest.mark.parametrize(
    ("matrix_key", "distortion_key"),
    [
        ("camera_matrix", "distortion_coefficients"),
        ("cameraMatrix", "dist_coeffs"),
        ("K", "dist"),
        ("mtx", "dist"),
    ],
)
def test_opencv_storage(tmp_path: Path, suffix: str, matrix_key: str, distortion_key: str) -> None:
    path = tmp_path / f"camera.{suffix}"
    storage = cv2.FileStorage(str(path), cv2.FileStorage_WRITE)
    storage.write(matrix_key, np.array(MATRIX))
    storage.write(distortion_key, np.array(DISTORTION)[:, None])
    storage.write("image_width", 1920)
    storage.write("image_height", 1080)
    storage.release()
    assert_is_the_good_one(load_camera(path))


@pytest.mark.parametrize("first_lines", ["%YAML:1.0\n---\n", ""])
def test_ros_yaml(tmp_path: Path, first_lines: str) -> None:
    text = f"""{first_lines}image_width: 1920
image_height: 1080
camera_name: webcam
camera_matrix:
  rows: 3
  cols: 3
  data: {np.ravel(MATRIX).tolist()}
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: {DISTORTION}
"""
    assert_is_the_good_one(load_camera(write(tmp_path, "camera.yaml", text)))


def test_plain_lists_and_other_size_keys(tmp_path: Path) -> None:
    assert_is_the_good_one(load_camera(write_json(tmp_path)))
    size = write_json(tmp_path, image_width=None, image_height=None, image_size=[1920, 1080])
    assert_is_the_good_one(load_camera(size))
    assert_is_the_good_one(load_camera(write_json(tmp_path, camera_matrix=np.ravel(MATRIX).tolist())))
    assert_is_the_good_one(load_camera(write_json(tmp_path, dist=[DISTORTION])))


@pytest.mark.parametrize("count", [4, 5, 8, 12, 14])
def test_opencv_lengths_of_distortion(tmp_path: Path, count: int) -> None:
    values = ([*DISTORTION, 0.1, 0.2, 0.3] + [0.0] * 6)[:count]
    camera = load_camera(write_json(tmp_path, dist=values))
    np.testing.assert_allclose(camera.distortion, values[:8])


@pytest.mark.parametrize(
    ("changes", "expectation"),
    [
        ({"camera_matrix": [[1500.0, 0.0], [0.0, 1500.0]]}, "3x3"),
        ({"camera_matrix": np.transpose(MATRIX).tolist()}, "last row"),
        ({"camera_matrix": [[1, 2, 3], [4, 5]]}, "matrix"),
        ({"camera_matrix": "wide"}, "numbers"),
        ({"camera_matrix": {"rows": 3, "cols": 4, "data": np.ravel(MATRIX).tolist()}}, "numbers"),
        ({"camera_matrix": {"rows": 3, "data": []}}, "numbers"),
        ({"camera_matrix": [[-1.0, 0, 5], [0, 1, 5], [0, 0, 1]]}, "positive"),
        ({"camera_matrix": [[float("nan"), 0, 5], [0, 1, 5], [0, 0, 1]]}, "finite"),
        ({"camera_matrix": None}, "camera_matrix"),
        ({"dist": None}, "distortion_coefficients"),
        ({"dist": [0.1, 0.2]}, "4, 5 or 8"),
        ({"dist": [0.0] * 11 + [0.1]}, "4, 5 or 8"),
        ({"dist": [0, 0, 0, float("inf")]}, "finite"),
        ({"image_width": None}, "image_width"),
        ({"image_height": 0}, "image size"),
        ({"image_height": 10.5}, "image size"),
        ({"image_width": [1, 2]}, "image size"),
        ({"fisheye": True}, "fisheye"),
        ({"fisheye_model": 1}, "fisheye"),
        ({"distortion_model": "equidistant"}, "equidistant is not supported"),
        ({"rotation": [0.1, 0.2, 0.3]}, "translation"),
        ({"rotation": [0.1, 0.2], "translation": [0, 0, 1]}, "rotation must be three"),
        ({"rotation": [0.1, 0.2, float("nan")], "translation": [0, 0, 1]}, "rotation must be three"),
    ],
)
def test_wrong_values(tmp_path: Path, changes: dict[str, object], expectation: str) -> None:
    path = write_json(tmp_path, **changes)
    with pytest.raises(UserError) as error:
        load_camera(path)
    message = str(error.value)
    assert str(path) in message and expectation in message
    assert message.endswith(".") and "\n" not in message


@pytest.mark.parametrize(
    ("name", "text", "expectation"),
    [
        ("a.toml", "size = [1920", "not valid TOML"),
        ("b.toml", "[metadata]\nerror = 1.0\n", "holds no camera"),
        ("c.toml", "", "holds no camera"),
        ("d.json", '{"camera_matrix": ', "one JSON object with the camera's values (Expecting"),
        ("e.json", "[1, 2]", "one JSON object"),
        ("f.yaml", "camera_matrix: [1, 2", "camera file"),
        ("g.yaml", "", "camera file"),
        ("h.yml", "%YAML:1.0\n---\n- 1\n- 2\n", "camera"),
        ("i.txt", "hello", "ending in .toml"),
    ],
)
def test_wrong_files(tmp_path: Path, name: str, text: str, expectation: str) -> None:
    path = write(tmp_path, name, text)
    with pytest.raises(UserError) as error:
        load_camera(path)
    message = str(error.value)
    assert str(path) in message and expectation in message and "\n" not in message


def test_unreadable_files(tmp_path: Path) -> None:
    picture = tmp_path / "picture.toml"
    picture.write_bytes(b"\x89PNG\xff\xfe\x00")
    for path in (tmp_path / "missing.toml", tmp_path, picture):
        with pytest.raises(UserError, match=str(path)):
            load_camera(path)


def test_a_rotation_is_a_rodrigues_vector(tmp_path: Path) -> None:
    camera = load_camera(write_json(tmp_path, rotation=[0.3, -0.2, 0.9], translation=[[1], [2], [3]]))
    np.testing.assert_allclose(camera.R_cam_world, Rotation.from_rotvec([0.3, -0.2, 0.9]).as_matrix())
    np.testing.assert_allclose(camera.t_cam_world, [1, 2, 3])
