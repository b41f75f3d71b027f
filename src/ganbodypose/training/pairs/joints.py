"""Where the 17 joints lie in a rendered body; docs/architecture.md has the definitions.

The rig's bone heads serve skinning; two of them are not where anatomy and motion capture put the joint centre. They
are moved before anything is posed, so that truth, bones and mesh agree and bone lengths stay constant.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ganbodypose.datasets.pairs import ANKLE_RAISED, HIP_SPACING
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.pairs.rig import Rig

# Joints that are heads of bones. The rest is made of several points in `body_joints`.
_HEADS = {"hip": "upperleg01", "knee": "lowerleg01", "ankle": "foot"}
_HEADS |= {"shoulder": "upperarm01", "elbow": "lowerarm01", "wrist": "wrist"}
_SPINE_BONES = ("spine04", "spine03", "spine02", "spine01")
_SPINE_HEIGHT = 0.48  # of the way from pelvis to thorax along the spine, as motion capture has it


def with_joint_centres(rig: Rig) -> Rig:
    """The same rig with hips and ankles moved to the joint centres."""
    heads = rig.heads.copy()
    for side, other in (("L", "R"), ("R", "L")):
        hip, knee, foot = (rig.index(f"{bone}.{side}") for bone in ("upperleg01", "lowerleg01", "foot"))
        middle = (rig.heads[hip] + rig.head(f"upperleg01.{other}")) / 2
        heads[hip] = middle + HIP_SPACING * (rig.heads[hip] - middle)
        heads[foot] += ANKLE_RAISED * (rig.heads[knee] - rig.heads[foot])
    return replace(rig, heads=heads)


def body_joints(rig: Rig, heads: np.ndarray, face: dict[str, np.ndarray], crown: np.ndarray) -> np.ndarray:
    """Posed heads [T,B,3], face points (nose, left_ear, right_ear) and crown [T,3] -> joints [T,17,3] (H36M_17)."""

    def at(bone: str) -> np.ndarray:
        return heads[:, rig.index(bone)]

    points = {
        f"{name}_{joint}": at(f"{bone}.{side}")
        for joint, bone in _HEADS.items()
        for name, side in (("left", "L"), ("right", "R"))
    }
    points["pelvis"] = (points["left_hip"] + points["right_hip"]) / 2
    points["thorax"] = (at("clavicle.L") + at("clavicle.R")) / 4 + at("neck01") / 2
    spine = np.stack([points["pelvis"], *(at(bone) for bone in _SPINE_BONES), points["thorax"]], 1)
    points["spine"] = along(spine, _SPINE_HEIGHT)
    points["neck_nose"] = face["nose"] / 2 + (face["left_ear"] + face["right_ear"]) / 4
    points["head_top"] = crown
    return np.stack([points[joint] for joint in H36M_17.joints], 1)


def along(chain: np.ndarray, fraction: float) -> np.ndarray:
    """The point [T,3] at `fraction` of the length of each polyline [T,N,3]."""
    steps = np.linalg.norm(np.diff(chain, axis=1), axis=-1)
    reached = np.concatenate([np.zeros((len(chain), 1)), steps.cumsum(1)], 1)
    wanted = fraction * reached[:, -1:]
    segment = (reached[:, 1:-1] < wanted).sum(1)
    rows = np.arange(len(chain))
    part = (wanted[:, 0] - reached[rows, segment]) / steps[rows, segment]
    return chain[rows, segment] + part[:, None] * (chain[rows, segment + 1] - chain[rows, segment])
