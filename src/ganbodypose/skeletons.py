"""Joint names, parents and the maps between conventions. Data only; everything maps by name, never by number.

A map between two skeletons is a weight matrix: every target joint is a weighted mean of source joints that
are found by name (`skeleton_map`). Rules that are not plain renamings are in `DERIVED_JOINTS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Skeleton:
    """An ordered set of named joints.

    `parents[j]` is the index of the joint that `j` hangs from, -1 for a root.
    `left_*` / `right_*` pairs are found by name.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.joints) != len(self.parents):
            raise ValueError(f"{self.name}: {len(self.joints)} joints but {len(self.parents)} parents")
        if len(set(self.joints)) != len(self.joints):
            raise ValueError(f"{self.name}: a joint name occurs twice")
        if any(not -1 <= p < len(self.joints) for p in self.parents):
            raise ValueError(f"{self.name}: a parent index is out of range")

    def __len__(self) -> int:
        return len(self.joints)

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process a known skeleton travels as its name, and it is one object there for all keypoints."""
        if SKELETONS.get(self.name) is self:
            return _known, (self.name,)
        return Skeleton, (self.name, self.joints, self.parents)

    def index(self, joint: str) -> int:
        """Position of `joint`; ValueError names the joint and the skeleton when it is unknown."""
        try:
            return self.joints.index(joint)
        except ValueError:
            raise ValueError(f"skeleton {self.name} has no joint {joint!r}") from None

    def indices(self, *joints: str) -> list[int]:
        return [self.index(j) for j in joints]

    @cached_property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) index pairs."""
        return tuple((p, c) for c, p in enumerate(self.parents) if p >= 0)

    @cached_property
    def mirror(self) -> tuple[int, ...]:
        """Permutation that exchanges every left joint with its right twin."""
        return tuple(self.index(_other_side(j)) for j in self.joints)


def _other_side(joint: str) -> str:
    for a, b in (("left", "right"), ("right", "left")):
        if joint.startswith(a + "_"):
            return b + joint[len(a) :]
        if joint.endswith("_" + a):
            return joint[: -len(a)] + b
    return joint


def _skeleton(name: str, tree: str) -> Skeleton:
    """`tree` holds one `joint<parent` (or `joint` for a root) per word, in the convention's own order."""
    pairs = [word.partition("<")[::2] for word in tree.split()]
    joints = tuple(joint for joint, _ in pairs)
    return Skeleton(name, joints, tuple(joints.index(parent) if parent else -1 for _, parent in pairs))


H36M_17 = _skeleton(
    "h36m_17",
    """pelvis right_hip<pelvis right_knee<right_hip right_ankle<right_knee left_hip<pelvis left_knee<left_hip
    left_ankle<left_knee spine<pelvis thorax<spine neck_nose<thorax head_top<neck_nose left_shoulder<thorax
    left_elbow<left_shoulder left_wrist<left_elbow right_shoulder<thorax right_elbow<right_shoulder
    right_wrist<right_elbow""",
)

COCO_17 = _skeleton(
    "coco_17",
    """nose left_eye<nose right_eye<nose left_ear<left_eye right_ear<right_eye left_shoulder<left_hip
    right_shoulder<right_hip left_elbow<left_shoulder right_elbow<right_shoulder left_wrist<left_elbow
    right_wrist<right_elbow left_hip right_hip left_knee<left_hip right_knee<right_hip left_ankle<left_knee
    right_ankle<right_knee""",
)

BLAZEPOSE_33 = _skeleton(
    "blazepose_33",
    """nose left_eye_inner<nose left_eye<left_eye_inner left_eye_outer<left_eye right_eye_inner<nose
    right_eye<right_eye_inner right_eye_outer<right_eye left_ear<left_eye_outer right_ear<right_eye_outer
    mouth_left mouth_right left_shoulder<left_hip right_shoulder<right_hip left_elbow<left_shoulder
    right_elbow<right_shoulder left_wrist<left_elbow right_wrist<right_elbow left_pinky<left_wrist
    right_pinky<right_wrist left_index<left_wrist right_index<right_wrist left_thumb<left_wrist
    right_thumb<right_wrist left_hip right_hip left_knee<left_hip right_knee<right_hip left_ankle<left_knee
    right_ankle<right_knee left_heel<left_ankle right_heel<right_ankle left_foot_index<left_heel
    right_foot_index<right_heel""",
)

OPENPOSE_25 = _skeleton(
    "openpose_25",
    """nose<neck neck<mid_hip right_shoulder<neck right_elbow<right_shoulder right_wrist<right_elbow
    left_shoulder<neck left_elbow<left_shoulder left_wrist<left_elbow mid_hip right_hip<mid_hip
    right_knee<right_hip right_ankle<right_knee left_hip<mid_hip left_knee<left_hip left_ankle<left_knee
    right_eye<nose left_eye<nose right_ear<right_eye left_ear<left_eye left_big_toe<left_ankle
    left_small_toe<left_big_toe left_heel<left_ankle right_big_toe<right_ankle
    right_small_toe<right_big_toe right_heel<right_ankle""",
)

OPENPOSE_18 = _skeleton(
    "openpose_18",
    """nose<neck neck right_shoulder<neck right_elbow<right_shoulder right_wrist<right_elbow
    left_shoulder<neck left_elbow<left_shoulder left_wrist<left_elbow right_hip<neck right_knee<right_hip
    right_ankle<right_knee left_hip<neck left_knee<left_hip left_ankle<left_knee right_eye<nose
    left_eye<nose right_ear<right_eye left_ear<left_eye""",
)

