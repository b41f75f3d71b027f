"""Reader of the prepared motion-capture archives, and their fixed split.

One archive is an .npz with all clips one after the other: poses float [N,17,3] (m, z up), clip_start and
clip_len int [C], clip_name, subject and action str [C], fps, joint_names str [17], up ('z'), units ('m').
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from ganbodypose.core import Clip, UserError
from ganbodypose.datasets.npy_column import NpyColumn
from ganbodypose.io.npz import DAMAGED, check_npz
from ganbodypose.skeletons import H36M_17

Split = Literal["train", "val", "test", "duplicate"]

_JOINT_NAMES = {
    "Pelvis": "pelvis",
    "RHip": "right_hip",
    "RKnee": "right_knee",
    "RAnkle": "right_ankle",
    "LHip": "left_hip",
    "LKnee": "left_knee",
    "LAnkle": "left_ankle",
    "Spine": "spine",
    "Thorax": "thorax",
    "NeckNose": "neck_nose",
    "HeadTop": "head_top",
    "LShoulder": "left_shoulder",
    "LElbow": "left_elbow",
    "LWrist": "left_wrist",
    "RShoulder": "right_shoulder",
    "RElbow": "right_elbow",
    "RWrist": "right_wrist",
}
_ICLONE, _AMC, _DEEPMIMIC = "cmu_iclone_s05-07", "cmu_amc_s01-03", "deepmimic"
_TEST_SUBJECTS = {(_AMC, "cmu03"), ("uiprmd_vicon", "uiprmd09"), ("uiprmd_vicon", "uiprmd10")}
_VAL_SUBJECTS = {(_AMC, "cmu02"), ("uiprmd_vicon", "uiprmd08")}
_DEEPMIMIC_PERIOD: dict[int, Split] = {0: "test", 1: "val"}  # clip index modulo 5

# The same recordings as clips of the test or validation split, on another body: their knee, hip, elbow and
# shoulder angles agree to 0.01-0.034 rad RMS, the next nearest pair differs by 0.057. Training on them would
# flatter the results.
_DUPLICATES = {
    "cmu_expmap_mixed": (
        *(f"train/basketball/basketball_{i}" for i in range(1, 6)),  # CMU 06_02 to 06_06: test
        "test/basketball/basketball_1",  # 06_07: test
        "train/walking/walking_1",  # 02_01: validation
        "train/walking/walking_2",  # 05_01: test
        "train/walking/walking_3",  # 06_01: test
        "train/walking/walking_4",  # 07_01: test
        "train/walking/walking_5",  # 07_02: test
    ),
    _DEEPMIMIC: (
        "humanoid3d_stealthy_walk",  # inside humanoid3d_stealthy_walk1: test
        "humanoid3d_walk",  # inside humanoid3d_long_walk1: test
    ),
}


def split_of(file: str, index: int, clip_name: str, subject: str) -> Split:
    """The fixed split of one clip: `file` is the archive's stem, `index` the clip's number in it, from 0.

    'duplicate' is a recording that also occurs in the test or validation split; it is used for nothing.
    """
    if file == _ICLONE or (file, subject) in _TEST_SUBJECTS:
        return "test"
    if (file, subject) in _VAL_SUBJECTS:
        return "val"
    if file == _DEEPMIMIC and index % 5 in _DEEPMIMIC_PERIOD:
        return _DEEPMIMIC_PERIOD[index % 5]
    return "duplicate" if clip_name in _DUPLICATES.get(file, ()) else "train"


def read_mocap(path: str | Path) -> Iterator[Clip]:
    """The clips of one archive in their order; `Clip.source` is the file's stem. UserError when malformed."""
    archive = Archive(Path(path))
    fps, labels = archive.fps(), archive.labels()
    rows = zip(archive.clip_poses(), *labels, strict=True)
    return (
        Clip(name, poses, fps, subject, action, archive.path.stem) for poses, name, subject, action in rows
    )


def read_split(folder: str | Path, split: Split) -> Iterator[Clip]:
    """All clips of one split of all archives (*.npz) in `folder`, in the order of the file names."""
    if split not in get_args(Split):
        raise ValueError(f"split must be one of {', '.join(get_args(Split))}, got {split!r}")
    for path in mocap_files(folder):
        for index, clip in enumerate(read_mocap(path)):
            if split_of(clip.source, index, clip.name, clip.subject) == split:
                yield clip


