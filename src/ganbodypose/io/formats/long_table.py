"""A recording as a long table: one line per frame, person and joint.

    frame_index, time_s, track_id, joint   which joint of whom and when
    x_px, y_px, confidence                 the detected keypoint in the picture
    x_m, y_m, z_m                          the joint in the camera frame (x right, y down, z forward)
    expected_error_m, pose_quality         of the joint from the pelvis; of the whole person in this frame

Metres, seconds and pixels; missing is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ganbodypose.core import PoseSequence, UserError, average_fps
from ganbodypose.io.formats.tracks import blank_sequence
from ganbodypose.skeletons import H36M_17

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
_JOINTS = len(H36M_17)


def values_of(sequence: PoseSequence) -> np.ndarray:
    """[N,17,8] in the order of NUMBERS."""
    position = sequence.joints_3d_m.astype(float) + sequence.root_camera_m[:, None]
    quality = np.broadcast_to(sequence.pose_quality[:, None], position.shape[:2])
    columns = (sequence.keypoints_2d_confidence, sequence.expected_error_m, quality)
    confidence, error, quality = (column[..., None] for column in columns)
    return np.concatenate([sequence.keypoints_2d_px, confidence, position, error, quality], axis=-1)


def sequence_of_table(
    keys: np.ndarray, time_s: np.ndarray, values: np.ndarray, where: Callable[[int], str]
) -> PoseSequence:
    """Of lines in any order: keys [L,3] frame, person and number of the joint, time_s [L], values [L,8] in the order
    of NUMBERS.

    The frame rate is the average one, NaN with fewer than two frames. A person's quality in a frame is that of any
    joint. UserError, beginning with `where(line)`, when a joint is there a second time.
    """
    rows, first, row = np.unique(keys[:, :2], axis=0, return_index=True, return_inverse=True)
    row = row.ravel()
    _require_once(row * _JOINTS + keys[:, 2], keys, where)
    table = np.full((len(rows), _JOINTS, len(NUMBERS)), np.nan)
    table[row, keys[:, 2]] = values
    (frame, track), time_s = rows.T, time_s[first]
    fps = average_fps(frame[-1] - frame[0], time_s[-1] - time_s[0])
    blank = blank_sequence(frame, time_s, track, table[..., 3:6], table[..., 6], fps)
    told = np.isfinite(table[..., 7]).argmax(1)  # the first joint with a quality
    return replace(
        blank,
        keypoints_2d_px=table[..., :2].astype(np.float32),
        keypoints_2d_confidence=table[..., 2].astype(np.float32),
        pose_quality=table[np.arange(len(rows)), told, 7].astype(np.float32),
    )


def _require_once(cells: np.ndarray, keys: np.ndarray, where: Callable[[int], str]) -> None:
    _, first = np.unique(cells, return_index=True)
    again = np.setdiff1d(np.arange(len(cells)), first)
    if len(again):
        frame, track, joint = keys[again[0]]
        raise UserError(
            f"{where(int(again[0]))} gives {H36M_17.joints[joint]} of person {track} in frame {frame} a second time; "
            "remove one of them."
        )
