"""Cameras as people use them, and what they see of a motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.geometry.rotation import rotvec_to_matrix

_ASPECTS = np.array([16 / 9, 9 / 16, 4 / 3, 3 / 4, 1.0])
NEAREST_M = 0.3


@dataclass(frozen=True)
class Scene:
    """joints_m [B,T,17,3] in the camera frame; up [B,T,3] the world's up direction there;
    half_size [B,2] half of the picture on the plane z = 1."""

    joints_m: np.ndarray
    up: np.ndarray
    half_size: np.ndarray


def film(rng: np.random.Generator, joints_world: np.ndarray, dt_s: np.ndarray, plain: bool = False) -> Scene:
    """Joints [B,T,17,3] (world, z up) seen by random cameras: field of view 35 to 100 degrees, elevation -30 to 70,
    roll up to 35, distance 1.5 to 10 m, person off-centre, sometimes hand-held. `plain`: level and still."""
    n, frames = joints_world.shape[:2]
    half_size = _half_sizes(rng, n)
    R = _orientations(rng, n, plain)
    center = joints_world.reshape(n, -1, 3).mean(1)
    filled = np.exp(rng.uniform(np.log(0.3), np.log(1.1), n))
    distance = np.clip(0.85 / (filled * half_size[:, 1]), 1.5, 10)
    free = np.maximum(1 - 0.5 / distance[:, None] / half_size, 0.1)
    aim = rng.uniform(-0.8, 0.8, (n, 2)) * free * half_size
    seen_from = np.concatenate([aim, np.ones((n, 1))], 1) * distance[:, None]  # the centre, camera frame
    shake = np.zeros((n, frames, 3)) if plain else _hand_held(rng, n, frames, dt_s)
    R_t = rotvec_to_matrix(shake) @ R[:, None]
    offset = np.einsum("btij,bj->bti", rotvec_to_matrix(shake), seen_from)
    joints = np.einsum("btij,btkj->btki", R_t, joints_world - center[:, None, None]) + offset[:, :, None]
    too_near = np.minimum(joints[..., 2].min((1, 2)) - 2 * NEAREST_M, 0)
    joints[..., 2] -= too_near[:, None, None]
    return Scene(joints.astype(np.float32), R_t[..., 2], half_size)


def _half_sizes(rng: np.random.Generator, n: int) -> np.ndarray:
    long_side = np.tan(np.radians(rng.uniform(35, 100, n)) / 2)
    aspect = rng.choice(_ASPECTS, n, p=[0.4, 0.25, 0.15, 0.1, 0.1])
    return np.stack([long_side * np.minimum(aspect, 1), long_side / np.maximum(aspect, 1)], 1)


def _orientations(rng: np.random.Generator, n: int, plain: bool) -> np.ndarray:
    """R_cam_world [n,3,3] from azimuth, elevation and roll."""
    usual = rng.random(n) < 0.6
    elevation = np.where(usual, rng.normal(4, 8, n), rng.uniform(-30, 70, n))
    tilted = np.where(rng.random(n) < 0.6, rng.normal(0, 3, n), rng.uniform(-35, 35, n))
    azimuth, pitch = rng.uniform(0, 2 * np.pi, n), np.radians(0 * elevation if plain else elevation)
    roll = np.radians(0 * tilted if plain else tilted)
    forward = np.stack([np.cos(azimuth) * np.cos(pitch), np.sin(azimuth) * np.cos(pitch), -np.sin(pitch)], -1)
    right = np.stack([np.sin(azimuth), -np.cos(azimuth), 0 * azimuth], -1)
    level = np.stack([right, np.cross(forward, right), forward], -2)
    return rotvec_to_matrix(roll[:, None] * np.array([0, 0, 1.0])) @ level


def _hand_held(rng: np.random.Generator, n: int, frames: int, dt_s: np.ndarray) -> np.ndarray:
    """Rotation vectors [n,frames,3] of a camera that sways slowly by some degrees; most stand still."""
    sway = np.radians(rng.choice([0.0, 1.0, 3.0], n, p=[0.7, 0.2, 0.1]))
    time = np.arange(frames) * dt_s[:, None]
    angle = sum(
        rng.normal(0, 1, (n, 1, 3)) * np.sin(2 * np.pi * f * time + rng.uniform(0, 6.28, (n, 1)))[..., None]
        for f in (0.2, 0.6, 1.5)
    )
    return angle * (sway / np.sqrt(1.5))[:, None, None]
