"""Keraal: low-back exercises, seen by a Kinect v2 and, in the same video, by three 2D detectors.

Nguyen et al., IJCNN 2024; BSD-2-Clause. One recording is a set of files that differ in the second part of their
names: <group>-{Kinect.txt,OP.json,AP.json,BP.json}-<exercise>-<person>-... Frame k of each is row k of the
Kinect's: OP and BP number their frames from 1, AP from 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import Clip, Keypoints2D, UserError
from ganbodypose.datasets.checks import entry, field_error, numbers
from ganbodypose.datasets.views import found, level_world
from ganbodypose.io.text import read_json
from ganbodypose.skeletons import (
    BLAZEPOSE_33,
    COCO_17,
    H36M_17,
    KINECT_25,
    OPENPOSE_18,
    Skeleton,
    skeleton_map,
)

SIZE_WH = (960, 544)
_SIDES = {"l": "left_", "r": "right_"}


@dataclass(frozen=True)
class Recording:
    """The Kinect's joints as a clip, and what each 2D detector found ('OP', 'BP', 'AP'), frame by frame.

    clip: in the world of the Kinect, taken as level (`views.level_world`). keypoints: [T,J] in pixels of the video
    (`SIZE_WH`) and the detector's own joints; NaN where it found none. The files hold no confidences: 1 or 0.
    The Kinect's own camera stands beside the video's and is not calibrated to it.
    """

    clip: Clip
    exercise: str
    keypoints: Mapping[str, Keypoints2D]


def read_keraal(folder: str | Path, fps: float) -> Iterator[Recording]:
    """Every Kinect file in `folder` with the detections beside it. The files state no frame rate: give `fps`."""
    paths = sorted(Path(folder).glob("*-Kinect-*.txt"))
    if not paths:
        raise UserError(f"No Keraal recording (*-Kinect-*.txt) lies in {folder}.")
    for path in paths:
        group, _, exercise, person, *_ = [*path.stem.split("-"), "", ""]
        xyz_m = _read_kinect(path)
        subject = f"{group}-{person.partition('T')[0]}"  # P1T2: person 1, trial 2
        clip = Clip(path.stem.replace("-Kinect", "", 1), level_world(xyz_m), fps, subject, exercise, "keraal")
        found_by = {name: _detections(path, name, len(xyz_m)) for name in _DETECTORS}
        yield Recording(clip, exercise, {name: points for name, points in found_by.items() if points})


def _read_kinect(path: Path) -> np.ndarray:
    """[T,17,3] m in a camera frame: the Kinect has x to its left and y up."""
    try:
        table = np.loadtxt(path, ndmin=2)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is not a table of numbers, 175 in every row ({error}).") from error
    joints = numbers(path, table, "rows", (None, 175)).reshape(-1, len(KINECT_25), 7)[..., :3]
    return skeleton_map(KINECT_25, H36M_17) @ (joints * [-1.0, -1.0, 1.0])


@dataclass(frozen=True)
class _Detector:
    skeleton: Skeleton
    joint_name: Callable[[str], str]  # from the file's name to the skeleton's
    first_frame: int
    mirrored: bool = False


def _openpose_name(name: str) -> str:
    """'rShoulder' -> 'right_shoulder'."""
    side = _SIDES.get(name[:1]) if name[1:2].isupper() else None
    return side + name[1:].lower() if side else name.lower()


def _coco_name(name: str) -> str:
    return COCO_17.joints[int(name)] if name.isdigit() and int(name) < len(COCO_17) else name


_DETECTORS = {
    "OP": _Detector(OPENPOSE_18, _openpose_name, first_frame=1),
    # BlazePose was run on the mirrored video: its points match the others' after x -> 1 - x and left <-> right.
    "BP": _Detector(BLAZEPOSE_33, str.lower, first_frame=1, mirrored=True),
    "AP": _Detector(COCO_17, _coco_name, first_frame=0),
}


def _detections(kinect_path: Path, name: str, frames: int) -> Keypoints2D | None:
    """[T,J] pixels, as many frames as the Kinect has; None when there is no such file."""
    path = kinect_path.with_name(kinect_path.name.replace("-Kinect-", f"-{name}-", 1)).with_suffix(".json")
    if not path.is_file():
        return None
    detector = _DETECTORS[name]
    xy: np.ndarray = np.full((frames, len(detector.skeleton), 2), np.nan)
    for key, joints in _frames(path):
        frame = _number(path, key) - detector.first_frame
        if not isinstance(joints, dict):
            raise field_error(path, f"positions[{key!r}]", f"must be a dict, not {type(joints).__name__}")
        if 0 <= frame < frames:
            _fill(path, xy[frame], detector, key, joints)
    if detector.mirrored:
        xy = xy[:, list(detector.skeleton.mirror)] * [-1, 1] + [1, 0]
    return Keypoints2D(*found(xy * SIZE_WH), detector.skeleton)


def _fill(path: Path, xy: np.ndarray, detector: _Detector, key: str, joints: Mapping[str, Any]) -> None:
    for name, point in joints.items():
        joint, field = detector.joint_name(name), f"positions[{key!r}][{name!r}]"
        if joint not in detector.skeleton.joints:
            raise field_error(path, field, f"is no joint of {detector.skeleton.name}")
        coordinates = numbers(path, point, field, (None,))
        if len(coordinates) not in (2, 3):
            raise field_error(path, field, f"must be x, y or x, y, z, not {len(coordinates)} numbers")
        xy[detector.skeleton.index(joint)] = coordinates[:2]


def _frames(path: Path) -> list[tuple[str, Any]]:
    positions = entry(path, read_json(path), "positions", "")
    if not isinstance(positions, dict):
        raise field_error(path, "positions", f"must be a dict of frames, not {type(positions).__name__}")
    return list(positions.items())


def _number(path: Path, key: str) -> int:
    try:
        return int(float(key))
    except (ValueError, OverflowError):
        raise field_error(path, f"positions[{key!r}]", "must be named by a frame number") from None
