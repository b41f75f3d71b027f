"""Rendered people as a real detector saw them: BlazePose's landmarks beside the true joints of the rendered body.

One archive, train_full.npz: per frame full_xy [N,33,2] px, full_vis [N,33], full_world [N,33,3] m (the detector's own
3D), gt17_cam [N,17,3] m (camera frame), clip [N]; per clip clip_K, clip_WH, clip_name ('file:clip' of the motion),
clip_action; fps. Nothing found is NaN. The motions come from the motion-capture archives, of every split.

The archive's hips and ankles are the heads of the rendered body's bones, which serve skinning; here they are where
anatomy and motion capture have the joint centres, as in all pairs that `training.pairs` renders.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganbodypose.core import Camera, Clip, Keypoints2D
from ganbodypose.datasets.checks import numbers, same_length
from ganbodypose.datasets.mocap import Archive
from ganbodypose.datasets.views import ViewClip, found, level_camera, level_world
from ganbodypose.skeletons import BLAZEPOSE_33, H36M_17, skeleton_map

SOURCE = "pairs"
# Hip centres stand this part of the rig's thigh heads apart: the ratio to leg length of motion-capture subjects.
HIP_SPACING = 0.785
# An ankle centre lies this part of the shank above the rig's foot head: at the malleoli.
ANKLE_RAISED = 0.05


@dataclass(frozen=True)
class RenderedClip:
    """motion: 'file:clip' of the motion-capture clip (`mocap.split_table` knows its split); view: true joints (world
    of a level camera), what the detector saw, with its depth, and the camera; detector_m [T,17,3] m: the detector's
    own 3D, camera axes, NaN where it found nobody."""

    motion: str
    view: ViewClip
    detector_m: np.ndarray


def read_pairs(path: str | Path) -> Iterator[RenderedClip]:
    """The clips in the file's order; a body is rendered once, so `subject` is the clip itself. UserError when
    malformed."""
    archive = _PairsArchive(Path(path))
    clip_of_frame = archive.column("clip", (None,)).astype(int)
    frames = {
        field: archive.column(field, shape)
        for field, shape in (
            ("full_xy", (None, 33, 2)),
            ("full_vis", (None, 33)),
            ("full_world", (None, 33, 3)),
            ("gt17_cam", (None, 17, 3)),
        )
    }
    same_length(archive.path, [("clip", clip_of_frame), *frames.items()])
    names, actions = archive.text("clip_name"), archive.text("clip_action")
    if len(actions) != len(names):
        raise archive.error("clip_action", f"must have one entry per clip ({len(names)}), not {len(actions)}")
    K, size = archive.column("clip_K", (len(names), 3, 3)), archive.column("clip_WH", (len(names), 2))
    for number, name in enumerate(names):
        rows = np.flatnonzero(clip_of_frame == number)
        camera = _camera(archive, K[number], size[number])
        joints = level_world(at_joint_centres(frames["gt17_cam"][rows]))
        clip = Clip(f"{number:04}:{name}", joints, archive.fps(), f"{number:04}", actions[number], SOURCE)
        world = frames["full_world"][rows]
        seen = found(frames["full_xy"][rows], frames["full_vis"][rows])
        keypoints = Keypoints2D(*seen, BLAZEPOSE_33, world[..., 2]).to(H36M_17)
        yield RenderedClip(
            name, ViewClip(clip, keypoints, camera), skeleton_map(BLAZEPOSE_33, H36M_17) @ world
        )


def at_joint_centres(joints_m: np.ndarray) -> np.ndarray:
    """Joints [...,17,3] m at the heads of the rig's bones -> the same with hips and ankles at the joint centres."""
    moved = np.array(joints_m)
    for side in ("left", "right"):
        pelvis, hip, knee, ankle = H36M_17.indices(
            "pelvis", *(f"{side}_{j}" for j in ("hip", "knee", "ankle"))
        )
        moved[..., hip, :] -= (1 - HIP_SPACING) * (joints_m[..., hip, :] - joints_m[..., pelvis, :])
        moved[..., ankle, :] += ANKLE_RAISED * (joints_m[..., knee, :] - joints_m[..., ankle, :])
    return moved


def _camera(archive: Archive, K: np.ndarray, size: np.ndarray) -> Camera:
    try:
        return level_camera(K, (int(size[0]), int(size[1])))
    except (ValueError, OverflowError) as error:
        raise archive.error("clip_K", f"and 'clip_WH' must be a camera's: {error}") from None


class _PairsArchive(Archive):
    def column(self, field: str, shape: tuple[int | None, ...]) -> np.ndarray:
        return numbers(self.path, self.field(field), field, shape)

    def text(self, field: str) -> list[str]:
        values = self.field(field)
        if values.ndim != 1 or values.dtype.kind != "U":
            raise self.error(field, f"must be text [clips], not {values.dtype} {list(values.shape)}")
        return values.tolist()
