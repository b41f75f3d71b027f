"""What the network is given: one code path for live streams, files and training batches."""

from __future__ import annotations

import numpy as np

from ganbodypose.geometry.virtual_camera import VirtualCamera

NOMINAL_INTERVAL_S = 1 / 30
MAX_DEPTH_M = 1.5
MAX_PLANE = 6.0  # extents; what lies farther out is a wild detection


def joint_features(
    view: VirtualCamera, rays: np.ndarray, confidence: np.ndarray, depth_m: np.ndarray | None
) -> np.ndarray:
    """Joints [P,17,5]: x, y in units of the extent, z (m), has-depth, confidence; all 0 where missing.

    rays [P,17,3] (z = 1, camera frame, NaN where missing), confidence [P,17], depth_m [P,17] along the view
    relative to the pelvis, NaN where unknown.
    """
    plane = view.normalise(rays)
    present = np.isfinite(plane).all(-1) & (confidence > 0)
    features = np.zeros((*confidence.shape, 5), np.float32)
    features[..., :2] = np.where(present[..., None], np.clip(plane, -MAX_PLANE, MAX_PLANE), 0)
    if depth_m is not None:
        known = present & np.isfinite(depth_m)
        features[..., 2] = np.where(known, np.clip(depth_m, -MAX_DEPTH_M, MAX_DEPTH_M), 0)
        features[..., 3] = known
    features[..., 4] = np.where(present, confidence, 0)
    return features


def condition_features(view: VirtualCamera, up_camera: np.ndarray, dt_s: np.ndarray | float) -> np.ndarray:
    """Condition [P,6]: up direction in the view (0 where unknown), whether it is known, log extent, interval.

    up_camera [P,3] is the world's up direction in the camera frame, NaN where unknown.
    """
    known = np.isfinite(up_camera).all(-1)
    up = np.einsum("pij,pj->pi", view.R_virtual_cam, np.where(known[:, None], up_camera, 0.0))
    interval = np.broadcast_to(np.asarray(dt_s) / NOMINAL_INTERVAL_S, known.shape)
    columns = [up, known[:, None], np.log(view.extent)[:, None] + 2.0, np.clip(interval, 0, 4)[:, None]]
    return np.concatenate(columns, 1).astype(np.float32)
