"""Where the body stands in front of the camera."""

from __future__ import annotations

import numpy as np

_MIN_JOINTS = 3
_FIRM_M = 0.02  # an expected error beneath which a joint is not trusted more
_PLAUSIBLE = 1.6  # the depth may differ from that of the apparent size by this factor


def solve_root(joints_3d: np.ndarray, rays: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The pelvis position t [...,3] m in the camera frame that puts a root-relative pose onto its rays.

    joints_3d [...,J,3] m, camera axes, relative to the pelvis; rays [...,J,3] with z = 1
    (`camera.unproject`); weights [...,J] >= 0.
    Minimises sum_j w_j ||(X_j + t)_xy - ray_j,xy (X_j + t)_z||^2, which is linear in t.
    NaN joints or rays are left out; NaN where fewer than three joints are left, where their rays coincide, or
    where the solution is not in front of the camera.
    """
    joints, ray_xy, w = _usable(joints_3d, rays, weights)

    # The residual of joint j is t_xy - ray_j t_z - gap_j. Eliminating t_xy leaves a regression of gap on ray.
    gap = ray_xy * joints[..., 2:] - joints[..., :2]
    total = np.where(((w > 0).sum(-2) >= _MIN_JOINTS), w.sum(-2), np.nan)
    mean_ray, mean_gap = (w * ray_xy).sum(-2) / total, (w * gap).sum(-2) / total
    ray_spread = ray_xy - mean_ray[..., None, :]
    spread = (w * ray_spread**2).sum((-1, -2))
    covariance = (w * ray_spread * (gap - mean_gap[..., None, :])).sum((-1, -2))
    # Rays closer together than rounding (1e-12 squared units) say nothing about the distance.
    depth = -covariance / np.where(spread > 1e-12 * total[..., 0], spread, np.nan)
    depth = np.where(depth > 0, depth, np.nan)[..., None]
    return np.concatenate([mean_gap + mean_ray * depth, depth], axis=-1)


def root_at_depth(
    joints_3d: np.ndarray, rays: np.ndarray, depth: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """`solve_root` with the depth t_z [...] m given: the best t_xy, as [...,3]; NaN without a usable joint."""
    joints, ray_xy, w = _usable(joints_3d, rays, weights)
    offset = ray_xy * (joints[..., 2:] + np.asarray(depth)[..., None, None]) - joints[..., :2]
    total = w.sum(-2)
    t_xy = (w * offset).sum(-2) / np.where(total > 0, total, np.nan)
    return np.concatenate([t_xy, np.broadcast_to(np.asarray(depth)[..., None], (*t_xy.shape[:-1], 1))], -1)


def weak_perspective_depth(
    joints_3d: np.ndarray, rays: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Depth [...] m at which the pose is as large as it looks; coarser than `solve_root` but always positive.

    The ratio of the weighted spreads of joints_3d [...,J,3] and rays [...,J,3] across the viewing axis; NaN where
    fewer than three joints are usable or either spread is zero.
    """
    joints, ray_xy, w = _usable(joints_3d, rays, weights)
    enough = (w > 0).sum((-1, -2)) >= _MIN_JOINTS
    true, seen = _spread(joints[..., :2], w), _spread(ray_xy, w)
    possible = enough & (true > 0) & (seen > 0)
    return np.where(possible, true / np.where(seen > 0, seen, 1.0), np.nan)


def measured_depth(
    joints_3d: np.ndarray, rays: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The depth [...] m of `solve_root`, or, where the apparent size speaks against it, `weak_perspective_depth`; and
    how much is known of it: the inverse variance [...] of its logarithm by apparent size.

    weights [...,J] are the inverse variances (1/m^2) of the joints: a pose of which only joints close to each other
    are known tells little.
    """
    by_size = weak_perspective_depth(joints_3d, rays, weights)
    by_rays = solve_root(joints_3d, rays, weights)[..., 2]
    ratio = by_rays / by_size
    depth = np.where((ratio > 1 / _PLAUSIBLE) & (ratio < _PLAUSIBLE), by_rays, by_size)
    joints, _, w = _usable(joints_3d, rays, weights)
    return depth, w.sum((-1, -2)) * np.square(_spread(joints[..., :2], w))


def joint_weights(confidence: np.ndarray, expected_error_m: np.ndarray) -> np.ndarray:
    """Inverse variances [...] 1/m^2 of joints, as `measured_depth` takes them, by their expected errors and what the
    detector thinks of them."""
    return confidence / np.square(expected_error_m + _FIRM_M)


def _usable(
    joints_3d: np.ndarray, rays: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """joints [...,J,3], xy of the rays [...,J,2] and weights [...,J,1]; all 0 where a joint cannot be used."""
    joints, rays = np.asarray(joints_3d, dtype=np.float64), np.asarray(rays, dtype=np.float64)
    usable = np.isfinite(joints).all(-1) & np.isfinite(rays).all(-1)
    w = usable * 1.0 if weights is None else np.where(usable & (np.asarray(weights) > 0), weights, 0.0)
    usable = usable[..., None]
    return np.where(usable, joints, 0.0), np.where(usable, rays[..., :2], 0.0), w[..., None]


def _spread(points: np.ndarray, w: np.ndarray) -> np.ndarray:
    total = np.maximum(w.sum(-2, keepdims=True), 1e-300)
    mean = (w * points).sum(-2, keepdims=True) / total
    return np.sqrt((w * (points - mean) ** 2).sum((-1, -2)) / total[..., 0, 0])
