"""MPI-INF-3DHP in its three formats, written here as they are."""

import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from ganbodypose.core import UserError
from ganbodypose.datasets.mpi_inf_3dhp import read_test, read_train, train_fps
from ganbodypose.datasets.pstmo import read_pstmo_test, read_pstmo_train
from ganbodypose.geometry.camera import project, world_to_camera
from ganbodypose.skeletons import H36M_17, MPI_INF_3DHP_17, MPI_INF_3DHP_28, skeleton_map

OFFICIAL_17_OF_28 = [7, 5, 14, 15, 16, 9, 10, 11, 23, 24, 25, 18, 19, 20, 4, 3, 6]
# Where each joint of H36M_17 lies in the official 17: pelvis, right leg, left leg, spine, neck, head, top, arms
H36M_OF_17 = [14, 8, 9, 10, 11, 12, 13, 15, 1, 16, 0, 5, 6, 7, 2, 3, 4]
FOCAL = 1500.0


def test_the_map_by_name_is_the_official_one() -> None:
    np.testing.assert_array_equal(
        skeleton_map(MPI_INF_3DHP_28, MPI_INF_3DHP_17), np.eye(28)[OFFICIAL_17_OF_28]
    )
    np.testing.assert_array_equal(skeleton_map(MPI_INF_3DHP_17, H36M_17), np.eye(17)[H36M_OF_17])


