"""Human3.6M in its three formats, written here as they are; the real camera parameters."""

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cdflib.cdfwrite import CDF

from ganbodypose.core import UserError
from ganbodypose.datasets.human36m import CAMERAS, load_cameras, read_cdf
from ganbodypose.datasets.motionbert import read_motionbert
from ganbodypose.datasets.videopose3d import read_videopose3d, read_videopose3d_views
from ganbodypose.geometry.camera import project, world_to_camera

# The published choice: pelvis, right leg, left leg, spine, thorax, nose, top, left arm, right arm
JOINTS_17_OF_32 = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]
K = [[1100.0, 0, 500], [0, 1100.0, 500], [0, 0, 1]]


def numbered(frames: int, joints: int = 32) -> np.ndarray:
    """Frame t, joint j at (j, t, 0.5) m."""
    xyz = np.zeros((frames, joints, 3))
    xyz[..., 0], xyz[..., 1], xyz[..., 2] = np.arange(joints), np.arange(frames)[:, None], 0.5
    return xyz


@pytest.fixture
def camera_file(tmp_path: Path) -> Path:
    """Every camera looks along the world's y from y = -20 m."""
    lens = {"calibration_matrix": K, "distortion": [0, 0, 0, 0, 0]}
    pose = {"R": [[1, 0, 0], [0, 0, -1], [0, 1, 0]], "t": [[0], [0], [20000]]}
    path = tmp_path / "cameras.json"
    content = {
        "intrinsics": dict.fromkeys(CAMERAS, lens),
        "extrinsics": {s: dict.fromkeys(CAMERAS, pose) for s in ("S1", "S11")},
    }
    path.write_text(json.dumps(content))
    return path


def test_cameras(camera_file: Path) -> None:
    cameras = load_cameras(camera_file)
    assert len(cameras) == 8
    camera = cameras["S11", "60457274"]
    assert camera.size_wh == (1000, 1002) and cameras["S1", "55011271"].size_wh == (1000, 1000)
    np.testing.assert_allclose(world_to_camera(camera, np.array([1.0, 2.0, 3.0])), [1, -3, 22])


def test_malformed_cameras(camera_file: Path) -> None:
    content = json.loads(camera_file.read_text())
    content["extrinsics"]["S1"]["55011271"]["t"] = [0, 0, 20000]
    camera_file.write_text(json.dumps(content))
    with pytest.raises(UserError, match=rf"{camera_file}: field .*55011271\['t'\].*must be numbers \[3,1\]"):
        load_cameras(camera_file)
    del content["intrinsics"]
    camera_file.write_text(json.dumps(content))
    with pytest.raises(UserError, match="field 'intrinsics' is missing"):
        load_cameras(camera_file)
    camera_file.write_text("{")
    with pytest.raises(UserError, match="is not a JSON file"):
        load_cameras(camera_file)


def test_the_real_cameras(data_dir: Path) -> None:
    """They stand in the room's corners, 1 to 2 m high and 3 to 7 m away, and see a person in the middle."""
    cameras = load_cameras(data_dir / "h36m_cameras" / "camera-parameters.json")
    assert len(cameras) == 11 * 4
    for camera in cameras.values():
        assert camera.R_cam_world is not None and camera.t_cam_world is not None
        np.testing.assert_allclose(camera.R_cam_world @ camera.R_cam_world.T, np.eye(3), atol=1e-6)
        center = -camera.R_cam_world.T @ camera.t_cam_world
        assert 1 < center[2] < 2 and 3 < np.hypot(*center[:2]) < 7
        chest, head = project(camera, world_to_camera(camera, np.array([[0, 0, 1.2], [0, 0, 1.7]])))
        assert (abs(chest - 500) < 400).all() and head[1] < chest[1]


def write_cdf(folder: Path, subject: str, name: str, pose: np.ndarray, variable: str = "Pose") -> Path:
    path = folder / subject / "MyPoseFeatures" / "D3_Positions" / f"{name}.cdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    file = CDF(path)
    spec = {"Variable": variable, "Data_Type": CDF.CDF_DOUBLE, "Num_Elements": 1, "Rec_Vary": True}
    file.write_var(spec | {"Var_Type": "zVariable", "Dim_Sizes": list(pose.shape)}, var_data=pose[None])
    file.close()
    return path


