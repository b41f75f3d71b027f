"""Joints as bone vectors and back (Human3.6M-17): changing a bone moves what hangs from it, by construction."""

from __future__ import annotations

import numpy as np

from ganbodypose.skeletons import H36M_17

PARENTS = np.array(H36M_17.parents[1:])  # of joints 1 to 16, whose bones end in them


def _paths() -> np.ndarray:
    """[17,16]: 1 where a bone lies on the way from the pelvis to a joint."""
    paths = np.zeros((len(H36M_17), len(PARENTS)))
    for joint, parent in enumerate(PARENTS, start=1):
        paths[joint] = paths[parent]
        paths[joint, joint - 1] = 1
    return paths


_PATHS = _paths()


def to_bones(joints: np.ndarray) -> np.ndarray:
    """Joints [...,17,3] -> bone vectors [...,16,3], child minus parent."""
    return joints[..., 1:, :] - joints[..., PARENTS, :]


def to_joints(bones: np.ndarray) -> np.ndarray:
    """Bone vectors [...,16,3] -> joints [...,17,3] relative to the pelvis."""
    return _PATHS.astype(bones.dtype) @ bones
