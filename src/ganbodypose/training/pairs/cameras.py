"""Cameras as people use them: phones and webcams, tilted, rolled, near and far, the person off-centre or cut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.core import Camera
from ganbodypose.geometry.camera import project, world_to_camera
from ganbodypose.geometry.rotation import rotvec_to_matrix

SIZES = ((640, 480), (480, 640), (640, 360), (360, 640), (512, 512), (640, 360), (480, 640))
FOV_DEG, ELEVATION_DEG, ROLL_DEG, DISTANCE_M = (35.0, 100.0), (-30.0, 70.0), 35.0, (1.5, 10.0)
_NEAREST_M = 0.35
_TRUNCATED = 0.2  # of all clips


@dataclass(frozen=True)
class Shot:
    """A camera in the world with its setting: fov_deg across the longer side, elevation_deg and roll_deg, distance_m
    from the person's centre, and whether part of the person is meant to lie outside the picture."""

    camera: Camera
    fov_deg: float
    elevation_deg: float
    roll_deg: float
    distance_m: float
    truncated: bool


def sample_shot(points: np.ndarray, rng: np.random.Generator) -> Shot:
    """A camera around points [N,3] m (world, z up) of a person in a whole clip."""
    size = SIZES[rng.integers(len(SIZES))]
    fov = rng.uniform(*FOV_DEG)
    elevation = np.clip(rng.normal(4, 8), -25, 30) if rng.random() < 0.6 else rng.uniform(*ELEVATION_DEG)
    roll = np.clip(rng.normal(0, 3), -9, 9) if rng.random() < 0.6 else rng.uniform(-ROLL_DEG, ROLL_DEG)
    truncated = bool(rng.random() < _TRUNCATED)
    K = _intrinsics(rng, size, fov)
    R = orientation(rng.uniform(0, 2 * np.pi), np.radians(elevation), np.radians(roll))
    center = (points.min(0) + points.max(0)) / 2
    spread = (points - center) @ R.T
    fill = np.exp(
        rng.uniform(np.log(1.05), np.log(1.9)) if truncated else rng.uniform(np.log(0.3), np.log(0.95))
    )
    distance = float(np.clip(distance_to_fill(spread, K, size, fill), *DISTANCE_M))
    distance = max(distance, _NEAREST_M - spread[:, 2].min())
    offset = _aim(rng, spread, K, size, distance, truncated)
    t = offset * distance - R @ center
    camera = Camera(K, size, lens(rng, fov), R, t)
    return Shot(camera, fov, float(elevation), float(roll), distance, truncated)


def orientation(azimuth: float, elevation: float, roll: float) -> np.ndarray:
    """R_cam_world [3,3] of a camera that looks at the origin from `azimuth`, `elevation` above; radians."""
    forward = -np.array(
        [np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)]
    )
    right = np.array([-np.sin(azimuth), np.cos(azimuth), 0])
    level = np.stack([right, np.cross(forward, right), forward])
    return rotvec_to_matrix(roll * np.array([0, 0, 1.0])) @ level


def distance_to_fill(spread: np.ndarray, K: np.ndarray, size: tuple[int, int], fill: float) -> float:
    """How far to be so that points `spread` [N,3] m (camera axes, about their centre) fill that part of the picture."""
    near, far = max(_NEAREST_M, -spread[:, 2].min() + 0.05), 60.0
    half = fill * np.array(size) / 2
    for _ in range(30):
        middle = (near + far) / 2
        extent = np.abs(spread[:, :2] / (spread[:, 2:] + middle)) * K[[0, 1], [0, 1]]
        near, far = (middle, far) if (extent > half).any() else (near, middle)
    return far


def lens(rng: np.random.Generator, fov_deg: float) -> np.ndarray:
    """Distortion [k1,k2,p1,p2,k3]: none for half of the cameras, stronger for wide ones; never folds over."""
    if rng.random() < 0.5:
        return np.zeros(5)
    barrel = rng.uniform(0, 0.1 + 0.2 * (fov_deg - FOV_DEG[0]) / (FOV_DEG[1] - FOV_DEG[0]))
    k1 = -barrel if rng.random() < 0.85 else barrel / 4
    # The radius stays monotone for k2 > 9 k1^2 / 20.
    return np.array([k1, 0.55 * k1 * k1, *rng.normal(0, 5e-4, 2), 0])


def cut_off(camera: Camera, joints_world: np.ndarray) -> float:
    """Part of the joints [T,J,3] that lies outside the picture."""
    px = project(camera, world_to_camera(camera, joints_world))
    with np.errstate(invalid="ignore"):
        inside = ((px > -0.5) & (px < np.array(camera.size_wh) - 0.5)).all(-1)
    return float(1 - inside.mean())


def _intrinsics(rng: np.random.Generator, size: tuple[int, int], fov_deg: float) -> np.ndarray:
    width, height = size
    focal = max(size) / 2 / np.tan(np.radians(fov_deg) / 2)
    dx, dy = rng.normal(0, 3, 2)
    return np.array([[focal, 0, (width - 1) / 2 + dx], [0, focal, (height - 1) / 2 + dy], [0, 0, 1]])


def _aim(
    rng: np.random.Generator,
    spread: np.ndarray,
    K: np.ndarray,
    size: tuple[int, int],
    distance: float,
    cut: bool,
) -> np.ndarray:
    """Where the person's centre lies on the plane z = 1, [3]: anywhere it fits, or with a part outside."""
    half = np.array(size) / 2 / K[[0, 1], [0, 1]]
    own = np.abs(spread[:, :2] / (spread[:, 2:] + distance)).max(0)
    free = np.maximum(half - own, 0)
    place = rng.uniform(-0.9, 0.9, 2) * free
    if cut:
        # Legs are cut off more often than heads.
        place = np.array([rng.uniform(-0.5, 0.5), rng.uniform(-0.3, 0.8)]) * np.maximum(own, half)
    return np.append(place, 1.0)
