"""A clip together with what one camera saw of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.core import Camera, Clip, Keypoints2D
from ganbodypose.geometry.camera import LEVEL_TO_Z_UP

# The world of data that are known in the camera frame only: that of a level camera at the origin. It has z up,
# as a clip must have, as nearly as the camera was level; x stays, y_camera = -z_world, z_camera = y_world.
LEVEL_R_CAM_WORLD = LEVEL_TO_Z_UP.T
# Files of animators have y up and z towards the viewer: x stays, z is y, y is -z.
Y_UP_TO_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class ViewClip:
    """`clip` as one camera saw it.

    keypoints: [T,17] in pixels; a joint that was not found is NaN with confidence 0. camera: with its pose in the
    clip's world; None when the file does not tell. valid [T]: False where the dataset itself excludes the frame.
    cam_from_world [T,4,4]: the poses of a camera that moves (m); `camera` then has intrinsics only.
    """

    clip: Clip
    keypoints: Keypoints2D
    camera: Camera | None = None
    valid: np.ndarray | None = None
    cam_from_world: np.ndarray | None = None

    def __post_init__(self) -> None:
        frames = len(self.clip.joints_m)
        per_frame = (self.keypoints.xy_px, self.valid, self.cam_from_world)
        if any(values is not None and len(values) != frames for values in per_frame):
            raise ValueError(f"clip {self.clip.name}: every part of a view must have its {frames} frames")


def level_world(xyz_cam: np.ndarray) -> np.ndarray:
    """Points [...,3] of the camera frame in the world of a level camera (`LEVEL_R_CAM_WORLD`)."""
    return xyz_cam @ LEVEL_R_CAM_WORLD.astype(xyz_cam.dtype)


def level_camera(matrix: np.ndarray, size_wh: tuple[int, int]) -> Camera:
    """The camera without distortion whose frame `level_world` starts from."""
    return Camera(matrix, size_wh, R_cam_world=LEVEL_R_CAM_WORLD, t_cam_world=np.zeros(3))


def found(xy_px: np.ndarray, confidence: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints with their confidence: 1 where the file states none, NaN and 0 where a joint is missing."""
    if confidence is None:
        confidence = np.ones(xy_px.shape[:-1])
    missing = ~np.isfinite(xy_px).all(-1) | ~(confidence > 0)
    return np.where(missing[..., None], np.nan, xy_px), np.where(missing, 0.0, confidence)
