"""Constant bone lengths: directions stay, lengths become those of the recording."""

from __future__ import annotations

import numpy as np

from ganbodypose.geometry.kinematics import bone_lengths, with_bone_lengths


def with_constant_bones(joints_m: np.ndarray, error_m: np.ndarray) -> np.ndarray:
    """joints [T,17,3] m with each bone as long as the median of its surer half, by `error_m` [T,17] of its end.

    From the pelvis outwards, so the pelvis does not move; a joint whose parent is missing stays where it is.
    """
    lengths = bone_lengths(np.where(_surer_half(error_m)[..., None], joints_m, np.nan))
    return with_bone_lengths(joints_m, lengths)


def _surer_half(error_m: np.ndarray) -> np.ndarray:
    """Where the error [T,17] is at most the joint's median; everywhere, for a joint whose errors are unknown."""
    known = np.isfinite(error_m)
    median = np.nanmedian(np.where(known.any(0), error_m, 0.0), axis=0)
    return ~known.any(0) | (error_m <= median)
