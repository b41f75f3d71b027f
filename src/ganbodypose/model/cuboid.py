"""The keypoint cuboid: T frames x a 5x5 kinematic grid, coordinates as channels.

Rows are body parts, columns run from the part's anchor to its tip, anchors repeated, so that neighbours on the
grid are neighbours on the body. Input channels per joint: x, y on the virtual camera's plane in units of the
person's extent, z (m, relative to the pelvis, 0 where unknown), a has-depth flag, and the confidence.
"""

from __future__ import annotations

import torch

from ganbodypose.skeletons import H36M_17

INPUT_CHANNELS = 5
GRID = (
    ("pelvis", "spine", "thorax", "neck_nose", "head_top"),
    ("pelvis", "pelvis", "right_hip", "right_knee", "right_ankle"),
    ("pelvis", "pelvis", "left_hip", "left_knee", "left_ankle"),
    ("thorax", "thorax", "left_shoulder", "left_elbow", "left_wrist"),
    ("thorax", "thorax", "right_shoulder", "right_elbow", "right_wrist"),
)
PARTS = len(GRID)
GRID_INDEX = torch.tensor([H36M_17.indices(*row) for row in GRID])

# The joints each part predicts: those that no other row owns (the pelvis is the origin).
PART_JOINTS = (GRID[0][1:], *(row[2:] for row in GRID[1:]))
JOINTS_PER_PART = max(len(joints) for joints in PART_JOINTS)
_SLOT = {
    joint: p * JOINTS_PER_PART + k for p, joints in enumerate(PART_JOINTS) for k, joint in enumerate(joints)
}
# The slot of every joint but the pelvis, in skeleton order.
JOINT_SLOTS = torch.tensor([_SLOT[joint] for joint in H36M_17.joints[1:]])


def build_cuboid(joints: torch.Tensor) -> torch.Tensor:
    """Joints [B,T,17,5] -> cuboid [B,5,T,5,5] (channels, time, rows, columns)."""
    return joints[:, :, GRID_INDEX.to(joints.device)].permute(0, 4, 1, 2, 3)


def slots_to_joints(slots: torch.Tensor) -> torch.Tensor:
    """Per-part predictions [B,T,PARTS,JOINTS_PER_PART,...] -> [B,T,16,...] in skeleton order, no pelvis."""
    return slots.flatten(2, 3)[:, :, JOINT_SLOTS.to(slots.device)]
