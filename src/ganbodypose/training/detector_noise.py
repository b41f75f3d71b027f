"""Errors as detectors make them, on the plane z = 1 in units of the person's apparent height.

The shape follows what was measured on rendered and real pictures with BlazePose: a bias per clip and joint,
noise that is correlated in time, bursts when a limb is hidden, exchanged sides, missing joints and frames, and
a confidence that knows only part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.skeletons import H36M_17

_MIRROR = np.array(H36M_17.mirror)
_LIMBS = tuple(
    np.array(H36M_17.indices(*names))
    for names in (
        ("left_wrist", "left_elbow"),
        ("right_wrist", "right_elbow"),
        ("left_knee", "left_ankle"),
        ("right_knee", "right_ankle"),
        ("left_ankle", "right_ankle"),
        ("left_wrist",),
        ("right_wrist",),
        ("left_shoulder", "left_elbow", "left_wrist"),
        ("right_shoulder", "right_elbow", "right_wrist"),
        ("left_hip", "left_knee", "left_ankle", "right_hip", "right_knee", "right_ankle"),
    )
)
_ARMS = np.array([j for j, name in enumerate(H36M_17.joints) if any(p in name for p in ("elbow", "wrist"))])
_LEGS = np.array([j for j, name in enumerate(H36M_17.joints) if any(p in name for p in ("knee", "ankle"))])
# How much more than the average joint the far ones err, in the picture and in depth (measured on the pairs).
_FAR = np.array([any(p in name for p in ("wrist", "ankle", "head")) for name in H36M_17.joints])
_LOOSE = np.where(_FAR, 1.15, 1.0)
_LOOSE_DEPTH = np.where(_FAR, 1.6, [0.3 if "hip" in name else 1.0 for name in H36M_17.joints])


@dataclass(frozen=True)
class NoiseLevel:
    """Sizes of the errors; lengths are shares of the person's apparent height."""

    bias: float = 0.012
    drift: float = 0.012
    white: float = 0.003
    burst: float = 0.10
    burst_rate: float = 0.04
    hidden_rate: float = 0.15
    swap_rate: float = 0.20
    dropout_rate: float = 0.06
    spread: float = 0.5  # of the clip's overall level, in log units
    faint_share: float = 0.0  # of the clips in which bias, drift and white noise are nearly nothing


