"""Human3.6M as MotionBERT prepares it (h36m_sh_conf_cam_source_final.pkl): detections and 3D in image space.

Zhu et al., ICCV 2023. The 3D is x, y in pixels and a depth in the same scale; only the test half tells the
millimetres per pixel of each frame, so only it gives clips in metres.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ganbodypose.core import Clip, Keypoints2D
from ganbodypose.datasets.checks import entry, field_error, numbers, same_length
from ganbodypose.datasets.human36m import FPS
from ganbodypose.datasets.safe_pickle import load_pickle
from ganbodypose.datasets.views import found, level_world


@dataclass(frozen=True)
class MotionBertClip:
    """One recording of one camera.

    name: its `source`; keypoints: detections [T,17] px with their confidence (1 where the file states none);
    joints_image_px [T,17,3]: x, y, depth px; clip: root-relative, in metres, in the world of a level camera
    (`views.level_world`), or None in the training half.
    """

    name: str
    camera_name: str
    keypoints: Keypoints2D
    joints_image_px: np.ndarray
    action: str = ""
    clip: Clip | None = None


def read_motionbert(path: str | Path, split: Literal["train", "test"]) -> Iterator[MotionBertClip]:
    """The recordings of one half, in the file's order. The file is one pickle, so it is read as a whole."""
    half = _Half(Path(path), split)
    for start, stop in half.ranges():
        yield half.clip(slice(start, stop))


class _Half:
    def __init__(self, path: Path, split: str) -> None:
        self._path, self._split = path, split
        self._content = entry(path, load_pickle(path), split, "")
        self._xy_px = self._numbers("joint_2d", (None, 17, 2))
        self._joints = self._numbers("joint3d_image", (None, 17, 3))
        self._confidence = self._confidences()
        self._source, self._camera = self._get("source"), self._get("camera_name")
        test = split == "test"
        self._action = self._get("action") if test else None
        self._metric_mm = self._numbers("joints_2.5d_image", (None, 17, 3)) if test else None
        columns = [("joint_2d", self._xy_px), ("joint3d_image", self._joints), ("source", self._source)]
        columns += [("camera_name", self._camera), ("confidence", self._confidence)]
        columns += [("action", self._action), ("joints_2.5d_image", self._metric_mm)] if test else []
        self._frames = same_length(path, columns)

    def ranges(self) -> list[tuple[int, int]]:
        """Consecutive frames of one source, seen by one camera."""
        changes = [
            k
            for k in range(1, self._frames)
            if self._source[k] != self._source[k - 1] or self._camera[k] != self._camera[k - 1]
        ]
        edges = [0, *changes, self._frames]
        return list(pairwise(edges)) if self._frames else []

    def clip(self, rows: slice) -> MotionBertClip:
        name, camera = str(self._source[rows.start]), str(self._camera[rows.start])
        keypoints = Keypoints2D(*found(self._xy_px[rows], self._confidence[rows]))
        action = "" if self._action is None else str(self._action[rows.start])
        clip = None
        if self._metric_mm is not None:
            joints = self._metric_mm[rows] / 1000
            relative = level_world(joints - joints[:, :1])
            clip = Clip(f"{name}/{camera}", relative, FPS, _subject(name), action, "h36m")
        return MotionBertClip(name, camera, keypoints, self._joints[rows], action, clip)

    def _confidences(self) -> np.ndarray:
        if "confidence" not in self._content:
            return np.ones(self._xy_px.shape[:2])
        values = np.asarray(self._content["confidence"])
        if values.ndim == 3:
            values = values[..., 0]
        return self._numbers("confidence", (None, 17), values)

    def _numbers(self, key: str, shape: tuple[int | None, ...], value: Any = None) -> np.ndarray:
        value = self._get(key) if value is None else value
        return numbers(self._path, value, f"{self._split}[{key!r}]", shape)

    def _get(self, key: str) -> Any:
        value = entry(self._path, self._content, key, self._split)
        if not isinstance(value, (list, tuple, np.ndarray)):
            raise field_error(self._path, f"{self._split}[{key!r}]", "must have one entry per frame")
        return value


def _subject(source: str) -> str:
    """'s_09_act_02_subact_01_ca_01' -> 'S9'; '' when the source is named otherwise."""
    parts = source.split("_")
    return f"S{int(parts[1])}" if parts[0] == "s" and len(parts) > 1 and parts[1].isdigit() else ""
