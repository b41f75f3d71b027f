"""Joint rotations of a skeleton with constant bones, from joint positions and back.

The skeleton is the tree of H36M_17 as nodes that turn. Where several bones leave a joint (pelvis, thorax), each
has a node of its own at the same place ('lower_back', 'left_collar', ...), so every bone can point where it was
seen to point. At rest, all rotations are the identity: the person faces +z in a T-pose, y up, left at +x.

Swing and twist. The pelvis and the thorax are bodies with a frame of their own (hip line and trunk; trunk and
shoulder line). Every other bone swings from its parent by the smallest rotation that gives it its direction.
Upper arms and thighs also twist, so that elbow and knee bend about their rest axes: the plane of the limb. A
nearly straight limb has no plane; there the twist of the frame before carries on. An arm that bends out of
plane after that turns at once; positions do not depend on the twist.

Limits. Hips and shoulders twist, and knees and elbows bend, only as far as people do (`_LIMBS`). A limb seen to
bend the wrong way keeps its twist and is straightened: it is the joint positions that are wrong. Only this
moves joints; everything else gives the directions that were seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.geometry.rotation import cross, rotation_between, rotvec_to_matrix, unit
from ganbodypose.skeletons import H36M_17

# Weight of the twist before against the sine of the bend: below some 10 degrees the limb has no plane.
_TWIST_MEMORY = 0.2


@dataclass(frozen=True)
class Node:
    """A place that turns. `parent` is a number in NODES (-1: none); `direction` points there from the parent,
    at rest, and is zero for a node at its parent's place. `joint` is the joint at this place."""

    name: str
    parent: int
    direction: tuple[float, float, float]
    joint: int

    @property
    def is_at_parent(self) -> bool:
        return not any(self.direction)


_DIRECTIONS = {"0": (0, 0, 0), "l": (1, 0, 0), "r": (-1, 0, 0), "u": (0, 1, 0), "d": (0, -1, 0)}


def _nodes(tree: str) -> tuple[Node, ...]:
    """`tree` holds one `node<parent:direction` per word; a node that is no joint is where its parent is."""
    nodes: list[Node] = []
    for word in tree.split():
        name, _, rest = word.partition("<")
        parent_name, _, direction = rest.partition(":")
        parent = next((i for i, node in enumerate(nodes) if node.name == parent_name), -1)
        joint = H36M_17.index(name) if name in H36M_17.joints else nodes[parent].joint
        nodes.append(Node(name, parent, _DIRECTIONS[direction or "0"], joint))
    return tuple(nodes)


NODES = _nodes(
    """pelvis
    right_hip_joint<pelvis:0 right_hip<right_hip_joint:r right_knee<right_hip:d right_ankle<right_knee:d
    left_hip_joint<pelvis:0 left_hip<left_hip_joint:l left_knee<left_hip:d left_ankle<left_knee:d
    lower_back<pelvis:0 spine<lower_back:u thorax<spine:u
    neck<thorax:0 neck_nose<neck:u head_top<neck_nose:u
    left_collar<thorax:0 left_shoulder<left_collar:l left_elbow<left_shoulder:l left_wrist<left_elbow:l
    right_collar<thorax:0 right_shoulder<right_collar:r right_elbow<right_shoulder:r
    right_wrist<right_elbow:r"""
)

# The node at the end of the bone that begins at each; None where none begins.
_BONE_ENDS: dict[str, Node | None] = {
    node.name: next((n for n in NODES if n.parent == index and not n.is_at_parent), None)
    for index, node in enumerate(NODES)
}


@dataclass(frozen=True)
class Limb:
    """An upper bone that twists and a hinge at its end.

    axis: about which the hinge bends at rest, upper bone x lower bone, for a knee that bends backwards and an
    elbow that bends forwards. twist_deg: range about the upper bone, from the smallest swing out of the T-pose.
    """

    hinge: str
    end: str
    axis: tuple[float, float, float]
    twist_deg: tuple[float, float]

    def holds(self, twist: complex) -> bool:
        return self.twist_deg[0] <= np.degrees(np.angle(twist)) <= self.twist_deg[1]

    def nearest(self, twist: complex) -> complex:
        """The unit number of the nearest twist within the range."""
        return complex(np.exp(1j * np.radians(np.clip(np.degrees(np.angle(twist)), *self.twist_deg))))