HALPE_26 = _skeleton(
    "halpe_26",
    """nose<neck left_eye<nose right_eye<nose left_ear<left_eye right_ear<right_eye left_shoulder<neck
    right_shoulder<neck left_elbow<left_shoulder right_elbow<right_shoulder left_wrist<left_elbow
    right_wrist<right_elbow left_hip<mid_hip right_hip<mid_hip left_knee<left_hip right_knee<right_hip
    left_ankle<left_knee right_ankle<right_knee head_top<neck neck<mid_hip mid_hip
    left_big_toe<left_ankle right_big_toe<right_ankle left_small_toe<left_big_toe
    right_small_toe<right_big_toe left_heel<left_ankle right_heel<right_ankle""",
)

MPI_INF_3DHP_17 = _skeleton(
    "mpi_inf_3dhp_17",
    """head_top<head neck right_shoulder<neck right_elbow<right_shoulder right_wrist<right_elbow
    left_shoulder<neck left_elbow<left_shoulder left_wrist<left_elbow right_hip<pelvis right_knee<right_hip
    right_ankle<right_knee left_hip<pelvis left_knee<left_hip left_ankle<left_knee pelvis<spine spine<neck
    head<neck""",
)

MPI_INF_3DHP_28 = _skeleton(
    "mpi_inf_3dhp_28",
    """spine3<spine2 spine4<spine3 spine2<spine spine<pelvis pelvis neck<spine4 head<neck head_top<head
    left_clavicle<spine4 left_shoulder<left_clavicle left_elbow<left_shoulder left_wrist<left_elbow
    left_hand<left_wrist right_clavicle<spine4 right_shoulder<right_clavicle right_elbow<right_shoulder
    right_wrist<right_elbow right_hand<right_wrist left_hip<pelvis left_knee<left_hip left_ankle<left_knee
    left_foot<left_ankle left_toe<left_foot right_hip<pelvis right_knee<right_hip right_ankle<right_knee
    right_foot<right_ankle right_toe<right_foot""",
)

KINECT_25 = _skeleton(
    "kinect_25",
    """spine_base spine_mid<spine_base neck<spine_shoulder head<neck left_shoulder<spine_shoulder
    left_elbow<left_shoulder left_wrist<left_elbow left_hand<left_wrist right_shoulder<spine_shoulder
    right_elbow<right_shoulder right_wrist<right_elbow right_hand<right_wrist left_hip<spine_base
    left_knee<left_hip left_ankle<left_knee left_foot<left_ankle right_hip<spine_base right_knee<right_hip
    right_ankle<right_knee right_foot<right_ankle spine_shoulder<spine_mid left_hand_tip<left_hand
    left_thumb<left_hand right_hand_tip<right_hand right_thumb<right_hand""",
)


def _known(name: str) -> Skeleton:
    return SKELETONS[name]


SKELETONS: dict[str, Skeleton] = {
    s.name: s
    for s in (
        H36M_17,
        COCO_17,
        BLAZEPOSE_33,
        OPENPOSE_25,
        OPENPOSE_18,
        HALPE_26,
        MPI_INF_3DHP_17,
        MPI_INF_3DHP_28,
        KINECT_25,
    )
}

# For each joint, the ways to make it from others, best first; a source may itself be derived.
DERIVED_JOINTS: dict[str, tuple[dict[str, float], ...]] = {
    "pelvis": ({"mid_hip": 1}, {"spine_base": 1}, {"left_hip": 0.5, "right_hip": 0.5}),
    "mid_hip": ({"pelvis": 1}, {"left_hip": 0.5, "right_hip": 0.5}),
    "thorax": ({"spine_shoulder": 1}, {"neck": 1}, {"left_shoulder": 0.5, "right_shoulder": 0.5}),
    "neck": ({"thorax": 1}, {"left_shoulder": 0.5, "right_shoulder": 0.5}),
    "spine": ({"spine_mid": 1}, {"pelvis": 0.5, "thorax": 0.5}),
    "neck_nose": (
        {"nose": 0.5, "left_ear": 0.25, "right_ear": 0.25},
        {"nose": 1},
        {"head": 1},
        {"thorax": 0.6, "head_top": 0.4},
    ),
    # The crown lies beyond the ears as seen from the base of the neck.
    "head_top": (
        {"left_ear": 0.8, "right_ear": 0.8, "thorax": -0.6},
        {"head": 1.6, "thorax": -0.6},
        {"nose": 1.6, "thorax": -0.6},
    ),
}


@cache
def _weights(joint: str, source: Skeleton, visited: frozenset[str] = frozenset()) -> tuple[float, ...] | None:
    if joint in source.joints:
        return tuple(float(j == joint) for j in source.joints)
    if joint in visited:
        return None
    for recipe in DERIVED_JOINTS.get(joint, ()):
        parts = [(w, _weights(part, source, visited | {joint})) for part, w in recipe.items()]
        if all(row is not None for _, row in parts):
            total = sum(w * np.asarray(row) for w, row in parts)
            return tuple(np.asarray(total).tolist())
    return None


@cache
def skeleton_map(source: Skeleton, target: Skeleton) -> np.ndarray:
    """Weights [J_target, J_source] so that `target_xyz = weights @ source_xyz`; rows sum to 1.

    A joint that cannot be made from `source` has a row of NaN.
    """
    rows = [_weights(joint, source) for joint in target.joints]
    matrix = np.array([row if row is not None else [np.nan] * len(source) for row in rows])
    matrix.setflags(write=False)
    return matrix
