"""2D keypoints that other tools found, for lifting without the video; the tool is known by the contents.

    read_keypoints(path, fps=None, size_wh=None) -> KeypointRecording

OpenPose (folder), AlphaPose and COCO results, MMPose (file or folder), rtmlib and MediaPipe (JSON, CSV).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.io.keypoints.coco import coco_frames, is_coco
from ganbodypose.io.keypoints.frames import LARGEST_WHOLE, KeypointFrame, frame_numbers
from ganbodypose.io.keypoints.mediapipe import is_mediapipe, mediapipe_frames
from ganbodypose.io.keypoints.mediapipe_csv import mediapipe_csv_frames
from ganbodypose.io.keypoints.mmpose import is_mmpose, is_mmpose_picture, mmpose_frames, mmpose_picture
from ganbodypose.io.keypoints.openpose import is_openpose, openpose_frame
from ganbodypose.io.keypoints.rtmlib import is_rtmlib, rtmlib_frames
from ganbodypose.io.sources.images import IMAGE_SUFFIXES
from ganbodypose.io.text import read_json, read_text

MOST_PEOPLE = 300  # in one picture: the work grows with the square
_LEAST_FPS = 1.0  # slower ones are milliseconds taken for seconds
_SAME_RATE = 0.02  # relative; times are often rounded to milliseconds

__all__ = ["KeypointFrame", "KeypointRecording", "is_keypoints", "read_keypoints"]


@dataclass(frozen=True)
class KeypointRecording:
    """Everything a tool found: `frames` in time order, with increasing index and time.

    tool is its name ('openpose', ...); fps Hz, NaN where neither the file nor the caller told it. notes: what was
    read otherwise than asked for, one clause each.
    """

    tool: str
    frames: tuple[KeypointFrame, ...]
    fps: float
    notes: tuple[str, ...] = ()


def is_keypoints(path: str | Path) -> bool:
    """A .json or .csv file, or a folder with at least as many .json files as pictures: beside pictures there may be a
    file of notes, and beside keypoints the pictures with the skeletons drawn in."""
    path = Path(path)
    if not path.is_dir():
        return path.suffix.lower() in (".json", ".csv")
    counts = Counter(file.suffix.lower() for file in path.iterdir())
    return counts[".json"] > 0 and counts[".json"] >= sum(counts[suffix] for suffix in IMAGE_SUFFIXES)


def read_keypoints(
    path: str | Path, fps: float | None = None, size_wh: tuple[int, int] | None = None
) -> KeypointRecording:
    """The keypoints in a file, or in a folder with one file per picture.

    fps is the rate in Hz, needed for times where the file lacks some (those are NaN without); size_wh the picture's
    size in pixels, needed where the tool wrote fractions (MediaPipe). UserError names file and place where
    something is malformed, or says which forms are known.
    """
    path = Path(path)
    if fps is not None and not 0 < fps < np.inf:
        raise UserError(f"The frame rate must be a positive number, not {fps:g}.")
    tool, frames = _folder(path) if path.is_dir() else _file(path, size_wh)
    if not any(frame.detections for frame in frames):
        raise UserError(f"{path} holds keypoints of nobody; there is nothing to lift.")
    most = max(frames, key=lambda frame: len(frame.detections))
    if len(most.detections) > MOST_PEOPLE:
        raise UserError(
            f"{path}: frame {most.index} holds {len(most.detections)} people, more than the {MOST_PEOPLE} that can be "
            "followed; leave out those of low confidence."
        )
    frames.sort(key=lambda frame: frame.index)
    indices = [frame.index for frame in frames]
    ids = [number for frame in frames for number in frame.track_ids or ()]
    if max(map(abs, (*indices, *ids))) > LARGEST_WHOLE:
        raise UserError(f"{path}: numbers of frames and people can be {LARGEST_WHOLE} at most.")
    if len(set(indices)) < len(indices):
        twice = next(a for a, b in pairwise(indices) if a == b)
        raise UserError(f"{path} holds frame {twice} twice; export the keypoints again.")
    return _timed(path, tool, frames, fps)


def _timed(path: Path, tool: str, frames: list[KeypointFrame], fps: float | None) -> KeypointRecording:
    """The file's own times go before the rate."""
    time_s = np.array([frame.time_s for frame in frames])
    if np.isnan(time_s).any():
        if fps is None:
            return KeypointRecording(tool, tuple(frames), np.nan)
        frames = [replace(frame, time_s=frame.index / fps) for frame in frames]
        return KeypointRecording(tool, tuple(frames), fps)
    if (np.diff(time_s) <= 0).any():
        raise UserError(f"{path}: times must increase from frame to frame; export the keypoints again.")
    length_s = time_s[-1] - time_s[0]
    if length_s == 0:
        return KeypointRecording(tool, tuple(frames), fps or np.nan)
    own = float((frames[-1].index - frames[0].index) / length_s)
    if own < _LEAST_FPS:
        raise UserError(
            f"{path}: its times are {1 / own:.3g} s apart from frame to frame; name them by their unit: time_s, "
            "timestamp_ms or timestamp_us."
        )
    differs = fps is not None and not np.isclose(own, fps, rtol=_SAME_RATE)
    return KeypointRecording(
        tool, tuple(frames), own, ("its own times were read, not --fps",) if differs else ()
    )


def _folder(path: Path) -> tuple[str, list[KeypointFrame]]:
    files = sorted(file for file in path.glob("*.json") if not file.name.startswith("."))
    if not files:
        raise UserError(f"Folder {path} holds no .json files of keypoints; give another folder.")
    numbered = frame_numbers([file.stem for file in files])
    indices = list(range(len(files))) if None in numbered else [int(n) for n in numbered if n is not None]
    pictures = [_picture(file, index) for file, index in zip(files, indices, strict=True)]
    return pictures[0][0], [frame for _, frame in pictures]


def _picture(path: Path, index: int) -> tuple[str, KeypointFrame]:
    contents = read_json(path)
    if is_openpose(contents):
        return "openpose", openpose_frame(path, contents, index)
    if is_mmpose_picture(contents):
        return "mmpose", mmpose_picture(path, contents, index)
    raise UserError(
        f"{path} is no picture's keypoints of OpenPose ('people') or MMPose ('keypoint_scores'); "
        "remove it from the folder."
    )


_JSON_READERS: tuple[tuple[str, Callable[[Any], bool], Callable[..., list[KeypointFrame]]], ...] = (
    ("openpose", is_openpose, lambda path, contents, _: [openpose_frame(path, contents, 0)]),
    ("alphapose", is_coco, lambda path, contents, _: coco_frames(path, contents)),
    ("mmpose", is_mmpose, lambda path, contents, _: mmpose_frames(path, contents)),
    ("mmpose", is_mmpose_picture, lambda path, contents, _: [mmpose_picture(path, contents, 0)]),
    ("rtmlib", is_rtmlib, lambda path, contents, _: rtmlib_frames(path, contents)),
    ("mediapipe", is_mediapipe, mediapipe_frames),
)


def _file(path: Path, size_wh: tuple[int, int] | None) -> tuple[str, list[KeypointFrame]]:
    if path.suffix.lower() == ".csv":
        return "mediapipe", mediapipe_csv_frames(path, read_text(path, "CSV"), size_wh)
    contents = read_json(path)
    for tool, knows, read in _JSON_READERS:
        if knows(contents):
            return tool, read(path, contents, size_wh)
    raise UserError(
        f"{path} is no keypoint file of OpenPose, AlphaPose (COCO results), MMPose, rtmlib or MediaPipe; "
        "docs/formats.md shows their forms."
    )