# By the node that twists. Hips turn by 45 degrees either way (American Academy of Orthopaedic Surgeons), shoulders
# by 70 inwards and 90 outwards; the swing out of the T-pose adds to that, more for arms, which swing further.
_LIMBS = {
    "right_hip": Limb("right_knee", "right_ankle", (1, 0, 0), (-60, 60)),
    "left_hip": Limb("left_knee", "left_ankle", (1, 0, 0), (-60, 60)),
    "left_shoulder": Limb("left_elbow", "left_wrist", (0, -1, 0), (-140, 100)),
    "right_shoulder": Limb("right_elbow", "right_wrist", (0, 1, 0), (-100, 140)),
}
_HINGES = {limb.hinge: limb for limb in _LIMBS.values()}
_BEND_RAD = np.radians((-10.0, 165.0))  # overstretched to folded; flesh on flesh ends it near 155
_OVERSTRETCHED_RAD = np.radians(45.0)  # who bends further the wrong way has turned the limb instead
_OFF_AXIS_RAD = np.radians(30.0)  # sideways; anatomy allows little, but the axis lags in a fast turn


def bone_lengths(joints: np.ndarray) -> np.ndarray:
    """joints [T,17,3] -> [17], the median length of the bone that ends in each joint; 0 for the pelvis.

    NaN where a bone was never seen. Same unit as `joints`.
    """
    parents = [max(parent, 0) for parent in H36M_17.parents]
    lengths = np.linalg.norm(joints - joints[:, parents], axis=-1)
    seen = np.isfinite(lengths).any(0)
    return np.where(seen, np.nanmedian(np.where(seen, lengths, 0.0), axis=0), np.nan)


