"""Between points in the camera frame, rays and pixels; between the world and the camera frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ganbodypose.core import Camera, UserError

_TOLERANCE = 1e-9  # normalised image units: about a millionth of a pixel
_MAX_ITERATIONS = 50
_ASPECT_TOLERANCE = 0.01  # whole-pixel sizes of one aspect ratio differ by less
LEVEL_UP = np.array([0.0, -1.0, 0.0])  # away from the floor, in the frame of a camera that is held level
# From there to a world with z up: x the right, y away from the camera.
LEVEL_TO_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def assumed_camera(size_wh: tuple[int, int], fov_deg: float = 55.0, assumed: bool = True) -> Camera:
    """A camera without distortion that sees `fov_deg` degrees across the longer side of its picture."""
    if not 0 < fov_deg < 180:
        raise UserError(f"The field of view must lie between 0 and 180 degrees, but {fov_deg:g} was given.")
    width, height = size_wh
    focal = max(size_wh) / 2 / np.tan(np.radians(fov_deg) / 2)
    matrix = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    return Camera(matrix, (int(width), int(height)), assumed=assumed)


def scaled_to(camera: Camera, size_wh: tuple[int, int]) -> Camera:
    """The same camera for its picture resized to `size_wh`; UserError when the aspect ratio differs."""
    (width, height), (old_width, old_height) = size_wh, camera.size_wh
    if (width, height) == (old_width, old_height):
        return camera
    sx, sy = width / old_width, height / old_height
    if abs(sx / sy - 1) > _ASPECT_TOLERANCE:
        raise UserError(
            f"The camera was calibrated for {old_width}x{old_height} pixels but the video has "
            f"{width}x{height}, another aspect ratio; calibrate with pictures of the video's shape."
        )
    # Pixel centres are whole numbers, so what scales is the distance from the picture's corner at -0.5.
    scale = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1]])
    return replace(camera, matrix=scale @ camera.matrix, size_wh=(int(width), int(height)))


def project(camera: Camera, xyz_cam: np.ndarray) -> np.ndarray:
    """Points [...,3] m in the camera frame -> pixels [...,2], distorted; NaN behind the camera."""
    xyz = np.asarray(xyz_cam, dtype=np.float64)
    depth = xyz[..., 2:]
    xy = xyz[..., :2] / np.where(depth > 0, depth, np.nan)
    if camera.distortion.any():
        xy = distort(xy, camera.distortion)
    return xy @ camera.matrix[:2, :2].T + camera.matrix[:2, 2]


def unproject(camera: Camera, px: np.ndarray) -> np.ndarray:
    """Pixels [...,2] -> rays [...,3] in the camera frame with z = 1, distortion removed.

    The inverse of `project`. NaN where the distortion has no inverse, far outside the calibrated picture.
    """
    offset = np.asarray(px, dtype=np.float64) - camera.matrix[:2, 2]
    xy = offset @ np.linalg.inv(camera.matrix[:2, :2]).T
    if camera.distortion.any():
        xy = undistort(xy, camera.distortion)
    return np.concatenate([xy, np.ones_like(xy[..., :1])], axis=-1)


def world_to_camera(camera: Camera, xyz_world: np.ndarray) -> np.ndarray:
    """Points [...,3] m from the world frame to the camera frame: R x + t."""
    R, t = _pose(camera)
    return np.asarray(xyz_world, dtype=np.float64) @ R.T + t


def camera_to_world(camera: Camera, xyz_cam: np.ndarray) -> np.ndarray:
    """Points [...,3] m from the camera frame to the world frame: R^T (x - t)."""
    R, t = _pose(camera)
    return (np.asarray(xyz_cam, dtype=np.float64) - t) @ R


def _pose(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    if camera.R_cam_world is None or camera.t_cam_world is None:
        raise ValueError("the camera's pose in the world is unknown (R_cam_world is None)")
    return camera.R_cam_world, camera.t_cam_world


def distort(xy: np.ndarray, distortion: np.ndarray) -> np.ndarray:
    """OpenCV's lens model on normalised image points [...,2]; distortion [k1,k2,p1,p2,(k3,(k4,k5,k6))]."""
    return _distort_with_jacobian(np.asarray(xy, dtype=np.float64), distortion)[0]


def undistort(xy: np.ndarray, distortion: np.ndarray) -> np.ndarray:
    """The inverse of `distort` (Newton's method, to 1e-9); NaN where there is none or the lens folds over."""
    target = np.asarray(xy, dtype=np.float64)
    guess = target
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(_MAX_ITERATIONS):
            distorted, (a, b, c) = _distort_with_jacobian(guess, distortion)
            residual = distorted - target
            determinant = a * c - b * b
            error = np.abs(residual).max(-1)
            # One more step after reaching the tolerance costs nothing extra and squares the error.
            dx = (c * residual[..., 0] - b * residual[..., 1]) / determinant
            dy = (a * residual[..., 1] - b * residual[..., 0]) / determinant
            guess = guess - np.stack([dx, dy], axis=-1)
            if not (error > _TOLERANCE).any():
                break
    good = (error <= _TOLERANCE) & (determinant > 0) & (a + c > 0)
    return np.where(good[..., None], guess, np.nan)


def _distort_with_jacobian(
    xy: np.ndarray, distortion: np.ndarray
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Distorted points and their (symmetric) Jacobian as dx'/dx, dx'/dy = dy'/dx, dy'/dy."""
    k1, k2, p1, p2, k3, k4, k5, k6 = np.pad(distortion, (0, 8 - distortion.size))
    x, y = xy[..., 0], xy[..., 1]
    r2 = x * x + y * y
    top, bottom = 1 + r2 * (k1 + r2 * (k2 + r2 * k3)), 1 + r2 * (k4 + r2 * (k5 + r2 * k6))
    radial = top / bottom
    d_top, d_bottom = k1 + r2 * (2 * k2 + r2 * 3 * k3), k4 + r2 * (2 * k5 + r2 * 3 * k6)
    slope = 2 * (d_top - radial * d_bottom) / bottom  # d radial / d(x, y) = slope * (x, y)
    out_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    out_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    dx_dx = radial + x * x * slope + 2 * p1 * y + 6 * p2 * x
    dx_dy = x * y * slope + 2 * p1 * x + 2 * p2 * y
    dy_dy = radial + y * y * slope + 6 * p1 * y + 2 * p2 * x
    return np.stack([out_x, out_y], axis=-1), (dx_dx, dx_dy, dy_dy)
