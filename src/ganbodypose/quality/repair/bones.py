"""Constant bone lengths: directions stay, lengths become those of the recording."""

from __future__ import annotations

import numpy as np

from ganbodypose.geometry.kinematics import bone_lengths
from ganbodypose.skeletons import H36M_17


def with_constant_bones(joints_m: np.ndarray, error_m: np.ndarray) -> np.ndarray:
    """joints [T,17,3] m with each bone as long as the median of its surer half, by `error_m` [T,17] of its end.

    From the pelvis outwards, so the pelvis does not move; a joint whose parent is missing stays where it is.
    """
    lengths = bone_lengths(np.where(_surer_half(error_m)[..., None], joints_m, np.nan))
    fixed = np.array(joints_m, dtype=np.float64)
    for joint, parent in enumerate(H36M_17.parents):
        if parent < 0:
            continue
        bone = joints_m[:, joint] - joints_m[:, parent]
        length = np.linalg.norm(bone, axis=-1, keepdims=True)
        scaled = fixed[:, parent] + bone * lengths[joint] / np.maximum(length, 1e-9)
        fixed[:, joint] = np.where(np.isfinite(scaled), scaled, joints_m[:, joint])
    return fixed


def _surer_half(error_m: np.ndarray) -> np.ndarray:
    """Where the error [T,17] is at most the joint's median; everywhere, for a joint whose errors are unknown."""
    known = np.isfinite(error_m)
    median = np.nanmedian(np.where(known.any(0), error_m, 0.0), axis=0)
    return ~known.any(0) | (error_m <= median)
