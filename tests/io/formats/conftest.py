"""Two people made up so that every number can be derived by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ganbodypose.core import PoseSequence
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


def camera_joints(sequence: PoseSequence) -> np.ndarray:
    """[N,17,3] in the camera frame."""
    return sequence.joints_3d_m.astype(float) + sequence.root_camera_m[:, None]