def people(frames: int, joints: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """3D [T,J,3] mm about 3 m before a camera without distortion, and where it sees them [T,J,2] px."""
    xyz = np.random.default_rng(seed).normal([0, 0, 3000], 300, (frames, joints, 3))
    return xyz, xyz[..., :2] / xyz[..., 2:] * FOCAL + [1024, 1000]


CALIBRATION = """Skeletool Camera Calibration File V1.0
name          0
  sensor      10 10
  size        2048 2048
  animated    0
  intrinsic   1500 0 1024 0 0 1500 1000 0 0 0 1 0 0 0 0 1
  extrinsic   1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1
  radial      0
name          1
  sensor      10 10
  size        2048 2048
  animated    0
  intrinsic   1400 0 1024 0 0 1400 1000 0 0 0 1 0 0 0 0 1
  extrinsic   1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1
  radial      0
"""


def write_annot(folder: Path, sequence: str, calibration: str | None = CALIBRATION, **changes: Any) -> Path:
    """annot.mat of two frames and 14 cameras, which all see the same."""
    xyz, px = people(2, 28)
    content: dict[str, Any] = {}
    for key, values in {"annot2": px, "annot3": xyz, "univ_annot3": 1.1 * xyz}.items():
        content[key] = np.empty((14, 1), object)
        for camera in range(14):
            content[key][camera, 0] = values.reshape(2, -1)
    content |= {"cameras": np.arange(14)[None], "frames": np.arange(2)[:, None]}
    path = folder / sequence / "annot.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {k: v for k, v in (content | changes).items() if v is not None})
    if calibration:
        path.with_name("camera.calibration").write_text(calibration)
    return path


def test_train(tmp_path: Path) -> None:
    write_annot(tmp_path, "S1/Seq1")
    write_annot(tmp_path, "S1/Seq2")
    views = list(read_train(tmp_path, ["S1"], cameras=[0, 1, 8]))
    assert [v.clip.name for v in views] == [f"S1/Seq{s}/{c}" for s in (1, 2) for c in (0, 1, 8)]
    assert (views[0].clip.fps, views[3].clip.fps, views[0].clip.subject) == (25, 50, "S1")
    xyz, px = people(2, 28)
    camera = views[0].camera
    assert camera is not None and views[1].camera is not None and views[2].camera is None
    assert views[1].camera.matrix[0, 0] == 1400
    in_camera = world_to_camera(camera, views[0].clip.joints_m)
    np.testing.assert_allclose(in_camera, xyz[:, OFFICIAL_17_OF_28][:, H36M_OF_17] / 1000, atol=1e-5)
    np.testing.assert_allclose(views[0].keypoints.xy_px, px[:, OFFICIAL_17_OF_28][:, H36M_OF_17])
    np.testing.assert_allclose(project(camera, in_camera), views[0].keypoints.xy_px, atol=0.01)


def test_up_is_up(tmp_path: Path) -> None:
    """y down in the camera is -z in the clip."""
    write_annot(tmp_path, "S1/Seq1")
    (view,) = read_train(tmp_path, ["S1"], cameras=[0])
    xyz, _ = people(2, 28)
    np.testing.assert_allclose(
        view.clip.joints_m[:, 0] * 1000, xyz[:, 4][:, [0, 2, 1]] * [1, 1, -1], rtol=1e-5
    )


def test_universal_bodies_have_no_camera(tmp_path: Path) -> None:
    write_annot(tmp_path, "S1/Seq1")
    (true,), (scaled,) = (list(read_train(tmp_path, ["S1"], [0], universal)) for universal in (False, True))
    np.testing.assert_allclose(scaled.clip.joints_m, 1.1 * true.clip.joints_m, rtol=1e-5)
    assert scaled.camera is None


def test_frame_rates() -> None:
    fast = {(s, q) for s in range(1, 9) for q in (1, 2) if train_fps(f"S{s}", f"Seq{q}") == 50}
    assert fast == {(1, 2), (3, 1), (3, 2), (5, 1), (5, 2)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"annot2": None}, "'annot2' is missing"),
        ({"annot3": np.zeros((2, 84))}, r"'annot3' must be a cell array \[cameras,1\] with camera 0"),
        (
            {"annot3": np.array([[np.zeros((2, 80))], [0]], object)},
            r"'annot3\[0\]' must be numbers \[any,84\]",
        ),
        ({"annot2": np.array([[np.zeros((3, 56))], [0]], object)}, r"'annot2' must have one entry per frame"),
        ({"calibration": "name x\n"}, "'name' must be a whole number"),
        ({"calibration": "name 0\nintrinsic 1 2\n"}, "'intrinsic' must be 4x4 numbers"),
        ({"calibration": "name 0\n"}, "'intrinsic' is missing"),
    ],
)
def test_malformed_train(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write_annot(tmp_path, "S1/Seq1", **changes)
    with pytest.raises(UserError, match=f"{path.parent}/.*: field {message}"):
        list(read_train(tmp_path, ["S1"]))


def test_train_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"No Seq\*/annot.mat lies in .*S1"):
        list(read_train(tmp_path, ["S1"]))
    path = write_annot(tmp_path, "S1/Seq1")
    path.write_bytes(b"this is no MATLAB file" * 20)
    with pytest.raises(UserError, match=f"{path} is not a MATLAB file"):
        list(read_train(tmp_path, ["S1"]))


def write_test(folder: Path, **changes: Any) -> Path:
    xyz, px = people(3, 17)
    content: dict[str, Any] = {
        "annot2": px[:, None],
        "annot3": xyz[:, None],
        "univ_annot3": 1.1 * xyz[:, None],
        "valid_frame": np.array([[1.0], [0.0], [1.0]]),
        "activity_annotation": np.ones((3, 1)),
    }
    path = folder / "TS1" / "annot_data.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", userblock_size=512) as file:  # MATLAB 7.3 has a header of 512 bytes
        for key, value in (content | changes).items():
            if value is not None:
                file[key] = value
    return path


