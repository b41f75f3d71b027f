"""Human3.6M: its subjects, joints and cameras, and the reader of the official 3D positions (.cdf).

Licensed by its authors; the world has z up. Ionescu et al., "Human3.6M", TPAMI 2014.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import Camera, Clip, UserError, pip_install
from ganbodypose.datasets.checks import entry, field_error, numbers
from ganbodypose.io.text import read_json

FPS = 50.0
TRAIN_SUBJECTS = ("S1", "S5", "S6", "S7", "S8")
TEST_SUBJECTS = ("S9", "S11")
SUBJECTS = TRAIN_SUBJECTS + TEST_SUBJECTS
CAMERAS = ("54138969", "55011271", "58860488", "60457274")
IMAGE_SIZES = {
    "54138969": (1000, 1002),
    "55011271": (1000, 1000),
    "58860488": (1000, 1000),
    "60457274": (1000, 1002),
}
JOINTS_17_OF_32 = (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)
_RENAMED = {"TakingPhoto": "Photo", "WalkingDog": "WalkDog"}
_SKIPPED = {("S11", "Directions")}  # its video is damaged: every protocol leaves it out


def action_names(subject: str, recording: str) -> tuple[str, str] | None:
    """'TakingPhoto 1' -> recording 'Photo 1', action 'Photo'; None for a recording that is left out."""
    action, space, number = recording.partition(" ")
    action = _RENAMED.get(action, action)
    return None if (subject, recording) in _SKIPPED else (action + space + number, action)


def make_clip(subject: str, recording: str, action: str, joints_32_m: np.ndarray) -> Clip:
    """The clip of joints_32_m [T,32,3] m."""
    joints = joints_32_m[:, list(JOINTS_17_OF_32)]
    return Clip(f"{subject}/{recording}", joints, FPS, subject, action, "h36m")


def read_cdf(folder: str | Path, subjects: Collection[str] = SUBJECTS) -> Iterator[Clip]:
    """The clips in `folder`/S*/MyPoseFeatures/D3_Positions/*.cdf, one file at a time.

    Needs the extra `datasets` (cdflib). UserError when that, a subject's folder or a field is missing.
    """
    for subject in subjects:
        positions = Path(folder) / subject / "MyPoseFeatures" / "D3_Positions"
        paths = sorted(path for path in positions.glob("*.cdf") if not path.name.startswith("_"))
        if not paths:
            raise UserError(
                f"No .cdf file lies in {positions}; give the folder that holds Human3.6M's S1 to S11."
            )
        for path in paths:
            if names := action_names(subject, path.stem):
                yield make_clip(subject, *names, _read_pose(path))


def _read_pose(path: Path) -> np.ndarray:
    """[T,32,3] m."""
    try:
        import cdflib
    except ImportError:
        raise UserError(f"{path} is a CDF file, which needs cdflib: {pip_install('datasets')}.") from None
    try:
        pose = np.asarray(cdflib.CDF(path).varget("Pose"))
    except (OSError, EOFError, KeyError, IndexError, TypeError, ValueError) as error:
        raise field_error(path, "Pose", f"cannot be read as a CDF variable ({error})") from error
    one_record = pose[0] if pose.ndim == 3 and len(pose) == 1 else pose
    return numbers(path, one_record, "Pose", (None, 96)).reshape(-1, 32, 3) / 1000


def load_cameras(path: str | Path) -> dict[tuple[str, str], Camera]:
    """(subject, camera) -> Camera, from the JSON of karfly/human36m-camera-parameters."""
    path = Path(path)
    content = read_json(path)
    intrinsics = entry(path, content, "intrinsics", "")
    extrinsics = entry(path, content, "extrinsics", "")
    if not isinstance(extrinsics, dict):
        raise field_error(path, "extrinsics", "must be an object of subjects")
    return {
        (subject, name): _camera(path, intrinsics, entry(path, extrinsics, subject, "extrinsics"), name)
        for subject in extrinsics
        for name in CAMERAS
    }


def _camera(path: Path, intrinsics: Any, poses: Any, name: str) -> Camera:
    lens, pose = entry(path, intrinsics, name, "intrinsics"), entry(path, poses, name, "extrinsics")

    def value(part: Any, key: str, shape: tuple[int, ...]) -> np.ndarray:
        return numbers(path, entry(path, part, key, name), f"{name}[{key!r}]", shape)

    matrix, distortion = value(lens, "calibration_matrix", (3, 3)), value(lens, "distortion", (5,))
    R_cam_world, t_cam_world = value(pose, "R", (3, 3)), value(pose, "t", (3, 1))[:, 0] / 1000
    try:
        return Camera(matrix, IMAGE_SIZES[name], distortion, R_cam_world, t_cam_world)
    except ValueError as error:
        raise field_error(path, name, f"is no camera: {error}") from None
