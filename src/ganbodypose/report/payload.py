"""What the report's own scripts need, small enough to travel inside the page.

Numbers are whole numbers in base64 (little endian), 2 or 4 bytes each, with the smallest value for NaN: a
third of the size of decimal text, and a browser reads it without building millions of objects.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from ganbodypose.core import PoseSequence
from ganbodypose.geometry.floor import SOLE_BELOW_ANKLE_M
from ganbodypose.quality.movement.angles import joint_angles
from ganbodypose.report.colors import ERROR_SCALE_MM, UNKNOWN_RGB, css_color, error_scale, person_color
from ganbodypose.skeletons import H36M_17

MAX_ROWS = 12_000
"""Rows (one person in one frame) that a report carries: about 3 MB."""
MAX_PERSONS = 8
_SCALE_STEPS = 64
_FLOOR_WINDOW_S = 2.0


@dataclass(frozen=True)
class Coloring:
    """What bodies are coloured by: lengths_m [N,17] of every row and joint, and what they are, in words."""

    words: str
    lengths_m: np.ndarray


@dataclass(frozen=True)
class Excerpt:
    """What of a sequence the report shows: people, most frames first, and every `stride`-th frame."""

    people: tuple[PoseSequence, ...]
    stride: int
    omitted_people: int

    @classmethod
    def of(cls, sequence: PoseSequence, max_rows: int = MAX_ROWS, max_persons: int = MAX_PERSONS) -> Excerpt:
        """At most so many people, and rows of all of them together."""
        ids = sequence.track_ids
        shown = np.isin(sequence.track_id, ids[:max_persons])
        stride = max(1, -(-int(shown.sum()) // max_rows))
        _, order = np.unique(sequence.frame_index, return_inverse=True)
        in_step = order % stride == 0
        rows = [np.flatnonzero(in_step & (sequence.track_id == track_id)) for track_id in ids[:max_persons]]
        people = tuple(sequence.rows(of_person) for of_person in rows if of_person.size)
        return cls(people, stride, len(ids) - len(people))


def pack(values: np.ndarray, per_unit: float, dtype: str = "<i2") -> str:
    """`values` times `per_unit`, rounded and clipped to `dtype`, in base64; NaN is its smallest value."""
    limits = np.iinfo(dtype)
    scaled = np.multiply(values, per_unit, dtype=np.float32 if limits.bits == 16 else np.float64)
    missing = ~np.isfinite(scaled)
    np.clip(np.rint(scaled, out=scaled), limits.min + 1, limits.max, out=scaled)
    scaled[missing] = limits.min
    return base64.b64encode(scaled.astype(dtype).tobytes()).decode()


def unpack(packed: str, per_unit: float, dtype: str = "<i2") -> np.ndarray:
    """The inverse of `pack`, flat, as float64."""
    whole = np.frombuffer(base64.b64decode(packed), dtype=dtype)
    return np.where(whole == np.iinfo(dtype).min, np.nan, whole / per_unit)


def payload(excerpt: Excerpt, color_words: str = "expected error") -> dict[str, Any]:
    """JSON-ready data of the page: lengths in mm, times in ms, angles in 0.1 degree, quality in 0.1 %."""
    times_s = np.concatenate([person.time_s for person in excerpt.people]) if excerpt.people else np.zeros(0)
    steps_s = [np.diff(person.time_s) for person in excerpt.people if len(person) > 1]
    step_s = float(np.median(np.concatenate(steps_s))) if steps_s else 0.0
    return {
        "joints": [joint.replace("_", " ") for joint in H36M_17.joints],
        "bones": [list(bone) for bone in H36M_17.bones],
        "scale": [css_color(rgb) for rgb in error_scale(_SCALE_STEPS)],
        "scaleMm": ERROR_SCALE_MM,
        "colorWords": color_words,
        "unknown": css_color(UNKNOWN_RGB),
        "startS": float(np.min(times_s)) if times_s.size else 0.0,
        "endS": float(np.max(times_s)) if times_s.size else 0.0,
        "gapS": 2.5 * step_s,
        "people": [_person(person) for person in excerpt.people],
    }


def floor_below_camera_m(person: PoseSequence) -> np.ndarray:
    """How far the floor lies below the camera, [N] m: the lowest joint of the two seconds around each row.

    The camera is taken to be level; a window rather than one floor for all keeps feet on the ground in spite
    of a slightly pitched camera.
    """
    lowest = (person.joints_3d_m[..., 1] + person.root_camera_m[:, None, 1]).astype(np.float64)
    known = np.isfinite(lowest).any(axis=-1)
    if not known.any():
        return np.full(len(person), np.nan)
    down = np.interp(np.arange(len(person)), np.flatnonzero(known), np.nanmax(lowest[known], axis=-1))
    span_s = float(person.time_s[-1] - person.time_s[0])
    window = round(_FLOOR_WINDOW_S * (len(person) - 1) / span_s) | 1 if span_s > 0 else 1
    envelope = maximum_filter1d(down, window, mode="nearest")
    return uniform_filter1d(envelope, window, mode="nearest") + SOLE_BELOW_ANKLE_M


def _person(person: PoseSequence) -> Mapping[str, Any]:
    angles = joint_angles(person.joints_3d_m)
    return {
        "id": int(person.track_id[0]),
        "color": css_color(person_color(int(person.track_id[0]))),
        "rows": len(person),
        "timeMs": pack(person.time_s, 1000, "<i4"),
        "frame": pack(person.frame_index, 1, "<i4"),
        "jointsMm": pack(person.joints_3d_m, 1000),
        "rootMm": pack(person.root_camera_m, 1000, "<i4"),
        "floorMm": pack(floor_below_camera_m(person), 1000, "<i4"),
        "errorMm": pack(person.expected_error_m, 1000),
        "quality": pack(person.pose_quality, 1000),
        "angles": {f"{side} {angle}": pack(values, 10) for (angle, side), values in angles.items()},
    }