PERFECT = NoiseLevel(0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Detected:
    """xy [B,T,17,2] on the plane z = 1 (NaN where missing), confidence [B,T,17], z [B,T,17] m (NaN: unknown)."""

    xy: np.ndarray
    confidence: np.ndarray
    z: np.ndarray


def detect(
    rng: np.random.Generator,
    xy: np.ndarray,
    z: np.ndarray,
    half_size: np.ndarray,
    dt_s: np.ndarray,
    level: NoiseLevel,
    depth_share: float = 0.5,
) -> Detected:
    """Simulated detections of true xy [B,T,17,2] and pelvis-relative depth z [B,T,17] m."""
    height = _apparent_height(xy)
    size = height * _strength(rng, len(xy), level)[:, None, None, None]
    seen = xy + size * _smooth_error(rng, xy.shape, dt_s, level) * _LOOSE[:, None]
    confidence = np.clip(1 - np.abs(rng.normal(0, 0.06, xy.shape[:3])), 0, 1)
    seen, confidence = _bursts(rng, seen, confidence, height, dt_s, level)
    outside = (np.abs(xy) > half_size[:, None, None]).any(-1)
    hidden = outside | _hidden(rng, xy.shape[:3], level)
    seen, confidence = _hide(rng, seen, confidence, hidden, height, dt_s, level)
    depth = _depth(rng, z, dt_s, depth_share)
    seen, depth = _swap_sides(rng, seen, depth, level)
    return _drop(rng, Detected(seen, confidence, depth), level)


def _strength(rng: np.random.Generator, clips: int, level: NoiseLevel) -> np.ndarray:
    strength = np.exp(rng.normal(0, level.spread, clips))
    if level.faint_share == 0:  # draws nothing more: the errors of the fixed splits depend on it
        return strength
    return strength * np.where(rng.random(clips) < level.faint_share, rng.uniform(0, 0.3, clips), 1.0)


def ar1(
    rng: np.random.Generator, shape: tuple[int, ...], dt_s: np.ndarray, time_constant_s: np.ndarray
) -> np.ndarray:
    """Unit-variance noise [B,T,...] that is correlated over `time_constant_s` [B]."""
    keep = np.exp(-dt_s / time_constant_s).reshape(-1, *[1] * (len(shape) - 2)).astype(np.float32)
    noise = rng.standard_normal(shape, dtype=np.float32)
    for t in range(1, shape[1]):
        noise[:, t] = keep * noise[:, t - 1] + np.sqrt(1 - keep**2) * noise[:, t]
    return noise


def _apparent_height(xy: np.ndarray) -> np.ndarray:
    """[B,T,1,1]: 1.2 times the largest extent of the joints, at least that of the clip's median."""
    extent = np.ptp(xy, axis=2).max(-1)
    return (1.2 * np.maximum(extent, np.median(extent, 1, keepdims=True)))[..., None, None]


def _smooth_error(
    rng: np.random.Generator, shape: tuple[int, ...], dt_s: np.ndarray, level: NoiseLevel
) -> np.ndarray:
    n = shape[0]
    bias = rng.normal(0, level.bias, (n, 1, *shape[2:]))
    drift = level.drift * ar1(rng, shape, dt_s, np.exp(rng.uniform(np.log(0.05), np.log(0.8), n)))
    return bias + drift + rng.normal(0, level.white, shape)


def _intervals(
    rng: np.random.Generator, n: int, frames: int, rate: float, shortest: int, longest: int
) -> np.ndarray:
    """bool [n,frames]: in a share `rate` of the rows, one random interval."""
    length = rng.integers(shortest, longest + 1, n)
    start = rng.integers(-longest // 2, frames, n)
    at = np.arange(frames)
    inside = (at >= start[:, None]) & (at < (start + length)[:, None])
    return inside & (rng.random((n, 1)) < rate)


def _bursts(
    rng: np.random.Generator,
    xy: np.ndarray,
    confidence: np.ndarray,
    height: np.ndarray,
    dt_s: np.ndarray,
    level: NoiseLevel,
) -> tuple[np.ndarray, np.ndarray]:
    n, frames, _ = confidence.shape
    offset = level.burst * height * ar1(rng, xy.shape, dt_s, np.full(n, 0.15))
    for limb in _LIMBS:
        inside = _intervals(rng, n, frames, level.burst_rate * 2, 2, 25)
        noticed = (rng.random((n, 1)) < 0.5) & inside
        xy[:, :, limb] += np.where(inside[..., None, None], offset[:, :, limb], 0)
        confidence[:, :, limb] = np.where(
            noticed[..., None],
            confidence[:, :, limb] * rng.uniform(0.2, 0.9, (n, 1, 1)),
            confidence[:, :, limb],
        )
    return xy, confidence


def _hidden(rng: np.random.Generator, shape: tuple[int, int, int], level: NoiseLevel) -> np.ndarray:
    """Joints behind something for a while, or for the whole window: bool [B,T,17]."""
    n, frames, _ = shape
    hidden = np.zeros(shape, bool)
    for limb in _LIMBS:
        hidden[:, :, limb] |= _intervals(rng, n, frames, level.hidden_rate / 4, 4, 2 * frames)[..., None]
    return hidden


def _hide(
    rng: np.random.Generator,
    xy: np.ndarray,
    confidence: np.ndarray,
    hidden: np.ndarray,
    height: np.ndarray,
    dt_s: np.ndarray,
    level: NoiseLevel,
) -> tuple[np.ndarray, np.ndarray]:
    """Hidden joints are guessed with a large error and low confidence, or are missing."""
    n = len(xy)
    guess = xy + 0.08 * (level.bias > 0) * height * ar1(rng, xy.shape, dt_s, np.full(n, 0.4))
    missing = (rng.random(n) < 0.4)[:, None, None] & hidden
    xy = np.where(hidden[..., None], guess, xy)
    xy = np.where(missing[..., None], np.nan, xy)
    low = rng.uniform(0.02, 0.6, (n, 1, 1)) * rng.uniform(0.7, 1.0, confidence.shape)
    return xy, np.where(missing, 0.0, np.where(hidden, low, confidence))


def _swap_sides(
    rng: np.random.Generator, xy: np.ndarray, z: np.ndarray, level: NoiseLevel
) -> tuple[np.ndarray, np.ndarray]:
    """Left and right exchanged for a while: the whole body, the legs, or the arms. The confidence stays high."""
    n, frames = xy.shape[:2]
    everything = np.arange(17)
    for joints, share in ((everything, 0.5), (_LEGS, 0.3), (_ARMS, 0.2)):
        inside = _intervals(rng, n, frames, level.swap_rate * share, 2, 30)
        source = np.arange(17)
        source[joints] = _MIRROR[joints]
        xy = np.where(inside[..., None, None], xy[:, :, source], xy)
        z = np.where(inside[..., None], z[:, :, source], z)
    return xy, z


def _depth(rng: np.random.Generator, z: np.ndarray, dt_s: np.ndarray, share: float) -> np.ndarray:
    """Depth [B,T,17] m as BlazePose's world landmarks (most) or a depth sensor give it; NaN for the rest."""
    n = len(z)
    kind = rng.random(n) / max(share, 1e-9)
    sensor = (kind > 0.75)[:, None, None]
    slope = np.where(sensor, 1.0, rng.uniform(0.4, 1.05, (n, 1, 1)))
    bias = rng.normal(0, 1, (n, 1, z.shape[2])) * np.where(sensor, 0.015, 0.055 * _LOOSE_DEPTH)
    drift = ar1(rng, z.shape, dt_s, np.full(n, 0.25)) * np.where(sensor, 0.02, 0.055 * _LOOSE_DEPTH)
    return np.where((kind < 1)[:, None, None], slope * z + bias + drift, np.nan)


def _drop(rng: np.random.Generator, detected: Detected, level: NoiseLevel) -> Detected:
    """Frames in which nothing was detected."""
    n, frames, _ = detected.confidence.shape
    gone = _intervals(rng, n, frames, level.dropout_rate, 1, 10)
    return Detected(
        np.where(gone[..., None, None], np.nan, detected.xy),
        np.where(gone[..., None], 0.0, detected.confidence),
        np.where(gone[..., None], np.nan, detected.z),
    )
