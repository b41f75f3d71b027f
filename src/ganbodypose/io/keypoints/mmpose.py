"""MMPose: the predictions of its inferencer (`--pred-out-dir`) and of its demo scripts (`--save-predictions`).

    video     [{"frame_id": 0, "instances": [PERSON, ...]}, ...]
    picture   [PERSON, ...]                                     one file a picture
    demo      {"meta_info": {"keypoint_id2name": {"0": "nose", ...}}, "instance_info": [{"frame_id": 1, ...}]}
    PERSON    {"keypoints": [[x, y], ...], "keypoint_scores": [...], "bbox": [[x0, y0, x1, y1]], "track_id": 1}

Demo scripts count pictures from 1 (or from 0, if the first is that), the inferencer from 0. Keypoints are
named by `meta_info` where it is there, else the set follows from their number.

Format: MMPose 1.x, mmpose/apis/inferencers and mmpose/structures/utils.py (split_instances)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ganbodypose.core import Detection
from ganbodypose.io.keypoints.frames import (
    KeypointFrame,
    first_entry,
    need,
    need_list,
    numbers,
    people_frame,
    person,
    reading,
    whole,
)
from ganbodypose.skeletons import Skeleton


def is_mmpose(contents: Any) -> bool:
    """A video's predictions; those of a picture are `is_mmpose_picture`."""
    if isinstance(contents, dict):
        return "instance_info" in contents
    return "instances" in first_entry(contents)


def is_mmpose_picture(contents: Any) -> bool:
    return contents == [] or "keypoint_scores" in first_entry(contents)


def mmpose_frames(path: Path, contents: Any) -> list[KeypointFrame]:
    """Frames of a video; UserError names the file, the frame and what is wrong there."""
    skeleton, first = None, 0
    if isinstance(contents, dict):
        with reading(path):
            skeleton = _named(contents.get("meta_info"))
            contents = need_list(contents["instance_info"], "'instance_info'")
        first = 0 if first_entry(contents).get("frame_id") == 0 else 1
    frames: list[KeypointFrame] = []
    for number, entry in enumerate(contents):
        with reading(path, f"entry {number}"):
            index = whole(need(entry, "frame_id"), "'frame_id'")
            people = need_list(need(entry, "instances"), "'instances'")
        frames.append(mmpose_picture(path, people, index - first, skeleton))
    return frames


def mmpose_picture(
    path: Path, people: list[Any], index: int, skeleton: Skeleton | None = None
) -> KeypointFrame:
    """The people in one picture; UserError names the file, the frame, the person and what is wrong there."""
    found = []
    for number, entry in enumerate(people):
        with reading(path, f"frame {index}, instances[{number}]"):
            found.append(_person(entry, skeleton))
    return people_frame(index, found)


def _person(entry: Any, skeleton: Skeleton | None) -> tuple[Detection | None, int | None]:
    xy = numbers(need(entry, "keypoints"), "'keypoints'")
    scores = numbers(need(entry, "keypoint_scores"), "'keypoint_scores'")
    if xy.ndim != 2 or xy.shape[1] != 2 or scores.shape != xy.shape[:1]:
        raise ValueError(
            f"'keypoints' [J,2] and 'keypoint_scores' [J] are expected, not {list(xy.shape)} and "
            f"{list(scores.shape)} (3D poses need no lifting)"
        )
    if skeleton is not None and len(skeleton) != len(xy):
        raise ValueError(f"{len(skeleton)} keypoints are named, but a person has {len(xy)}")
    number = entry.get("track_id")
    return person(xy, scores, skeleton), number if isinstance(number, int) and number >= 0 else None


def _named(meta: Any) -> Skeleton | None:
    """The file's own set of keypoints, where it names a body we know by name."""
    names = meta.get("keypoint_id2name") if isinstance(meta, dict) else None
    if not isinstance(names, dict) or not names:
        return None
    try:
        joints = tuple(str(names[key]) for key in sorted(names, key=int))
        skeleton = Skeleton("mmpose", joints, (-1,) * len(joints))
    except ValueError as error:
        raise ValueError(f"'keypoint_id2name' must number every name once ({error})") from error
    return skeleton if {"left_hip", "right_hip"} <= set(joints) else None
