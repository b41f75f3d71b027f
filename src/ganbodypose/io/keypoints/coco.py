"""COCO keypoint results, and what AlphaPose makes of them: one list, one entry per person and picture.

    [{"image_id": "12.jpg" or 12, "category_id": 1, "keypoints": [x, y, score, ...], "score": 2.9, "idx": 1}, ...]

AlphaPose (`alphapose-results.json`) names pictures by file; in a video these are '0.jpg', '1.jpg', ... `idx` is
the person's id where it tracked (AlphaPose; in some versions in a list), `track_id` where this program wrote
the file. The number of keypoints tells the set: COCO-17, Halpe-26, Halpe-136, ...

Format: https://cocodataset.org/#format-results; AlphaPose, docs/output.md
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from ganbodypose.core import Detection
from ganbodypose.io.keypoints.frames import (
    KeypointFrame,
    first_entry,
    frame_numbers,
    need,
    people_frame,
    person,
    reading,
    triplets,
)


def is_coco(contents: Any) -> bool:
    return "image_id" in first_entry(contents)


def coco_frames(path: Path, contents: list[Any]) -> list[KeypointFrame]:
    """Frames by number; UserError names the file, the entry and what is wrong there."""
    frames: dict[int, list[tuple[Detection | None, int | None]]] = defaultdict(list)
    numbered = _numbers_of_images(path, contents)
    for number, entry in enumerate(contents):
        with reading(path, f"entry {number}"):
            image = _image(need(entry, "image_id"), numbered)
            frames[image].append((person(*triplets(need(entry, "keypoints"))), _id(entry)))
    return [people_frame(index, frames[index]) for index in sorted(frames)]


def _numbers_of_images(path: Path, contents: list[Any]) -> dict[str, int | None]:
    """Of the pictures that entries name by their files."""
    named = [entry.get("image_id") for entry in contents if isinstance(entry, dict)]
    files = list(dict.fromkeys(name for name in named if isinstance(name, str)))
    with reading(path, "'image_id'"):
        return dict(zip(files, frame_numbers([Path(file).stem for file in files]), strict=True))


def _image(image_id: Any, numbered: dict[str, int | None]) -> int:
    if isinstance(image_id, int):
        return image_id
    number = numbered[image_id] if isinstance(image_id, str) else None
    if number is None:
        raise ValueError(f"'image_id' must hold the picture's number, not {image_id!r}")
    return number


def _id(entry: dict[str, Any]) -> int | None:
    value = entry.get("idx", entry.get("track_id"))
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return int(value) if isinstance(value, int | float) and 0 <= value < float("inf") else None
