"""A person as bones of constant length with joint rotations, which BVH, glTF and USD hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.geometry.kinematics import NODES, bone_lengths, forward_kinematics, inverse_kinematics
from ganbodypose.io.formats.tracks import Track, without_gaps
from ganbodypose.skeletons import H36M_17


@dataclass(frozen=True)
class SkeletonMotion:
    """One person over T frames, y up, in metres.

    offsets_m [N,3] of each of `geometry.kinematics.NODES` from its parent; rotations [T,N,3,3] relative to the
    parent; pelvis_m [T,3]. notes: what was done to the positions, one clause each.
    """

    offsets_m: np.ndarray
    rotations: np.ndarray
    pelvis_m: np.ndarray
    notes: tuple[str, ...]


def motion_of(track: Track) -> SkeletonMotion:
    """The skeleton's motion; missing positions are interpolated in time, for these formats know none.

    UserError when a joint is missing in every frame.
    """
    missing = int(np.isnan(track.joints_m).any(-1).sum())
    joints = np.stack(
        [without_gaps(track.time_s, track.joints_m[:, j], joint) for j, joint in enumerate(H36M_17.joints)],
        axis=1,
    )
    lengths, rotations = bone_lengths(joints), inverse_kinematics(joints)
    moved_m = np.linalg.norm(forward_kinematics(rotations, lengths, joints[:, 0]) - joints, axis=-1).mean()
    filled = f"{missing} of {joints[..., 0].size} joint positions were missing and are interpolated"
    moved = f"bones of constant length, which moves joints by {moved_m * 1000:.1f} mm on average"
    return SkeletonMotion(
        offsets_m=np.array(
            [np.array(n.direction) * (0 if n.is_at_parent else lengths[n.joint]) for n in NODES]
        ),
        rotations=rotations,
        pelvis_m=joints[:, 0],
        notes=(filled, moved) if missing else (moved,),
    )
