"""What readers of other tools' 2D keypoints return and share: frames of people, skeletons by size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import Detection, Keypoints2D, UserError
from ganbodypose.skeletons import BLAZEPOSE_33, COCO_17, HALPE_26, OPENPOSE_18, OPENPOSE_25, Skeleton

# Whole-body sets begin with a smaller one: COCO-WholeBody with COCO-17, Halpe-136 with Halpe-26.
SKELETON_BY_SIZE = {
    17: COCO_17,
    18: OPENPOSE_18,
    25: OPENPOSE_25,
    26: HALPE_26,
    33: BLAZEPOSE_33,
    133: COCO_17,
    136: HALPE_26,
}

LARGEST_WHOLE = (1 << 53) - 1  # of the whole numbers that JSON is sure to keep


@dataclass(frozen=True)
class KeypointFrame:
    """The people a tool found in picture number `index`, at `time_s` (NaN: the file knows no times).

    Every detection has keypoints of one person (xy_px NaN and confidence 0 where it has none), their box and
    their mean confidence. track_ids: who they are, where the tool tracked them; else None.
    """

    index: int
    time_s: float
    detections: tuple[Detection, ...]
    track_ids: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.track_ids is not None and len(set(self.track_ids)) != len(self.detections):
            raise ValueError(f"frame {self.index}: every person needs an id of its own")


def person(
    xy_px: np.ndarray,
    confidence: np.ndarray,
    skeleton: Skeleton | None = None,
    depth_m: np.ndarray | None = None,
) -> Detection | None:
    """One person from xy_px [J,2] and confidence [J] in a skeleton, by default the usual one of that size.

    None where no keypoint was found. ValueError says which sizes are known.
    """
    skeleton = skeleton or skeleton_of(len(xy_px))
    used = slice(len(skeleton))
    xy_px, confidence = np.asarray(xy_px, float)[used], np.asarray(confidence, float)[used]
    # tools write 0, 0 for what they did not find; a confidence may exceed 1 a little (heatmaps)
    missing = ~np.isfinite(xy_px).all(-1) | ~(confidence > 0)
    if missing.all():
        return None
    xy_px = np.where(missing[:, None], np.nan, xy_px)
    confidence = np.where(missing, 0.0, np.clip(confidence, 0, 1))
    box = np.concatenate([np.nanmin(xy_px, axis=0), np.nanmax(xy_px, axis=0)])
    return Detection(Keypoints2D(xy_px, confidence, skeleton, depth_m), box, float(confidence.mean()))


def skeleton_of(size: int) -> Skeleton:
    try:
        return SKELETON_BY_SIZE[size]
    except KeyError:
        known = ", ".join(map(str, SKELETON_BY_SIZE))
        raise ValueError(f"a person must have {known} keypoints, not {size}") from None


def people_frame(
    index: int, people: Sequence[tuple[Detection | None, int | None]], time_s: float = np.nan
) -> KeypointFrame:
    """A frame of (detection, id); empty detections are left out, and ids count only when all have their own."""
    found = [(detection, number) for detection, number in people if detection is not None]
    ids = tuple(number for _, number in found if number is not None)
    known = len(set(ids)) == len(found)
    return KeypointFrame(index, time_s, tuple(d for d, _ in found), ids if known else None)


def triplets(values: Any) -> tuple[np.ndarray, np.ndarray]:
    """A flat list x, y, confidence, x, ... -> [J,2] and [J]; ValueError when it is none."""
    flat = numbers(values, "the keypoints")
    if flat.ndim != 1 or not flat.size or flat.size % 3:
        raise ValueError(f"the keypoints must be a flat list of x, y, confidence, not of {flat.size} numbers")
    points = flat.reshape(-1, 3)
    return points[:, :2], points[:, 2]


def numbers(values: Any, what: str) -> np.ndarray:
    """`values` (lists, perhaps nested) as floats; ValueError says that they are none. null is NaN."""
    try:
        array = np.asarray(values, dtype=object).astype(float)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{what} must be numbers, in lists of equal length") from None
    return array


def one_number(value: Any, what: str) -> float:
    """`value`; ValueError says that it is no number. null is NaN."""
    array = numbers(value, what)
    if array.ndim:
        raise ValueError(f"{what} must be one number, not a list")
    return float(array)


def first_entry(contents: Any) -> dict[str, Any]:
    """The first of a list of objects, by whose keys a tool's files are known; empty where it is no such list."""
    first = contents[0] if isinstance(contents, list) and contents else None
    return first if isinstance(first, dict) else {}


def whole(value: Any, what: str) -> int:
    """`value`; ValueError says that it is no whole number, or a larger one than JSON is sure to keep."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{what} must be a whole number, not {value!r}")
    if abs(value) > LARGEST_WHOLE:
        raise ValueError(f"{what} must be a whole number of at most {LARGEST_WHOLE}")
    return value


def need(mapping: Any, key: str) -> Any:
    """mapping[key]; ValueError says what is missing."""
    if not isinstance(mapping, dict):
        raise ValueError(f"an object with {key!r} is expected, not {type(mapping).__name__}")
    if key not in mapping:
        raise ValueError(f"{key!r} is missing")
    return mapping[key]


def need_list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{what} must be a list, not {type(value).__name__}")
    return value


@contextmanager
def reading(path: Path, place: str = "") -> Iterator[None]:
    """A ValueError inside becomes a UserError that names the file and the place in it."""
    try:
        yield
    except ValueError as error:
        raise malformed(path, place, error) from error


def malformed(path: Path, place: str, error: Exception) -> UserError:
    where = f"{path}, {place}" if place else str(path)
    return UserError(f"{where}: {error}; export the keypoints again.")


def frame_numbers(names: Sequence[str]) -> list[int | None]:
    """The last number in each file's name that is not the same in all: 12 for 'walk_000000000012_keypoints.json', and
    for 'walk_12_camera1.json' beside others of camera 1. None for a name without a number."""
    found = [[int(digits) for digits in re.findall(r"\d+", name)] for name in names]
    last = -1
    if len({len(numbers) for numbers in found}) == 1:
        varying = [k for k, values in enumerate(zip(*found, strict=True)) if len(set(values)) > 1]
        last = varying[-1] if varying else -1
    return [numbers[last] if numbers else None for numbers in found]
