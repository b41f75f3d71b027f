"""One person as the bones of a Unity humanoid (VRM) in Unity's axes.

Unity is left-handed: x right, y up, z forward; a humanoid at rest is in a T-pose and looks along +z, its left
at -x. Our kinematics rest in the right-handed mirror image (left at +x), so x changes its sign: positions
(x, y, z) -> (-x, y, z), quaternions (x, y, z, w) -> (x, -y, -z, w).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from ganbodypose.core import PersonResult
from ganbodypose.geometry.floor import Floor
from ganbodypose.geometry.kinematics import NODES, global_rotations, inverse_kinematics
from ganbodypose.geometry.rotation import matrix_to_quat
from ganbodypose.io.formats.tracks import Y_UP
from ganbodypose.skeletons import H36M_17

_WINDOW = 8  # frames over which the twist of a straight limb carries on


@dataclass(frozen=True)
class Bone:
    """name: Unity's HumanBodyBones; parent: the bone it hangs from (None: the root); turn: the node of
    `kinematics.NODES` whose rotation it takes; place: the joint where it begins."""

    name: str
    parent: str | None
    turn: str
    place: str


def _limbs(side: str) -> tuple[Bone, ...]:
    left = side.lower()
    return (
        Bone(f"{side}Shoulder", "Chest", f"{left}_collar", "thorax"),
        Bone(f"{side}UpperArm", f"{side}Shoulder", f"{left}_shoulder", f"{left}_shoulder"),
        Bone(f"{side}LowerArm", f"{side}UpperArm", f"{left}_elbow", f"{left}_elbow"),
        Bone(f"{side}Hand", f"{side}LowerArm", f"{left}_wrist", f"{left}_wrist"),
        Bone(f"{side}UpperLeg", "Hips", f"{left}_hip", f"{left}_hip"),
        Bone(f"{side}LowerLeg", f"{side}UpperLeg", f"{left}_knee", f"{left}_knee"),
        Bone(f"{side}Foot", f"{side}LowerLeg", f"{left}_ankle", f"{left}_ankle"),
    )


# The chest takes the turn of the shoulders, since many avatars have no UpperChest.
BONES: tuple[Bone, ...] = (
    Bone("Hips", None, "pelvis", "pelvis"),
    Bone("Spine", "Hips", "lower_back", "pelvis"),
    Bone("Chest", "Spine", "thorax", "spine"),
    Bone("Neck", "Chest", "neck", "thorax"),
    Bone("Head", "Neck", "neck_nose", "neck_nose"),
    *_limbs("Left"),
    *_limbs("Right"),
)
_NODE = {node.name: index for index, node in enumerate(NODES)}
_BONE = {bone.name: index for index, bone in enumerate(BONES)}
_PARENTS = [-1 if bone.parent is None else _BONE[bone.parent] for bone in BONES]
_TURNS = [_NODE[bone.turn] for bone in BONES]
_PLACES = H36M_17.indices(*(bone.place for bone in BONES))


@dataclass(frozen=True)
class HumanoidPose:
    """root_m [3]: where the person stands on the floor, from where they were first seen; positions_m [B,3] and
    quaternions [B,4] (x y z w) of BONES, each relative to its parent's; Unity's axes."""

    root_m: np.ndarray
    positions_m: np.ndarray
    quaternions: np.ndarray


class Humanoid:
    """Turns the frames of one person, in order, into humanoid poses. The camera is taken to be level."""

    def __init__(self) -> None:
        self._recent: deque[np.ndarray] = deque(maxlen=_WINDOW)
        self._start_m: np.ndarray | None = None
        self._floor = Floor()

    def pose(self, person: PersonResult, time_s: float) -> HumanoidPose:
        """person: all joints known (`base.is_complete`)."""
        joints = (person.joints_3d_m + person.root_camera_m) @ Y_UP
        self._recent.append(joints)
        turns = global_rotations(inverse_kinematics(np.stack(self._recent))[-1])[_TURNS]
        floor_m = self._floor.follow(joints[:, 1], time_s)
        stand = np.array([joints[0, 0], floor_m, joints[0, 2]])
        self._start_m = stand if self._start_m is None else self._start_m
        places, rotations = np.empty((len(BONES), 3)), np.empty((len(BONES), 3, 3))
        for index, parent in enumerate(_PARENTS):
            from_turn = np.eye(3) if parent < 0 else turns[parent]
            from_place = stand if parent < 0 else joints[_PLACES[parent]]
            places[index] = from_turn.T @ (joints[_PLACES[index]] - from_place)
            rotations[index] = from_turn.T @ turns[index]
        root = (stand - self._start_m) * [1, 0, 1]
        return HumanoidPose(_mirror(root), _mirror(places), _mirror_turns(matrix_to_quat(rotations)))


def _mirror(points: np.ndarray) -> np.ndarray:
    return points * [-1, 1, 1]


def _mirror_turns(quaternions: np.ndarray) -> np.ndarray:
    return quaternions * [1, -1, -1, 1]
