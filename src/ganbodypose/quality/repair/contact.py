"""Feet that stand do not slide: contacts are found by speed and height, the ankle is held, the leg follows.

A contact is a stretch of at least a tenth of a second in which the ankle is slow and low. There it stays at the
median of its places; towards both ends it eases back to its own way. Thigh and shin keep their lengths: the knee is
put where both reach, in the plane in which the leg was bent (two-bone inverse kinematics).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ganbodypose.geometry.rotation import unit
from ganbodypose.quality.movement.angles import SIDES
from ganbodypose.skeletons import H36M_17

_SLOW_M_PER_S = 0.35
_LOW_M = 0.10  # above the lowest the foot comes within the window
_LOW_WINDOW_S = 2.0
_LEAST_CONTACT_S = 0.1
_EASE_S = 0.08


def contacts(ankle_m: np.ndarray, times_s: np.ndarray, up: np.ndarray) -> list[tuple[int, int]]:
    """Stretches [start, stop) of rows in which the ankle [T,3] m (in a frame at rest) stands on the floor."""
    if len(ankle_m) < 3:
        return []
    speed = np.linalg.norm(np.gradient(ankle_m, times_s, axis=0), axis=-1)
    height = ankle_m @ unit(np.asarray(up, dtype=np.float64))
    lowest = np.array([_lowest_around(height, times_s, t) for t in times_s])
    standing = (speed < _SLOW_M_PER_S) & (height - lowest < _LOW_M)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], standing, [0]]).astype(int)))
    found = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [(a, b) for a, b in found if times_s[b - 1] - times_s[a] >= _LEAST_CONTACT_S]


def _lowest_around(height: np.ndarray, times_s: np.ndarray, time_s: float) -> float:
    first, last = np.searchsorted(times_s, [time_s - _LOW_WINDOW_S / 2, time_s + _LOW_WINDOW_S / 2])
    around = height[first : max(last, first + 1)]
    return float(np.nanmin(around)) if np.isfinite(around).any() else np.nan


def hold_feet(joints_m: np.ndarray, times_s: np.ndarray, up: np.ndarray) -> tuple[np.ndarray, int]:
    """joints [T,17,3] m in a frame at rest (not relative to the pelvis), and how many contacts were held."""
    held = np.array(joints_m, dtype=np.float64)
    count = 0
    for side in SIDES:
        hip, knee, ankle = H36M_17.indices(*(f"{side}_{part}" for part in ("hip", "knee", "ankle")))
        found = contacts(held[:, ankle], times_s, up)
        count += len(found)
        wanted = _held_course(held[:, ankle], times_s, found)
        moved = (wanted != held[:, ankle]).any(-1)
        held[moved, knee], held[moved, ankle] = _reach(
            held[moved, hip], held[moved, knee], held[moved, ankle], wanted[moved]
        )
    return held, count


def _held_course(ankle_m: np.ndarray, times_s: np.ndarray, found: list[tuple[int, int]]) -> np.ndarray:
    """The ankle [T,3], at rest in each contact, easing over `_EASE_S` outside of it."""
    course = ankle_m.copy()
    for start, stop in found:
        place = np.median(ankle_m[start:stop], axis=0)
        away_s = np.maximum(times_s[start] - times_s, times_s - times_s[stop - 1])
        share = 0.5 + 0.5 * np.cos(np.pi * np.clip(away_s / _EASE_S, 0, 1))
        near = share > 0
        course[near] += share[near, None] * (place - course[near])
    return course


def _reach(
    hip: np.ndarray, knee: np.ndarray, ankle: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Knees and ankles [N,3] of legs whose ankle goes to `wanted`, or as near as the leg is long."""
    thigh, shin = (np.linalg.norm(b - a, axis=-1, keepdims=True) for a, b in pairwise((hip, knee, ankle)))
    way = wanted - hip
    distance = np.clip(np.linalg.norm(way, axis=-1, keepdims=True), np.abs(thigh - shin) + 1e-6, thigh + shin)
    along = unit(way)
    bend = knee - hip
    side = unit(bend - (bend * along).sum(-1, keepdims=True) * along)
    forward = (thigh**2 - shin**2 + distance**2) / (2 * distance)
    outward = np.sqrt(np.maximum(thigh**2 - forward**2, 0.0))
    return hip + forward * along + outward * np.nan_to_num(side), hip + distance * along
