"""Feet that stand do not slide: contacts are found by speed, the body follows the feet, the ankle is held, the leg
follows.

A contact is a stretch of at least a tenth of a second in which the ankle hardly moves. There it stays at the
median of its places; towards both ends it eases back to its own way. What slow sliding is left in the feet is that of
the whole body, whose distance a camera sees worst, and is taken out of it; the leg makes up for the rest: thigh and
shin keep their lengths, the knee is put where both reach, in the plane in which the leg was bent (two-bone inverse
kinematics).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ganbodypose.geometry.rotation import unit
from ganbodypose.quality.movement.angles import SIDES
from ganbodypose.quality.repair.smooth import smooth
from ganbodypose.skeletons import H36M_17

_SLOW_M_PER_S = 0.35
_TREMBLING_HZ = 3.0  # ankles tremble faster than this, and come and go slower
_ALONG_VIEW = 0.5  # how much of its speed along the view counts: there most of it is noise
_LEAST_CONTACT_S = 0.1
_EASE_S = 0.08
_BODY_HZ = 1.5  # the body follows its standing feet no faster

Contacts = list[tuple[int, int]]


def contacts(ankle_m: np.ndarray, times_s: np.ndarray, from_camera: bool = False) -> Contacts:
    """Stretches [start, stop) of rows in which the ankle [T,3] m (in a frame at rest) stands still.

    from_camera: the places are what a camera in the origin saw."""
    if len(ankle_m) < 3:
        return []
    velocity = np.gradient(smooth(ankle_m, times_s, _TREMBLING_HZ), times_s, axis=0)
    if from_camera:
        along = unit(ankle_m)
        velocity -= (1 - _ALONG_VIEW) * (velocity * along).sum(-1, keepdims=True) * along
    return stretches(np.linalg.norm(velocity, axis=-1) < _SLOW_M_PER_S, times_s, _LEAST_CONTACT_S)


def stretches(standing: np.ndarray, times_s: np.ndarray, least_s: float) -> Contacts:
    """The [start, stop) of rows in which `standing` bool [T] is True for at least `least_s`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], standing, [0]]).astype(int)))
    found = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [(a, b) for a, b in found if times_s[b - 1] - times_s[a] >= least_s]


def hold_feet(joints_m: np.ndarray, times_s: np.ndarray, from_camera: bool = False) -> tuple[np.ndarray, int]:
    """joints [T,17,3] m in a frame at rest (not relative to the pelvis), and how many contacts were held."""
    feet = [H36M_17.index(f"{side}_ankle") for side in SIDES]
    found = [contacts(joints_m[:, foot], times_s, from_camera) for foot in feet]
    held = joints_m + _shift([joints_m[:, foot] for foot in feet], found, times_s)[:, None]
    for side, of_foot in zip(SIDES, found, strict=True):
        hip, knee, ankle = H36M_17.indices(*(f"{side}_{part}" for part in ("hip", "knee", "ankle")))
        wanted = _held_course(held[:, ankle], times_s, of_foot)
        moved = (wanted != held[:, ankle]).any(-1)
        held[moved, knee], held[moved, ankle] = _reach(
            held[moved, hip], held[moved, knee], held[moved, ankle], wanted[moved]
        )
    return held, sum(map(len, found))


def _shift(ankles_m: list[np.ndarray], found: list[Contacts], times_s: np.ndarray) -> np.ndarray:
    """[T,3] m by which the body is moved so that its standing feet stay where they are."""
    total, feet = np.zeros((len(times_s), 3)), np.zeros((len(times_s), 1))
    for ankle_m, of_foot in zip(ankles_m, found, strict=True):
        for start, stop in of_foot:
            rows = slice(start, stop)
            total[rows] += np.median(ankle_m[rows], axis=0) - ankle_m[rows]
            feet[rows] += 1
    stands = feet[:, 0] > 0
    if not stands.any():
        return total
    shift = smooth(np.where(feet > 0, total / np.maximum(feet, 1), np.nan), times_s, _BODY_HZ)[stands]
    return np.stack([np.interp(times_s, times_s[stands], axis) for axis in shift.T], -1)


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
