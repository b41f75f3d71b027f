"""Datasets written here in their true formats, with numbers whose answers are known.

Positions are multiples of 1/1024 m, which 32-bit floats hold exactly, so answers are exact too.
"""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from ganbodypose.datasets.human36m import CAMERAS, JOINTS_17_OF_32

FOCAL = 1000.0
# A camera 5 m before the person, level: x right, y down = -z of the world, z forward = y of the world.
R_CAM_WORLD = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
T_CAM_MM = [[0], [1000], [5000]]
ACTIONS = {"S9": {"Walking": 8, "Walking 1": 8, "Photo": 4}, "S11": {"Photo": 12, "Directions": 5}}


def dyadic(seed: int, *shape: int) -> np.ndarray:
    """Random numbers within one metre, multiples of 1/1024."""
    return np.random.default_rng(seed).integers(-1024, 1024, shape) / 1024


@pytest.fixture
def h36m_folder(tmp_path: Path) -> Path:
    """VideoPose3D's two files and the cameras: `ACTIONS` frames of S9 and S11."""
    positions: dict[str, dict[str, np.ndarray]] = {}
    seen: dict[str, dict[str, list[np.ndarray]]] = {}
    for subject, actions in ACTIONS.items():
        positions[subject], seen[subject] = {}, {}
        for k, (action, frames) in enumerate(actions.items()):
            xyz = dyadic(k, frames, 32, 3).astype(np.float32)
            in_camera = xyz[:, list(JOINTS_17_OF_32)] @ np.transpose(R_CAM_WORLD) + np.ravel(T_CAM_MM) / 1000
            positions[subject][action] = xyz
            seen[subject][action] = [in_camera[..., :2] / in_camera[..., 2:] * FOCAL + 500] * len(CAMERAS)
    np.savez(tmp_path / "data_3d_h36m.npz", positions_3d=np.array(positions, object))
    np.savez(tmp_path / "data_2d_h36m_cpn_ft_h36m_dbb.npz", positions_2d=np.array(seen, object), metadata=1)
    lens = {"calibration_matrix": [[FOCAL, 0, 500], [0, FOCAL, 500], [0, 0, 1]], "distortion": [0] * 5}
    pose = {"R": R_CAM_WORLD, "t": T_CAM_MM}
    cameras = {
        "intrinsics": dict.fromkeys(CAMERAS, lens),
        "extrinsics": {subject: dict.fromkeys(CAMERAS, pose) for subject in ACTIONS},
    }
    (tmp_path / "camera-parameters.json").write_text(json.dumps(cameras))
    return tmp_path


@pytest.fixture
def threedpw_folder(tmp_path: Path) -> Path:
    """One test sequence of four frames with one person, the third frame without a valid camera; and one to train on."""
    poses = np.tile(np.eye(4), (4, 1, 1))
    poses[:, :3, :3], poses[:, :3, 3] = R_CAM_WORLD, np.ravel(T_CAM_MM) / 1000
    content = {
        "jointPositions": [dyadic(0, 4, 72)],
        "poses2d": [np.ones((4, 3, 18))],
        "campose_valid": [np.array([1, 1, 0, 1])],
        "cam_poses": poses,
        "cam_intrinsics": np.array([[1960.0, 0, 540], [0, 1960.0, 960], [0, 0, 1]]),
    } | {"sequence": "office_00", "genders": ["m"], "betas": [np.zeros(10)], "img_frame_ids": np.arange(4)}
    for split in ("test", "train"):
        path = tmp_path / "sequenceFiles" / split / f"{split}_00.pkl"
        path.parent.mkdir(parents=True)
        path.write_bytes(pickle.dumps(content | {"sequence": f"{split}_00"}, 2))
    return tmp_path


@pytest.fixture
def mpi_inf_3dhp_folder(tmp_path: Path) -> Path:
    """TS1 and TS5 as the official HDF5 files; every other frame is valid."""
    for k, (name, frames) in enumerate({"TS1": 8, "TS5": 4}.items()):
        xyz = dyadic(k, frames, 17, 3) * 1000 + [0, 0, 4000]
        content = {
            "annot2": (xyz[..., :2] / xyz[..., 2:] * 1500 + 1024)[:, None],
            "annot3": xyz[:, None],
            "univ_annot3": xyz[:, None],
            "valid_frame": (np.arange(frames) % 2 == 0)[:, None].astype(float),
        }
        path = tmp_path / name / "annot_data.mat"
        path.parent.mkdir()
        with h5py.File(path, "w", userblock_size=512) as file:
            for key, value in content.items():
                file[key] = value
    return tmp_path