def test_cdf(tmp_path: Path) -> None:
    for name in ("Directions", "Directions 1", "TakingPhoto 1", "WalkingDog", "_ALL"):
        write_cdf(tmp_path, "S11", name, 1000 * numbered(3).reshape(3, 96))
    clips = list(read_cdf(tmp_path, ["S11"]))
    assert [(c.name, c.action) for c in clips] == [
        ("S11/Directions 1", "Directions"),
        ("S11/Photo 1", "Photo"),
        ("S11/WalkDog", "WalkDog"),
    ]
    assert {(c.fps, c.subject, c.source) for c in clips} == {(50, "S11", "h36m")}
    np.testing.assert_allclose(clips[0].joints_m, numbered(3)[:, JOINTS_17_OF_32])


def test_cdf_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    write_cdf(tmp_path, "S1", "Eating", 1000 * numbered(3).reshape(3, 96))
    clips = read_cdf(tmp_path, ["S1", "S5"])
    assert next(clips).name == "S1/Eating"
    with pytest.raises(UserError, match=r"No .cdf file lies in .*S5"):
        next(clips)


def test_malformed_cdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_cdf(tmp_path, "S1", "Eating", np.zeros((3, 90)))
    with pytest.raises(UserError, match=rf"{path}: field 'Pose' must be numbers \[any,96\], not .*90"):
        next(read_cdf(tmp_path, ["S1"]))
    write_cdf(tmp_path, "S5", "Eating", np.zeros((3, 96)), "Positions")
    with pytest.raises(UserError, match=r"Eating\.cdf: field 'Pose' cannot be read"):
        next(read_cdf(tmp_path, ["S5"]))
    path.write_bytes(b"this is no CDF file")
    with pytest.raises(UserError, match=f"{path}: field 'Pose' cannot be read"):
        next(read_cdf(tmp_path, ["S1"]))
    monkeypatch.setitem(sys.modules, "cdflib", None)
    with pytest.raises(
        UserError, match=rf"{path} is a CDF file, which needs cdflib: .*pip install .*\[datasets"
    ):
        next(read_cdf(tmp_path, ["S1"]))


Npz = Callable[[str, str, Any], Path]


@pytest.fixture
def npz(tmp_path: Path) -> Npz:
    def write(name: str, field: str, value: Any) -> Path:
        path = tmp_path / f"{name}.npz"
        fields: dict[str, Any] = {field: np.array(value, dtype=object)}
        np.savez_compressed(path, **fields)
        return path

    return write


def test_videopose3d(npz: Npz) -> None:
    walks = {"Directions": numbered(4).astype("f4"), "Walking 1": numbered(3).astype("f4")}
    path = npz("data_3d_h36m", "positions_3d", {"S1": walks, "S11": walks})
    clips = list(read_videopose3d(path, ["S1", "S11"]))
    assert [c.name for c in clips] == ["S1/Directions", "S1/Walking 1", "S11/Walking 1"]
    np.testing.assert_array_equal(clips[-1].joints_m, numbered(3)[:, JOINTS_17_OF_32].astype("f4"))


def test_videopose3d_views(npz: Npz, camera_file: Path) -> None:
    """The 2D that the cameras give agrees with the file's, frame by frame, and is cut to the 3D's length."""
    cameras = load_cameras(camera_file)
    world = numbered(3)
    seen = project(cameras["S1", CAMERAS[0]], world_to_camera(cameras["S1", CAMERAS[0]], world))
    seen = np.concatenate([seen[:, JOINTS_17_OF_32], np.zeros((2, 17, 2))]).astype("f4")
    shifted = [seen + 10 * k for k in range(4)]
    shifted[1][0, 0] = np.nan
    path_3d = npz("data_3d_h36m", "positions_3d", {"S1": {"Walking": world.astype("f4")}})
    path_2d = npz("data_2d_h36m_gt", "positions_2d", {"S1": {"Walking": shifted}})
    views = list(read_videopose3d_views(path_3d, path_2d, cameras, ["S1"]))
    assert len(views) == 4
    for k, (view, name) in enumerate(zip(views, CAMERAS, strict=True)):
        assert view.camera is cameras["S1", name] and view.keypoints.xy_px.shape == (3, 17, 2)
        expected = project(cameras["S1", name], world_to_camera(cameras["S1", name], view.clip.joints_m))
        np.testing.assert_allclose(view.keypoints.xy_px[1:], expected[1:] + 10 * k, atol=1e-3)
    assert np.isnan(views[1].keypoints.xy_px[0, 0]).all() and views[1].keypoints.confidence[0, 0] == 0
    assert views[0].keypoints.confidence.min() == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, r"positions_3d\['S1'\]\" is missing"),
        ({"S1": []}, r"positions_3d\['S1'\]\" must be a dict"),
        ({"S1": {"Eating": np.zeros((3, 17, 3))}}, r"\['Eating'\]\" must be numbers \[any,32,3\], not .*17"),
        ({"S1": {"Eating": "x"}}, r"\['Eating'\]\" must be numbers \[any,32,3\]"),
        ([], "'positions_3d' must be a dict, not ndarray"),
    ],
)
def test_malformed_videopose3d(npz: Npz, value: Any, message: str) -> None:
    path = npz("data_3d_h36m", "positions_3d", value)
    with pytest.raises(UserError, match=f"{path}: field .*{message}"):
        list(read_videopose3d(path, ["S1"]))


