"""Where a person stood in every frame of a whole recording.

How far away somebody is follows from how large a pose looks, and trembles as the pose does; people themselves come
nearer and go away slowly. So the depth is smoothed both ways over the recording, sure frames counting more; what lies
across the view stays on the rays of the frame itself.
"""

from __future__ import annotations

import numpy as np

from ganbodypose.core import Camera, PoseSequence
from ganbodypose.geometry.camera import unproject
from ganbodypose.geometry.root import joint_weights, measured_depth, root_at_depth
from ganbodypose.quality.repair.smooth import smooth

# Chosen on rendered and simulated people of the validation subjects; `benchmarks/root_trajectory.py`.
DEPTH_HZ = 0.35
_UNKNOWN_M = 0.1
_LEAST_FRAMES = 3


def steady_roots(
    joints_m: np.ndarray,
    rays: np.ndarray,
    confidence: np.ndarray,
    expected_error_m: np.ndarray,
    times_s: np.ndarray,
) -> np.ndarray:
    """Pelvis positions [T,3] m in the camera frame of one person.

    joints [T,17,3] m relative to the pelvis and their expected errors [T,17] m; rays [T,17,3] with z = 1 and
    confidence [T,17] of the detections; times_s [T]. NaN where a frame has no joint, and throughout where fewer than
    three frames tell a depth.
    """
    weights = _weights(confidence, expected_error_m)
    depth = _steady_depth(joints_m, rays, weights, times_s)
    return root_at_depth(joints_m, rays, depth, np.maximum(weights, 1e-6))


def steady_in(person: PoseSequence) -> np.ndarray:
    """The places [N,3] m of one person's rows, moved along the view to a steady depth; as they are where the recording
    is not a camera's."""
    root = person.root_camera_m.astype(np.float64)
    if not (np.isfinite(person.camera_matrix).all() and np.isfinite(person.keypoints_2d_px).any()):
        return root
    rays = unproject(Camera(person.camera_matrix, person.image_size_wh), person.keypoints_2d_px)
    weights = _weights(person.keypoints_2d_confidence, person.expected_error_m)
    depth = _steady_depth(person.joints_3d_m, rays, weights, person.time_s)
    return root * np.where(np.isfinite(depth), depth / root[:, 2], 1.0)[:, None]


def _weights(confidence: np.ndarray, expected_error_m: np.ndarray) -> np.ndarray:
    error_m = np.nan_to_num(expected_error_m, nan=_UNKNOWN_M).astype(np.float64)
    return joint_weights(np.nan_to_num(confidence), error_m)


def _steady_depth(
    joints_m: np.ndarray, rays: np.ndarray, weights: np.ndarray, times_s: np.ndarray
) -> np.ndarray:
    depth, information = measured_depth(joints_m, rays, weights)
    log_depth = np.log(depth)
    known = np.isfinite(log_depth)
    if known.sum() < _LEAST_FRAMES:
        return np.full(len(times_s), np.nan)
    unsure = 1 / information[known]
    smoothed = smooth(log_depth[known, None], times_s[known], DEPTH_HZ, unsure / np.median(unsure))
    return np.exp(np.interp(times_s, times_s[known], smoothed[:, 0]))
