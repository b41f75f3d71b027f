"""3DPW: people outdoors, filmed by a moving phone (sequenceFiles/{train,validation,test}/*.pkl).

von Marcard et al., ECCV 2018; licensed by its authors. Its joints are those of the SMPL body; they map by name to
the 17 of Human3.6M. The official metric uses other joints, regressed from the SMPL mesh.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import Camera, Clip, Keypoints2D, UserError
from ganbodypose.datasets.checks import entry, field_error, numbers, same_length
from ganbodypose.datasets.safe_pickle import load_pickle
from ganbodypose.datasets.views import LEVEL_R_CAM_WORLD, ViewClip, found, level_world
from ganbodypose.skeletons import H36M_17, OPENPOSE_18, Skeleton, skeleton_map

FPS = 30.0
SMPL_24 = Skeleton(
    "smpl_24",
    (
        *("pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle"),
        *("right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head"),
        *("left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist"),
        *("left_hand", "right_hand"),
    ),
    (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21),
)


def read_3dpw(folder: str | Path) -> Iterator[ViewClip]:
    """Every person of every *.pkl in `folder` (sequenceFiles/test, say), one file at a time.

    The world is that of the first picture's camera, taken as level, so that z is up; `cam_from_world` follows the
    camera from there. `valid` is the dataset's `campose_valid`. UserError when a file or a field is malformed.
    """
    paths = sorted(Path(folder).glob("*.pkl"))
    if not paths:
        raise UserError(f"No sequence (*.pkl) lies in {folder}; give a folder such as sequenceFiles/test.")
    for path in paths:
        yield from read_sequence(path)


def read_sequence(path: str | Path) -> Iterator[ViewClip]:
    """Every person of one file."""
    path = Path(path)
    content = load_pickle(path)
    people = entry(path, content, "jointPositions", "")
    if not isinstance(people, (list, tuple)):
        raise field_error(path, "jointPositions", "must be a list with one entry per person")
    poses = numbers(path, entry(path, content, "cam_poses", ""), "cam_poses", (None, 4, 4))
    camera = _camera(path, content)
    for person, joints in enumerate(people):
        yield _view(path, content, person, joints, poses, camera)


def _view(
    path: Path, content: dict[str, Any], person: int, joints: Any, poses: np.ndarray, camera: Camera
) -> ViewClip:
    def of_person(key: str, shape: tuple[int | None, ...]) -> np.ndarray:
        values = entry(path, content, key, "")
        if not isinstance(values, (list, tuple)) or len(values) <= person:
            raise field_error(path, key, f"must be a list with an entry for person {person}")
        return numbers(path, values[person], f"{key}[{person}]", shape)

    xyz = numbers(path, joints, f"jointPositions[{person}]", (None, 72)).reshape(-1, 24, 3)
    points = of_person("poses2d" if "poses2d" in content else "poses2D", (None, 3, 18)).transpose(0, 2, 1)
    valid = of_person("campose_valid", (None,)) > 0
    same_length(
        path, [("jointPositions", xyz), ("poses2d", points), ("campose_valid", valid), ("cam_poses", poses)]
    )
    name = str(content.get("sequence", path.stem))
    in_first = (skeleton_map(SMPL_24, H36M_17) @ xyz) @ poses[0, :3, :3].T + poses[0, :3, 3]
    clip = Clip(f"{name}/{person}", level_world(in_first), FPS, f"{name}/{person}", source="3dpw")
    keypoints = Keypoints2D(*found(points[..., :2], points[..., 2]), OPENPOSE_18).to(H36M_17)
    return ViewClip(clip, keypoints, camera, valid, _from_level_world(poses))


def _from_level_world(poses: np.ndarray) -> np.ndarray:
    """The camera's poses [T,4,4], from the world of the first one taken as level."""
    first_from_level = np.eye(4)
    first_from_level[:3, :3] = LEVEL_R_CAM_WORLD
    return poses @ np.linalg.inv(poses[0]) @ first_from_level


def _camera(path: Path, content: dict[str, Any]) -> Camera:
    """The lens; its principal point is the middle of the picture, which tells the picture's size."""
    matrix = numbers(path, entry(path, content, "cam_intrinsics", ""), "cam_intrinsics", (3, 3))
    try:
        return Camera(matrix, (round(2 * matrix[0, 2]), round(2 * matrix[1, 2])))
    except ValueError as error:
        raise field_error(path, "cam_intrinsics", f"is no camera matrix ({error})") from error
