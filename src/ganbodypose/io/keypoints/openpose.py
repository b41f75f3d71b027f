"""OpenPose: a folder with one JSON file per picture (`--write_json`), also as Pose2Sim and AlphaPose write it.

    walk_000000000012_keypoints.json   {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d":
                                        [x, y, confidence, ...]}, ...]}

Pixels from the top-left corner; 0, 0, 0 is a keypoint that was not found; person_id -1 is nobody known. The number of
keypoints tells the set: BODY_25, COCO-18, and what Pose2Sim writes in this form (COCO-17, HALPE_26, ...).
Pictures are numbered by their files.

Format: OpenPose, doc/02_output.md
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ganbodypose.core import Detection
from ganbodypose.io.keypoints.frames import (
    KeypointFrame,
    need,
    need_list,
    people_frame,
    person,
    reading,
    triplets,
)


def is_openpose(contents: Any) -> bool:
    return isinstance(contents, dict) and "people" in contents


def openpose_frame(path: Path, contents: Any, index: int) -> KeypointFrame:
    """The people in one file; UserError names the file, the person and what is wrong there."""
    with reading(path):
        entries = need_list(need(contents, "people"), "'people'")
    people = []
    for number, entry in enumerate(entries):
        with reading(path, f"people[{number}]"):
            people.append(_person(entry))
    return people_frame(index, people)


def _person(entry: Any) -> tuple[Detection | None, int | None]:
    values = need(entry, "pose_keypoints_2d")
    ids = entry.get("person_id")
    known = isinstance(ids, list) and len(ids) == 1 and isinstance(ids[0], int) and ids[0] >= 0
    detection = person(*triplets(values)) if values else None  # an empty list: a face or hand alone
    return detection, ids[0] if known else None