def with_bone_lengths(joints: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """joints [T,17,3] with bones of `lengths` [17] in the directions they have, from the pelvis outwards; a joint
    whose bone or length is missing stays where it is."""
    built = np.array(joints, dtype=np.float64)
    for joint, parent in enumerate(H36M_17.parents):
        if parent >= 0:
            bone = joints[:, joint] - joints[:, parent]
            length = np.maximum(np.linalg.norm(bone, axis=-1, keepdims=True), 1e-9)
            moved = built[:, parent] + bone * lengths[joint] / length
            built[:, joint] = np.where(np.isfinite(moved), moved, joints[:, joint])
    return built


def inverse_kinematics(joints: np.ndarray) -> np.ndarray:
    """joints [T,17,3] of one person in time order -> rotations [T,len(NODES),3,3], each relative to its parent.

    A missing joint (NaN) makes the rotations missing that depend on it.
    """
    joints = np.asarray(joints, np.float64)
    turns = np.empty((len(joints), len(NODES), 3, 3))  # in the frame of `joints`
    for index, node in enumerate(NODES):
        turns[:, index] = _turn(node, joints, turns)
    local = turns.copy()
    for index, node in enumerate(NODES[1:], start=1):
        local[:, index] = np.swapaxes(turns[:, node.parent], -1, -2) @ turns[:, index]
    return local


def global_rotations(local: np.ndarray) -> np.ndarray:
    """Rotations [...,len(NODES),3,3] relative to the parents -> in the frame of the joints."""
    turns = local.copy()
    for index, node in enumerate(NODES[1:], start=1):
        turns[..., index, :, :] = turns[..., node.parent, :, :] @ local[..., index, :, :]
    return turns


def forward_kinematics(rotations: np.ndarray, lengths: np.ndarray, root: np.ndarray) -> np.ndarray:
    """rotations [T,len(NODES),3,3] of `inverse_kinematics`, lengths [17], pelvis [T,3] -> joints [T,17,3]."""
    turns = global_rotations(rotations)
    joints = np.empty((len(rotations), len(H36M_17), 3))
    joints[:, 0] = root
    for node in NODES[1:]:
        parent = NODES[node.parent]
        if not node.is_at_parent:
            bone = lengths[node.joint] * np.array(node.direction)
            joints[:, node.joint] = joints[:, parent.joint] + turns[:, node.parent] @ bone
    return joints


def _turn(node: Node, joints: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """The rotation [T,3,3] of one node; those of the nodes before it are known."""
    if node.name == "pelvis":
        side, trunk = _vector(joints, "right_hip", "left_hip"), _vector(joints, "pelvis", "thorax")
        return _frame(x=side, y=trunk - (trunk * unit(side)).sum(-1, keepdims=True) * unit(side))
    if node.name == "thorax":
        side, trunk = _vector(joints, "right_shoulder", "left_shoulder"), _vector(joints, "spine", "thorax")
        return _frame(x=side - (side * unit(trunk)).sum(-1, keepdims=True) * unit(trunk), y=trunk)
    parent_turn = turns[:, node.parent]
    child = _BONE_ENDS[node.name]
    if child is None:
        return parent_turn
    bone = joints[:, child.joint] - joints[:, node.joint]
    if node.name in _HINGES:
        axis = np.array(_HINGES[node.name].axis, float)
        bone = _limited(bone, parent_turn, axis, np.array(child.direction, float))
    swing = rotation_between(parent_turn @ np.array(child.direction, float), bone) @ parent_turn
    return _twist(node.name, joints, unit(bone), swing) @ swing if node.name in _LIMBS else swing


def _limited(bone: np.ndarray, parent_turn: np.ndarray, axis: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Direction [T,3] of the bone beyond a hinge, as far as it can bend; axis and rest are the upper bone's."""
    local = np.einsum("tji,tj->ti", parent_turn, unit(bone))
    along, bent, aside = local @ rest, local @ cross(axis, rest), local @ axis
    middle = _BEND_RAD.mean()
    bend = (np.arctan2(bent, along) - middle + np.pi) % (2 * np.pi) - np.pi + middle
    bend = np.clip(bend, *_BEND_RAD)[:, None]
    off = np.clip(np.arcsin(np.clip(aside, -1, 1)), -_OFF_AXIS_RAD, _OFF_AXIS_RAD)[:, None]
    in_plane = np.cos(bend) * rest + np.sin(bend) * cross(axis, rest)
    return np.einsum("tij,tj->ti", parent_turn, np.cos(off) * in_plane + np.sin(off) * axis)


def _twist(name: str, joints: np.ndarray, bone: np.ndarray, swing: np.ndarray) -> np.ndarray:
    """Rotation [T,3,3] about the upper bone that brings the hinge's rest axis into the normal of the limb."""
    limb = _LIMBS[name]
    lower = unit(_vector(joints, limb.hinge, limb.end))
    normal = cross(bone, lower)  # as long as the sine of the bend
    straight = (bone * lower).sum(-1) > np.cos(_OVERSTRETCHED_RAD)
    real = swing @ np.array(limb.axis, float)
    imaginary = cross(bone, real)
    plane = np.nan_to_num((normal * real).sum(-1) + 1j * (normal * imaginary).sum(-1))
    angle = np.empty(len(plane))
    before = 1.0 + 0j
    for frame, bend in enumerate(plane):
        wrong_way = straight[frame] and not limb.holds(bend) and limb.holds(-bend)
        total = (-bend if wrong_way else bend) + _TWIST_MEMORY * before
        before = limb.nearest(total) if abs(total) > 1e-9 else before
        angle[frame] = np.angle(before)
    return rotvec_to_matrix(bone * angle[:, None])


def _vector(joints: np.ndarray, start: str, end: str) -> np.ndarray:
    return joints[:, H36M_17.index(end)] - joints[:, H36M_17.index(start)]


def _frame(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Matrix [T,3,3] whose columns are x, y and their normal; x and y [T,3] are perpendicular."""
    x, y = unit(x), unit(y)
    return np.stack([x, y, cross(x, y)], axis=-1)
