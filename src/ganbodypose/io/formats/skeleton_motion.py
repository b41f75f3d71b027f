"""A person as bones of constant length with joint rotations, which BVH, glTF and USD hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.geometry.kinematics import NODES, bone_lengths, forward_kinematics, inverse_kinematics
from ganbodypose.geometry.rotation import matrix_to_quat
from ganbodypose.io.formats.tracks import Track, joint_named, to_h36m, without_gaps
from ganbodypose.skeletons import H36M_17

# Names in other people's files; their 'LeftShoulder' is the collar where there is also a 'LeftArm'.
_ALIASES = {
    "hips": "pelvis",
    "leftupleg": "left_hip",
    "leftleg": "left_knee",
    "leftfoot": "left_ankle",
    "leftarm": "left_shoulder",
    "leftforearm": "left_elbow",
    "lefthand": "left_wrist",
}
_ALIASES |= {a.replace("left", "right"): j.replace("left", "right") for a, j in _ALIASES.items()}
_KNEES = ("left_knee", "right_knee")
_MIXAMO = re.compile(r"^mixamorig\d*[:_]?")  # a prefix that USD spells with '_'
_COLLARS = {"leftshoulder": "left_collar", "rightshoulder": "right_collar"}


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

    def quaternions(self) -> np.ndarray:
        """[T,N,4] x, y, z, w relative to the parent, without jumps of sign over time."""
        quat = matrix_to_quat(self.rotations)
        flips = np.where((quat[1:] * quat[:-1]).sum(-1, keepdims=True) < 0, -1.0, 1.0)
        quat[1:] *= np.cumprod(flips, axis=0)
        return quat

    def rest_m(self) -> np.ndarray:
        """[N,3] places of the nodes with the pelvis at 0 and no rotation."""
        rest = self.offsets_m.copy()
        for index, node in enumerate(NODES[1:], start=1):
            rest[index] += rest[node.parent]
        return rest


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


def motions_of(
    tracks: Sequence[Track],
) -> tuple[list[tuple[Track, SkeletonMotion]], tuple[str, ...]]:
    """Everybody who has all joints, each with the skeleton's motion, and what was done, one clause each, which names
    the person where there are several. UserError, that of the last person, when nobody is left."""
    people, notes, failure = [], list(tracks[0].notes), UserError("Nobody is there.")
    for track in tracks:
        who = f"person {track.track_id}: " if len(tracks) > 1 else ""
        try:
            motion = motion_of(track)
        except UserError as error:
            failure = UserError(f"{who}{error}")
            notes.append(f"{who}left out: {str(error).rstrip('.')}")
            continue
        people.append((track, motion))
        notes += [f"{who}{note}" for note in motion.notes]
    if not people:
        raise failure
    return people, tuple(notes)


def rig_joint(name: str) -> str | None:
    """The joint that a node of a rig means; see `rig_joints`."""
    return joint_named(_MIXAMO.sub("", name), _ALIASES)


def rig_joints(names: Sequence[str], places_m: np.ndarray, path: Path) -> np.ndarray:
    """Places [T,M,3] of a rig's named nodes -> joints [T,17,3]; UserError without a pelvis or hips."""
    names = [_MIXAMO.sub("", name) for name in names]
    has_arms = any(name.lower().endswith("leftarm") for name in names)
    return to_h36m(names, places_m, _ALIASES | (_COLLARS if has_arms else {}), path)


def stance(names: Sequence[str], rest: np.ndarray, path: Path) -> tuple[str, float]:
    """'y' or 'z', along which the rest pose [M,3] of a rig stands, and its length from knees to head, about a metre in
    a person: some formats say neither which axis is up nor their unit."""
    joints = rig_joints(names, rest[None], path)[0]
    pelvis, knees, head = (joints[H36M_17.indices(*n)].mean(0) for n in (("pelvis",), _KNEES, ("head_top",)))
    body = np.nan_to_num(head - pelvis) + np.nan_to_num(pelvis - knees)
    return "z" if abs(body[2]) > abs(body[1]) else "y", float(np.linalg.norm(body))
