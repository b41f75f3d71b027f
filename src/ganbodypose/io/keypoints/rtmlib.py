"""rtmlib: the arrays it returns, kept as JSON. It has no file of its own; this is what its loop gives.

    [{"keypoints": [[[x, y], ...], ...], "scores": [[...], ...], "frame": 0, "track_ids": [...]}, ...]

`keypoints` [P,J,2] px and `scores` [P,J] of the P people in a picture; `frame` and `track_ids` [P] are optional. With
`to_openpose=True` there are 18 keypoints, else 17, 26 or 133 (told by their number).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def is_rtmlib(contents: Any) -> bool:
    return {"keypoints", "scores"} <= first_entry(contents).keys()


def rtmlib_frames(path: Path, contents: list[Any]) -> list[KeypointFrame]:
    """UserError names the file, the entry and what is wrong there."""
    frames = []
    for number, entry in enumerate(contents):
        with reading(path, f"entry {number}"):
            frames.append(_frame(entry, number))
    return frames


def _frame(entry: Any, number: int) -> KeypointFrame:
    xy, scores = numbers(need(entry, "keypoints"), "'keypoints'"), numbers(need(entry, "scores"), "'scores'")
    index = whole(entry.get("frame", number), "'frame'")
    if xy.size == 0:
        return people_frame(index, [])
    if xy.ndim != 3 or xy.shape[2] != 2 or scores.shape != xy.shape[:2]:
        raise ValueError(
            f"'keypoints' [P,J,2] and 'scores' [P,J] are expected, not {list(xy.shape)} and {list(scores.shape)}"
        )
    ids = entry.get("track_ids") or [None] * len(xy)
    if len(need_list(ids, "'track_ids'")) != len(xy):
        raise ValueError(f"'track_ids' must have one id for each of {len(xy)} people, not {len(ids)}")
    if not all(isinstance(who, int | None) for who in ids):
        raise ValueError(f"'track_ids' must be whole numbers, not {ids}")
    return people_frame(index, [(person(*each), who) for *each, who in zip(xy, scores, ids, strict=True)])
