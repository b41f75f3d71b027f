"""A recording as a long table: one line per frame, person and joint.

    frame_index, time_s, track_id, joint   which joint of whom and when
    x_px, y_px, confidence                 the detected keypoint in the picture
    x_m, y_m, z_m                          the joint in the camera frame (x right, y down, z forward)
    expected_error_m, pose_quality         of the joint from the pelvis; of the whole person in this frame

Metres, seconds and pixels; missing is NaN.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ganbodypose.core import PoseSequence
from ganbodypose.io.formats.tracks import blank_sequence

COLUMNS = (
    "frame_index",
    "time_s",
    "track_id",
    "joint",
    "x_px",
    "y_px",
    "confidence",
    "x_m",
    "y_m",
    "z_m",
    "expected_error_m",
    "pose_quality",
)
NUMBERS = COLUMNS[4:]


def values_of(sequence: PoseSequence) -> np.ndarray:
    """[N,17,8] in the order of NUMBERS."""
    position = sequence.joints_3d_m.astype(float) + sequence.root_camera_m[:, None]
    quality = np.broadcast_to(sequence.pose_quality[:, None], position.shape[:2])
    columns = (sequence.keypoints_2d_confidence, sequence.expected_error_m, quality)
    confidence, error, quality = (column[..., None] for column in columns)
    return np.concatenate([sequence.keypoints_2d_px, confidence, position, error, quality], axis=-1)


def sequence_of_table(keys: np.ndarray, time_s: np.ndarray, values: np.ndarray) -> PoseSequence:
    """keys [N,2] frame and person, values [N,17,8] in the order of NUMBERS, in any order of rows.

    The frame rate is the average one, NaN with fewer than two frames.
    """
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    (frame, track), time_s = keys[order].T, time_s[order]
    values = values[order]
    duration_s, frames = time_s[-1] - time_s[0], frame[-1] - frame[0]
    fps = float(frames / duration_s) if duration_s > 0 else float("nan")
    blank = blank_sequence(frame, time_s, track, values[..., 3:6], values[..., 6], fps)
    return replace(
        blank,
        keypoints_2d_px=values[..., :2].astype(np.float32),
        keypoints_2d_confidence=values[..., 2].astype(np.float32),
        pose_quality=values[:, 0, 7].astype(np.float32),
    )