def test_malformed_videopose3d_views(npz: Npz, camera_file: Path) -> None:
    path_3d = npz("data_3d_h36m", "positions_3d", {"S1": {"Walking": numbered(3)}})
    for views, message in (
        ([np.zeros((3, 17, 2))], "must be a list of 4 arrays"),
        ([np.zeros((2, 17, 2))] * 4, "must have at least the 3 frames of the 3D, not 2"),
    ):
        path_2d = npz("data_2d_h36m_gt", "positions_2d", {"S1": {"Walking": views}})
        with pytest.raises(UserError, match=f"{path_2d}: field .*Walking.*{message}"):
            list(read_videopose3d_views(path_3d, path_2d, load_cameras(camera_file), ["S1"]))


def motionbert_half(test: bool) -> dict[str, Any]:
    """Two recordings, of two and three frames; 5 mm per pixel; joint j is 10 j px right of and below the root."""
    joints = np.full((5, 17, 3), [400.0, 300.0, 0.0]) + 10 * np.arange(17)[:, None]
    half: dict[str, Any] = {
        "joint_2d": joints[..., :2] + 1,
        "confidence": np.full((5, 17, 1), 0.5),
        "joint3d_image": joints,
        "camera_name": ["54138969"] * 5,
        "source": ["s_09_act_02_subact_01_ca_01"] * 2 + ["s_11_act_03_subact_02_ca_01"] * 3,
    }
    if test:
        half |= {"action": ["Directions"] * 2 + ["Photo"] * 3, "2.5d_factor": np.full(5, 5.0)}
        half |= {"joints_2.5d_image": 5 * joints}
    return half


def test_motionbert(tmp_path: Path) -> None:
    path = tmp_path / "h36m.pkl"
    path.write_bytes(pickle.dumps({"train": motionbert_half(False), "test": motionbert_half(True)}))
    first, second = read_motionbert(path, "test")
    assert (first.name, first.action, second.action) == ("s_09_act_02_subact_01_ca_01", "Directions", "Photo")
    assert first.clip is not None and second.clip is not None
    assert (first.clip.subject, second.clip.subject, second.clip.fps) == ("S9", "S11", 50)
    assert len(first.joints_image_px) == 2 and len(second.clip.joints_m) == 3
    # 10 px right, down and away are 50 mm along world x, -z and y
    np.testing.assert_allclose(second.clip.joints_m[0, 1], [0.05, 0.05, -0.05], atol=1e-6)
    np.testing.assert_allclose(second.keypoints.xy_px[0, 2], [421, 321])
    assert (second.keypoints.confidence == 0.5).all()
    train = list(read_motionbert(path, "train"))
    assert [t.clip for t in train] == [None, None] and train[1].action == ""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"joint_2d": None}, r"test\['joint_2d'\]\" is missing"),
        ({"joint3d_image": np.zeros((5, 17, 2))}, r"test\['joint3d_image'\]\" must be numbers \[any,17,3\]"),
        ({"source": ["a"] * 4}, r"'source' must have one entry per frame of 'joint_2d' \(5\), not 4"),
        ({"camera_name": "x"}, r"test\['camera_name'\]\" must have one entry per frame"),
        ({"joints_2.5d_image": None}, r"test\['joints_2.5d_image'\]\" is missing"),
    ],
)
def test_malformed_motionbert(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = tmp_path / "h36m.pkl"
    half = {k: v for k, v in (motionbert_half(True) | changes).items() if v is not None}
    path.write_bytes(pickle.dumps({"test": half}))
    with pytest.raises(UserError, match=f"{path}: field .*{message}"):
        list(read_motionbert(path, "test"))
    with pytest.raises(UserError, match=f"{path}: field 'train' is missing"):
        list(read_motionbert(path, "train"))


def test_motionbert_without_confidence(tmp_path: Path) -> None:
    path = tmp_path / "h36m.pkl"
    half = {k: v for k, v in motionbert_half(False).items() if k != "confidence"}
    path.write_bytes(pickle.dumps({"train": half}))
    assert (next(read_motionbert(path, "train")).keypoints.confidence == 1).all()
