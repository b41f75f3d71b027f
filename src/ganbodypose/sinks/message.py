"""The JSON messages of `ws://` and `jsonl:`, version 1; documented in docs/live.md.

A reader goes by `schema`; what is added within version 1 are new keys only. Metres, seconds, pixels; missing
is null. Joints are in the camera frame (x right, y down, z forward) and relative to the pelvis.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ganbodypose.core import PersonResult
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.skeletons import H36M_17

SCHEMA = "ganbodypose.live/1"
_DECIMALS = 4  # a tenth of a millimetre, a ten-thousandth of a pixel


def hello() -> dict[str, Any]:
    """The first message: what the frames after it mean."""
    return {
        "type": "hello",
        "schema": SCHEMA,
        "joints": list(H36M_17.joints),
        "parents": list(H36M_17.parents),
        "units": {"length": "m", "time": "s", "picture": "px"},
        "axes": "camera frame: x right, y down, z forward; joints_m relative to root_m, the pelvis",
    }


def frame_message(live: LiveFrame) -> dict[str, Any]:
    """One frame with everybody in it; `captured_unix_s` is when its picture was taken."""
    age_s = time.monotonic() - live.captured_s
    return {
        "type": "frame",
        "schema": SCHEMA,
        "frame": live.result.frame_index,
        "time_s": round(live.result.time_s, 6),
        "captured_unix_s": round(time.time() - age_s, 4),
        "delay_s": round(live.delay_s, 4),
        "persons": [_person(person) for person in live.result.persons],
    }


def _person(person: PersonResult) -> dict[str, Any]:
    return {
        "id": person.track_id,
        "quality": _plain(np.asarray(person.pose_quality)),
        "root_m": _plain(person.root_camera_m),
        "joints_m": _plain(person.joints_3d_m),
        "expected_error_m": _plain(person.expected_error_m),
        "keypoints_px": _plain(person.keypoints_2d_px),
        "confidence": _plain(person.keypoints_2d_confidence),
    }


def _plain(values: np.ndarray) -> Any:
    rounded = np.round(np.asarray(values, np.float64), _DECIMALS)
    if np.isfinite(rounded).all():
        return rounded.tolist()
    missing = rounded.astype(object)
    missing[~np.isfinite(rounded)] = None
    return missing.tolist()
