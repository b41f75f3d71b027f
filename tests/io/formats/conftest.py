"""Two people made up so that every number can be derived by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ganbodypose.core import PoseSequence
from ganbodypose.geometry.kinematics import NODES, forward_kinematics
from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.skeletons import H36M_17

MakeSequence = Callable[..., PoseSequence]


@pytest.fixture
def make_sequence() -> MakeSequence:
    """make_sequence(times_s=..., track_id=...): joint j of row n lies at (j/10, -j/20, n/100) from the pelvis.

    The pelvis is at (1, 2, 5) m in the camera frame; the expected error of joint j is j centimetres.
    """

    def make(
        times_s: np.ndarray | None = None,
        frames: np.ndarray | None = None,
        track_id: np.ndarray | None = None,
        fps: float = 25.0,
    ) -> PoseSequence:
        times_s = np.arange(4) / 25 if times_s is None else times_s
        n, j = len(times_s), np.arange(17)
        joints = np.zeros((n, 17, 3), np.float32)
        joints[:, 1:, 0], joints[:, 1:, 1] = j[1:] / 10, -j[1:] / 20
        joints[:, 1:, 2] = np.arange(n)[:, None] / 100
        return PoseSequence(
            frame_index=np.arange(n) if frames is None else frames,
            time_s=np.asarray(times_s, float),
            track_id=np.ones(n, np.int64) if track_id is None else track_id,
            keypoints_2d_px=np.arange(n * 34, dtype=np.float32).reshape(n, 17, 2) / 3,
            keypoints_2d_confidence=np.tile(np.linspace(0, 1, 17, dtype=np.float32), (n, 1)),
            joints_3d_m=joints,
            root_camera_m=np.tile(np.float32([1, 2, 5]), (n, 1)),
            expected_error_m=np.tile(j.astype(np.float32) / 100, (n, 1)),
            pose_quality=np.linspace(0.1, 0.9, n, dtype=np.float32),
            bbox_px=np.zeros((n, 4), np.float32),
            joint_names=H36M_17.joints,
            camera_matrix=np.eye(3),
            fps=fps,
            image_size_wh=(64, 48),
            meta={},
        )

    return make


@pytest.fixture
def moving(make_sequence: MakeSequence) -> PoseSequence:
    """Five frames of a body of constant bones that turns, bends a knee and lowers an arm."""
    name = {node.name: n for n, node in enumerate(NODES)}
    rotations = np.broadcast_to(np.eye(3), (5, len(NODES), 3, 3)).copy()
    along = np.linspace(0, 1, 5)[:, None]
    rotations[:, name["pelvis"]] = rotvec_to_matrix(along * [0.2, 3.0, 0.1])
    rotations[:, name["left_knee"]] = rotvec_to_matrix(along * [1.5, 0, 0])
    rotations[:, name["right_shoulder"]] = rotvec_to_matrix(along * [0, 0, 1.2])
    lengths = np.where(np.arange(17) == 0, 0, 0.1 + np.arange(17) % 4 / 10)
    root = np.array([0.5, 0.9, -4.0]) + along
    joints = forward_kinematics(rotations, lengths, root) * [1, -1, -1]  # y up -> camera
    pelvis = joints[:, 0].astype(np.float32)
    sequence = make_sequence(times_s=np.arange(5) / 25)
    return replace(sequence, joints_3d_m=(joints - pelvis[:, None]).astype(np.float32), root_camera_m=pelvis)


@pytest.fixture
def two_people(moving: PoseSequence) -> PoseSequence:
    """The moving body as person 4, and as person 2, a metre to the right, from the second frame on."""
    other = replace(moving, root_camera_m=moving.root_camera_m + np.array([1, 0, 0], np.float32))
    rows = {
        name: np.concatenate([getattr(moving, name), getattr(other, name)[1:]])
        for name in PoseSequence.ROW_FIELDS
    }
    rows["track_id"] = np.repeat([4, 2], [5, 4])
    return replace(moving, **rows)


def camera_joints(sequence: PoseSequence) -> np.ndarray:
    """[N,17,3] in the camera frame."""
    return sequence.joints_3d_m.astype(float) + sequence.root_camera_m[:, None]
