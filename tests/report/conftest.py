"""A hand-made person: upright, arms hanging, facing the camera, four metres away."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import PersonResult, PoseSequence
from ganbodypose.skeletons import H36M_17

SIZE_WH = (640, 480)
FOCAL_PX = 500.0
MATRIX = np.array([[FOCAL_PX, 0, 319.5], [0, FOCAL_PX, 239.5], [0, 0, 1]])

# Camera frame: x right, y down, z forward. Facing the camera, the person's right is the picture's left.
_STANDING = {
    "pelvis": (0, 0, 0),
    "right_hip": (-0.1, 0, 0),
    "right_knee": (-0.1, 0.45, 0),
    "right_ankle": (-0.1, 0.9, 0),
    "left_hip": (0.1, 0, 0),
    "left_knee": (0.1, 0.45, 0),
    "left_ankle": (0.1, 0.9, 0),
    "spine": (0, -0.25, 0),
    "thorax": (0, -0.5, 0),
    "neck_nose": (0, -0.6, 0),
    "head_top": (0, -0.75, 0),
    "left_shoulder": (0.2, -0.5, 0),
    "left_elbow": (0.2, -0.2, 0),
    "left_wrist": (0.2, 0.05, 0),
    "right_shoulder": (-0.2, -0.5, 0),
    "right_elbow": (-0.2, -0.2, 0),
    "right_wrist": (-0.2, 0.05, 0),
}


@pytest.fixture
def standing() -> np.ndarray:
    """[17,3] m."""
    return np.array([_STANDING[joint] for joint in H36M_17.joints], dtype=float)


@pytest.fixture
def make_person(standing: np.ndarray) -> Callable[..., PersonResult]:
    def make(track_id: int = 1, at_m: tuple[float, float, float] = (0, 0, 4), **changes: Any) -> PersonResult:
        joints = np.asarray(changes.get("joints_3d_m", standing))
        image = (joints + at_m) @ MATRIX.T
        px = image[:, :2] / image[:, 2:]
        fields = {
            "keypoints_2d_px": px,
            "keypoints_2d_confidence": np.ones(17),
            "joints_3d_m": joints,
            "root_camera_m": np.array(at_m, dtype=float),
            "expected_error_m": np.linspace(0.02, 0.15, 17),
            "pose_quality": 0.8,
            "bbox_px": np.concatenate([px.min(0), px.max(0)]),
        }
        return PersonResult(track_id=track_id, **(fields | changes))

    return make


@pytest.fixture
def make_sequence(standing: np.ndarray) -> Callable[..., PoseSequence]:
    """Rows of (frame_index, track_id) at 25 fps; joints_3d_m etc. can be overridden by keyword."""

    def make(rows: list[tuple[int, int]], **changes: Any) -> PoseSequence:
        n = len(rows)
        table = np.array(rows, np.int64).reshape(n, 2)
        fields = {
            "frame_index": table[:, 0],
            "time_s": table[:, 0] / 25,
            "track_id": table[:, 1],
            "keypoints_2d_px": np.zeros((n, 17, 2), np.float32),
            "keypoints_2d_confidence": np.ones((n, 17), np.float32),
            "joints_3d_m": np.broadcast_to(standing, (n, 17, 3)).astype(np.float32),
            "root_camera_m": np.broadcast_to([0, 0, 4], (n, 3)).astype(np.float32),
            "expected_error_m": np.broadcast_to(np.arange(1, 18) / 100, (n, 17)).astype(np.float32),
            "pose_quality": np.full(n, 0.8, np.float32),
            "bbox_px": np.zeros((n, 4), np.float32),
            "joint_names": H36M_17.joints,
            "camera_matrix": MATRIX,
            "fps": 25.0,
            "image_size_wh": SIZE_WH,
            "meta": {},
        }
        return PoseSequence(**(fields | changes))

    return make
