"""AMASS: motion capture as body model parameters (SMPL+H or SMPL-X .npz), z up; joints through the user's own model.

Mahmood et al., ICCV 2019. Parameters and models are licensed by their authors and come without each other: the model
is model.npz of SMPL+H (smplh/{male,female,neutral}/model.npz, as AMASS recommends) or SMPLX_{MALE,FEMALE,NEUTRAL}.npz.
Joints need no mesh: they are regressed from the shaped rest body and moved by forward kinematics, as in the model's
own code (smplx, against which this is tested).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import Clip, UserError
from ganbodypose.datasets.checks import field_error, numbers
from ganbodypose.datasets.threedpw import SMPL_24
from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.io.npz import DAMAGED, check_npz
from ganbodypose.skeletons import H36M_17, Skeleton, skeleton_map

MODELS_VARIABLE = "GANBODYPOSE_SMPL"
BODY_JOINTS = 22  # without hands, jaw and eyes, the same in SMPL, SMPL+H and SMPL-X
_BODY = Skeleton("smpl_22", SMPL_24.joints[:BODY_JOINTS], SMPL_24.parents[:BODY_JOINTS])
_RATES = ("mocap_framerate", "mocap_frame_rate")
_NOT_MOTION = ("shape.npz", "neutral_stagei.npz", "male_stagei.npz", "female_stagei.npz")


def read_amass(folder: str | Path, models: str | Path | None = None) -> Iterator[Clip]:
    """The clips of every motion (*.npz) in or below `folder`, one file at a time; subject: dataset/subject.

    models: the folder of the body models; without it the environment variable GANBODYPOSE_SMPL. UserError when a
    model is missing, or a file or a field is malformed.
    """
    folder = Path(folder)
    paths = [path for path in sorted(folder.rglob("*.npz")) if path.name not in _NOT_MOTION]
    if not paths:
        raise UserError(f"No motion (*.npz) lies in {folder}; give AMASS's folder of .npz files.")
    bodies = _Bodies(models)
    for path in paths:
        motion = _read_motion(path)
        joints = bodies.of(path, motion.gender, motion.is_smplx).joints(path, motion)
        name = path.relative_to(folder).with_suffix("").as_posix()
        subject = "/".join(path.parent.parts[-2:])
        clip = skeleton_map(_BODY, H36M_17) @ joints
        yield Clip(name, clip, motion.fps, subject, path.stem, "amass")


@dataclass(frozen=True)
class _Motion:
    """rotations [T,22,3] rotation vectors of the body's joints, the root's first; translation_m [T,3]; shape [B]."""

    rotations: np.ndarray
    translation_m: np.ndarray
    shape: np.ndarray
    gender: str
    fps: float
    is_smplx: bool


def _read_motion(path: Path) -> _Motion:
    content = _arrays(path)
    is_smplx = "pose_body" in content
    if is_smplx:
        root = numbers(path, _get(path, content, "root_orient"), "root_orient", (None, 3))
        body = numbers(path, _get(path, content, "pose_body"), "pose_body", (None, 3 * (BODY_JOINTS - 1)))
        poses = np.concatenate([root, body], 1)
    else:
        poses = numbers(path, _get(path, content, "poses"), "poses", (None, None))
        if poses.shape[1] < 3 * BODY_JOINTS:
            raise field_error(path, "poses", f"must be numbers [any,156], not {list(poses.shape)}")
        poses = poses[:, : 3 * BODY_JOINTS]
    translation = numbers(path, _get(path, content, "trans"), "trans", (len(poses), 3))
    rate = next((name for name in _RATES if name in content), _RATES[0])
    fps = float(numbers(path, _get(path, content, rate), rate, ()))
    if not 0 < fps < np.inf:
        raise field_error(path, rate, f"must be a positive frame rate, not {fps:g}")
    shape = numbers(path, _get(path, content, "betas"), "betas", (None,))
    gender = _text(_get(path, content, "gender"))
    return _Motion(poses.reshape(-1, BODY_JOINTS, 3), translation, shape, gender, fps, is_smplx)


def _text(value: np.ndarray) -> str:
    item = value.item() if value.size == 1 else ""
    return item.decode("ascii", "replace") if isinstance(item, bytes) else str(item)


@dataclass(frozen=True)
class _Body:
    """rest_m [22,3] of the mean shape, by_shape [22,3,B]: how the rest joints move with each shape parameter."""

    path: Path
    rest_m: np.ndarray
    by_shape: np.ndarray

    def joints(self, path: Path, motion: _Motion) -> np.ndarray:
        """[T,22,3] m in the world."""
        known = self.by_shape.shape[-1]
        if motion.shape.size > known:
            raise field_error(
                path, "betas", f"has {motion.shape.size} numbers, but {self.path} knows {known} shapes"
            )
        rest = self.rest_m + self.by_shape[..., : motion.shape.size] @ motion.shape
        local = rotvec_to_matrix(motion.rotations)
        turns, joints = [local[:, 0]], [np.broadcast_to(rest[0], motion.translation_m.shape)]
        for joint, parent in enumerate(_BODY.parents[1:], start=1):
            joints.append(joints[parent] + turns[parent] @ (rest[joint] - rest[parent]))
            turns.append(turns[parent] @ local[:, joint])
        return np.stack(joints, axis=1) + motion.translation_m[:, None]


class _Bodies:
    """The body models in a folder, each read once."""

    def __init__(self, folder: str | Path | None) -> None:
        chosen = folder or os.environ.get(MODELS_VARIABLE)
        if not chosen:
            raise UserError(
                "AMASS needs a body model of your own licence: download SMPL+H (or SMPL-X) as .npz and name its "
                f"folder in the environment variable {MODELS_VARIABLE}."
            )
        self._folder = Path(chosen)
        self._read: dict[Path, _Body] = {}

    def of(self, motion: Path, gender: str, is_smplx: bool) -> _Body:
        if gender not in ("male", "female", "neutral"):
            raise field_error(motion, "gender", f"must be male, female or neutral, not {gender!r}")
        path = self._path(gender, is_smplx)
        if path not in self._read:
            self._read[path] = _read_body(path)
        return self._read[path]

    def _path(self, gender: str, is_smplx: bool) -> Path:
        name = f"SMPLX_{gender.upper()}.npz" if is_smplx else f"SMPLH_{gender.upper()}.npz"
        kind = "smplx" if is_smplx else "smplh"
        choices = [
            self._folder / place
            for place in (f"{kind}/{name}", name, f"{kind}/{gender}/model.npz", f"{gender}/model.npz")
        ]
        found = next((path for path in choices if path.is_file()), None)
        if found is None:
            raise UserError(
                f"The body model {choices[0]} (or {choices[-1]}) is missing; put it there or name another folder in "
                f"{MODELS_VARIABLE}."
            )
        return found


def _read_body(path: Path) -> _Body:
    content = _arrays(path)
    template = numbers(path, _get(path, content, "v_template"), "v_template", (None, 3))
    shapes = numbers(path, _get(path, content, "shapedirs"), "shapedirs", (len(template), 3, None))
    regressor = numbers(path, _get(path, content, "J_regressor"), "J_regressor", (None, len(template)))
    if len(regressor) < BODY_JOINTS:
        raise field_error(path, "J_regressor", f"must have at least {BODY_JOINTS} rows, not {len(regressor)}")
    regressor = regressor[:BODY_JOINTS]
    return _Body(path, regressor @ template, np.einsum("jv,vcb->jcb", regressor, shapes))


def _arrays(path: Path) -> Any:
    try:
        check_npz(path)
        content = np.load(path, allow_pickle=False)
    except (OSError, *DAMAGED) as error:
        raise UserError(f"{path} is not a NumPy .npz archive, or it is damaged ({error}).") from error
    if not isinstance(content, np.lib.npyio.NpzFile):
        raise UserError(f"{path} holds a single array, but an .npz archive is expected.")
    return content


def _get(path: Path, content: Any, field: str) -> np.ndarray:
    if field not in content:
        raise field_error(path, field, "is missing")
    try:
        return content[field]
    except DAMAGED as error:
        raise field_error(path, field, f"cannot be read ({error})") from None
