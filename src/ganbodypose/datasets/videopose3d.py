"""Human3.6M as VideoPose3D prepares it: data_3d_h36m.npz (m, z up) and data_2d_h36m_*.npz (px).

Pavllo et al., CVPR 2019; both files hold pickled dicts [subject][action].
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import Camera, Clip, Keypoints2D
from ganbodypose.datasets.checks import entry, field_error, numbers
from ganbodypose.datasets.human36m import CAMERAS, SUBJECTS, action_names, make_clip
from ganbodypose.datasets.safe_pickle import load_npz_member
from ganbodypose.datasets.views import ViewClip, found


def read_videopose3d(path_3d: str | Path, subjects: Collection[str] = SUBJECTS) -> Iterator[Clip]:
    """The clips of data_3d_h36m.npz, by subject in the order given. UserError when malformed."""
    for _, clip in _clips(Path(path_3d), subjects):
        yield clip


def read_videopose3d_views(
    path_3d: str | Path,
    path_2d: str | Path,
    cameras: Mapping[tuple[str, str], Camera],
    subjects: Collection[str] = SUBJECTS,
) -> Iterator[ViewClip]:
    """Every clip as each of the four cameras saw it; `cameras` as `human36m.load_cameras` gives them.

    The 2D files state no confidence: it is 1 where a keypoint is given. 2D that runs on after the 3D is cut off.
    """
    path_2d = Path(path_2d)
    positions_2d = load_npz_member(path_2d, "positions_2d")
    for recording, clip in _clips(Path(path_3d), subjects):
        by_action = entry(path_2d, positions_2d, clip.subject, "positions_2d")
        field = f"positions_2d[{clip.subject!r}]"
        views = entry(path_2d, by_action, recording, field)
        if not isinstance(views, (list, tuple)) or len(views) != len(CAMERAS):
            raise field_error(path_2d, f"{field}[{recording!r}]", f"must be a list of {len(CAMERAS)} arrays")
        for number, (name, view) in enumerate(zip(CAMERAS, views, strict=True)):
            xy_px = _keypoints(path_2d, view, f"{field}[{recording!r}][{number}]", len(clip.joints_m))
            yield ViewClip(clip, Keypoints2D(*found(xy_px)), cameras[clip.subject, name])


def _clips(path: Path, subjects: Collection[str]) -> Iterator[tuple[str, Clip]]:
    """Each recording's name in the file, and its clip."""
    positions = load_npz_member(path, "positions_3d")
    for subject in subjects:
        field = f"positions_3d[{subject!r}]"
        by_action = entry(path, positions, subject, "positions_3d")
        if not isinstance(by_action, dict):
            raise field_error(path, field, f"must be a dict, not {type(by_action).__name__}")
        for recording in by_action:
            joints = numbers(path, by_action[recording], f"{field}[{recording!r}]", (None, 32, 3))
            if names := action_names(subject, str(recording)):
                yield recording, make_clip(subject, *names, joints)


def _keypoints(path: Path, view: Any, field: str, frames: int) -> np.ndarray:
    xy_px = numbers(path, view, field, (None, 17, 2))
    if len(xy_px) < frames:
        raise field_error(path, field, f"must have at least the {frames} frames of the 3D, not {len(xy_px)}")
    return xy_px[:frames]
