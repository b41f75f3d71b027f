"""MediaPipe Pose: dumps of its 33 landmarks as JSON. MediaPipe writes no file itself; these are the usual ones.

    [FRAME, ...] or {"frames": [FRAME, ...]}
    FRAME     {"pose_landmarks" or "poseLandmarks" or "landmarks": PEOPLE, "pose_world_landmarks"...: PEOPLE,
               "frame" or "frame_index": 0, "timestamp_ms" or "time_s": 0}        all but the first optional
    PEOPLE    null, a person, {"landmark": person} or a list of persons (Tasks)
    person    33 of {"x", "y", "z", "visibility"} or of [x, y, z, visibility]

x and y are fractions of the picture's width and height, from its corner; pixels are taken too (most values beyond
LARGEST_FRACTION). The depth that lifting uses is the world landmarks' z, metres from the hips' midpoint; the plain z
has no unit and is left out. Dumps as a table: `mediapipe_csv`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import Detection, UserError
from ganbodypose.io.keypoints.frames import (
    KeypointFrame,
    first_entry,
    need,
    need_list,
    numbers,
    one_number,
    people_frame,
    person,
    reading,
    whole,
)
from ganbodypose.skeletons import BLAZEPOSE_33

LARGEST_FRACTION = 4.0  # of the picture: bodies reach out of it, but not that far
_JOINTS = len(BLAZEPOSE_33)
_IMAGE = ("pose_landmarks", "poseLandmarks", "landmarks")
_WORLD = ("pose_world_landmarks", "poseWorldLandmarks", "world_landmarks", "worldLandmarks")
_INDEX = ("frame", "frame_index", "frame_id", "frame_number")
TIME_UNITS_S = {"time_s": 1.0, "time": 1.0, "timestamp": 1.0, "timestamp_ms": 1e-3, "timestamp_us": 1e-6}


def is_mediapipe(contents: Any) -> bool:
    frames = contents.get("frames") if isinstance(contents, dict) else contents
    return any(key in first_entry(frames) for key in _IMAGE)


def mediapipe_frames(path: Path, contents: Any, size_wh: tuple[int, int] | None) -> list[KeypointFrame]:
    """UserError names the file, the frame and what is wrong there; fractions need the picture's size."""
    frames = contents["frames"] if isinstance(contents, dict) else contents
    parsed = []
    for number, entry in enumerate(frames):
        with reading(path, f"frame {number}"):
            parsed.append(_parsed(entry, number))
    scale = pixel_scale(path, [image for *_, people in parsed for image, _ in people], size_wh)
    return [
        people_frame(index, [(landmark_person(*each, scale), None) for each in people], time_s)
        for index, time_s, people in parsed
    ]


def pixel_scale(path: Path, people: list[np.ndarray], size_wh: tuple[int, int] | None) -> np.ndarray | None:
    """Width and height where landmarks [33,4] are fractions of them, None where they are pixels."""
    if _are_pixels(people):
        return None
    if size_wh is None:
        raise UserError(f"{path} holds fractions of the picture; give its size, e.g. --size 1920x1080.")
    return np.array(size_wh, float)


def _are_pixels(people: list[np.ndarray]) -> bool:
    """Most of what was seen decides: a single landmark may lie far off, and 0 stands for what was not found."""
    seen = np.abs(np.concatenate([np.empty((0, 2)), *(image[image[:, 3] > 0, :2] for image in people)]))
    given = seen[seen > 0]
    return given.size > 0 and bool(np.median(given) > LARGEST_FRACTION)


def landmark_person(
    image: np.ndarray, world: np.ndarray | None, scale: np.ndarray | None
) -> Detection | None:
    """One person from landmarks [33,4] x, y, z, visibility, and world landmarks or None."""
    xy_px = image[:, :2] if scale is None else image[:, :2] * scale - 0.5  # pixel 0 has its centre at 0
    return person(xy_px, image[:, 3], BLAZEPOSE_33, None if world is None else world[:, 2])


def _parsed(entry: Any, number: int) -> tuple[int, float, list[tuple[np.ndarray, np.ndarray | None]]]:
    if not isinstance(entry, dict):
        raise ValueError(f"an object is expected, not {type(entry).__name__}")
    index = whole(_first(entry, _INDEX, number), "the frame's number")
    people, world = _people(_first(entry, _IMAGE, None)), _people(_first(entry, _WORLD, None))
    if world and len(world) != len(people):
        raise ValueError(f"{len(people)} people have landmarks, but {len(world)} have world landmarks")
    worlds: Sequence[np.ndarray | None] = world if world else [None for _ in people]
    return index, _time_s(entry), list(zip(people, worlds, strict=True))


def _time_s(entry: dict[str, Any]) -> float:
    key = next((key for key in TIME_UNITS_S if entry.get(key) is not None), None)
    return one_number(entry[key], f"{key!r}") * TIME_UNITS_S[key] if key else np.nan


def _first(entry: dict[str, Any], keys: tuple[str, ...], default: Any) -> Any:
    return next((entry[key] for key in keys if key in entry), default)


def _people(value: Any) -> list[np.ndarray]:
    """Every person [33,4]."""
    if isinstance(value, dict):
        value = value.get("landmark")
    if not value:
        return []
    first = need_list(value, "the landmarks")[0]
    is_list_of_people = isinstance(first, dict) and "landmark" in first
    is_list_of_people |= isinstance(first, list) and bool(first) and isinstance(first[0], dict | list)
    if not is_list_of_people:
        return [_landmarks(value)]
    return [
        _landmarks(need_list(need(each, "landmark") if isinstance(each, dict) else each, "a person"))
        for each in value
    ]


def _landmarks(rows: list[Any]) -> np.ndarray:
    if len(rows) != _JOINTS:
        raise ValueError(f"a person must have {_JOINTS} landmarks, not {len(rows)}")
    if isinstance(rows[0], dict):
        rows = [_from_dict(row) for row in rows]
    values = numbers(rows, "landmarks")
    if values.ndim != 2 or values.shape[1] != 4:
        raise ValueError(f"a landmark must be x, y, z, visibility, not {values.shape[-1]} numbers")
    return values


def _from_dict(landmark: Any) -> list[Any]:
    if not isinstance(landmark, dict):
        raise ValueError(f"a landmark must be an object with x and y, not {type(landmark).__name__}")
    return [landmark.get("x"), landmark.get("y"), landmark.get("z"), landmark.get("visibility", 1.0)]