def test_test_set(tmp_path: Path) -> None:
    write_test(tmp_path)
    (view,) = read_test(tmp_path, 25, ["TS1"])
    xyz, px = people(3, 17)
    assert view.valid is not None and view.valid.tolist() == [True, False, True]
    np.testing.assert_allclose(
        view.clip.joints_m * 1000, 1.1 * xyz[:, H36M_OF_17][..., [0, 2, 1]] * [1, 1, -1], rtol=1e-5
    )
    np.testing.assert_allclose(view.keypoints.xy_px, px[:, H36M_OF_17])
    (true,) = read_test(tmp_path, 25, ["TS1"], universal=False)
    np.testing.assert_allclose(view.clip.joints_m, 1.1 * true.clip.joints_m, rtol=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"valid_frame": None}, "'valid_frame' is missing"),
        ({"annot2": np.zeros((3, 17, 2))}, r"'annot2' must be numbers \[any,1,17,2\]"),
        (
            {"valid_frame": np.ones((2, 1))},
            r"'valid_frame' must have one entry per frame of 'univ_annot3' \(3\)",
        ),
    ],
)
def test_malformed_test_set(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write_test(tmp_path, **changes)
    with pytest.raises(UserError, match=f"{path}: field {message}"):
        list(read_test(tmp_path, 25, ["TS1"]))


def test_test_files_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"annot_data.mat is missing"):
        list(read_test(tmp_path, 25, ["TS1"]))
    path = write_test(tmp_path)
    path.write_bytes(b"this is no HDF5 file")
    with pytest.raises(UserError, match=f"{path} is not an HDF5 file"):
        list(read_test(tmp_path, 25, ["TS1"]))
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(UserError, match=r"needs h5py: .*pip install .*\[datasets"):
        list(read_test(tmp_path, 25, ["TS1"]))


def write_npz(folder: Path, data: Any) -> Path:
    path = folder / "data_3dhp.npz"
    np.savez_compressed(path, data=np.array(data, dtype=object))
    return path


def test_pstmo_train(tmp_path: Path) -> None:
    xyz, px = people(3, 17)
    cameras = {"0": {"data_2d": px, "data_3d": xyz}, "8": {"data_2d": px + 1, "data_3d": xyz}}
    path = write_npz(tmp_path, {"S1 Seq1": [cameras, 25], "S1 Seq2": [cameras, 50]})
    views = list(read_pstmo_train(path))
    assert [(v.clip.name, v.clip.fps) for v in views] == [
        ("S1/Seq1/0", 25),
        ("S1/Seq1/8", 25),
        ("S1/Seq2/0", 50),
        ("S1/Seq2/8", 50),
    ]
    np.testing.assert_allclose(views[1].keypoints.xy_px, px[:, H36M_OF_17] + 1)
    np.testing.assert_allclose(views[1].clip.joints_m[..., 2] * 1000, -xyz[:, H36M_OF_17][..., 1], rtol=1e-5)


def test_pstmo_test(tmp_path: Path) -> None:
    xyz, px = people(3, 17)
    path = write_npz(tmp_path, {"TS1": {"data_2d": px, "data_3d": xyz, "valid": np.array([1.0, 0, 1])}})
    (view,) = read_pstmo_test(path, 25)
    assert view.clip.name == "TS1" and view.valid is not None and view.valid.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1], "'data' must be a dict of sequences"),
        ({"S1 Seq1": [{}]}, r".*must be the pair \[cameras, frame rate\]"),
        ({"S1 Seq1": [{}, 0]}, ".*must be a positive frame rate, not 0"),
        ({"S1 Seq1": [{"0": {"data_2d": np.zeros((3, 17, 2))}}, 25]}, r".*\['data_3d'\]\" is missing"),
        (
            {"S1 Seq1": [{"0": {"data_2d": np.zeros((3, 17, 2)), "data_3d": np.zeros((2, 17, 3))}}, 25]},
            r".*'data_2d'.* must have one entry per frame .*\(2\), not 3",
        ),
    ],
)
def test_malformed_pstmo(tmp_path: Path, data: Any, message: str) -> None:
    path = write_npz(tmp_path, data)
    with pytest.raises(UserError, match=f"{path}: field {message}"):
        list(read_pstmo_train(path))