def split_table(folder: str | Path) -> dict[str, Split]:
    """'file:clip name' -> split, for data that were derived from these clips."""
    table: dict[str, Split] = {}
    for path in mocap_files(folder):
        names, subjects, _ = Archive(path).labels()
        for index, (name, subject) in enumerate(zip(names, subjects, strict=True)):
            table[f"{path.stem}:{name}"] = split_of(path.stem, index, name, subject)
    return table


def mocap_files(folder: str | Path) -> list[Path]:
    """The archives in `folder`, sorted by name; UserError when there is none."""
    paths = sorted(Path(folder).glob("*.npz"))
    if not paths:
        raise UserError(
            f"No motion-capture archive (*.npz) lies in {folder}; give the folder that holds them."
        )
    return paths


class Archive:
    """One opened archive; every method checks the field it returns."""

    CONVENTIONS: tuple[tuple[str, str], ...] = (("up", "z"), ("units", "m"))

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            check_npz(path)
            self._arrays: Any = np.load(path, allow_pickle=False)
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error
        except DAMAGED as error:
            raise UserError(f"{path} is not a NumPy .npz archive, or it is damaged.") from error
        if not isinstance(self._arrays, np.lib.npyio.NpzFile):
            raise UserError(f"{path} holds a single array, but a motion-capture archive (.npz) is expected.")

    def clip_poses(self) -> Iterator[np.ndarray]:
        """[T,17,3] float32 in H36M_17 order, clip after clip. Read as they are asked for: however large the
        archive, one clip is in memory."""
        for field, expected in self.CONVENTIONS:
            if str(self.field(field)) != expected:
                raise self.error(field, f"must be {expected!r}, not {str(self.field(field))!r}")
        order = self._joint_order()
        column = NpyColumn(self.path, "poses")
        if len(column.shape) != 3 or column.shape[1:] != (len(order), 3) or column.dtype.kind != "f":
            raise self.error("poses", f"must be floats [N,{len(order)},3], not {column.dtype} {column.shape}")
        ranges = self.clip_ranges(column.shape[0])
        return (np.asarray(rows[:, order], np.float32) for rows in column.rows(ranges))

    def fps(self) -> float:
        fps = self.field("fps")
        if fps.shape != () or fps.dtype.kind not in "fiu" or not 0 < fps < np.inf:
            raise self.error("fps", "must be one positive number")
        return float(fps)

    def clip_ranges(self, frames: int) -> list[tuple[int, int]]:
        """First frame and the frame after the last of every clip."""
        start, length = self.field("clip_start"), self.field("clip_len")
        for field, values in (("clip_start", start), ("clip_len", length)):
            if values.ndim != 1 or values.dtype.kind not in "iu":
                raise self.error(field, f"must be integers [clips], not {values.dtype} {values.shape}")
        if len(start) != len(length):
            raise self.error("clip_len", f"must have one entry per clip ({len(start)}), not {len(length)}")
        if (start < 0).any() or (length < 1).any() or (start + length > frames).any():
            raise self.error("clip_start", f"and 'clip_len' must lie within the {frames} frames of 'poses'")
        return [(int(s), int(s + n)) for s, n in zip(start, length, strict=True)]

    def labels(self) -> tuple[list[str], list[str], list[str]]:
        """Name, subject and action of every clip."""
        return self._labels("clip_name"), self._labels("subject"), self._labels("action")

    def _labels(self, field: str) -> list[str]:
        values, clips = self.field(field), self.field("clip_start").size
        if values.shape != (clips,) or values.dtype.kind != "U":
            raise self.error(
                field, f"must be text [{clips}], one per clip, not {values.dtype} {values.shape}"
            )
        return values.tolist()

    def _joint_order(self) -> list[int]:
        """Where each joint of H36M_17 lies in the file."""
        names = np.ravel(self.field("joint_names")).tolist()
        known = [_JOINT_NAMES.get(str(name), str(name)) for name in names]
        if sorted(known) != sorted(H36M_17.joints):
            raise self.error(
                "joint_names", f"must name the {len(H36M_17)} joints of {H36M_17.name} once each"
            )
        return [known.index(joint) for joint in H36M_17.joints]

    def field(self, name: str) -> np.ndarray:
        try:
            return self._arrays[name]
        except KeyError:
            raise self.error(name, "is missing") from None
        except (OSError, *DAMAGED) as error:
            raise self.error(name, "cannot be read (damaged, or Python objects)") from error

    def error(self, field: str, problem: str) -> UserError:
        return UserError(f"{self.path}: field {field!r} {problem}.")
