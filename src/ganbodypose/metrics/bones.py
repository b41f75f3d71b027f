"""How consistent a skeleton is with itself: bones keep their length, and left is as long as right.

Poses are [T,J,3], in any frame and unit; what is returned is relative to the bones' lengths. A single-hypothesis
regressor can have a low MPJPE and an inconsistent skeleton, so these stand beside it.
"""

from __future__ import annotations

import numpy as np

from ganbodypose.skeletons import H36M_17, Skeleton


def bone_lengths(poses: np.ndarray, skeleton: Skeleton = H36M_17) -> np.ndarray:
    """Length [...,bones] of every bone of poses [...,J,3], in the order of `skeleton.bones`."""
    poses = np.asarray(poses, np.float64)
    parents, children = np.array(skeleton.bones).T
    return np.linalg.norm(poses[..., children, :] - poses[..., parents, :], axis=-1)


def bone_length_variation(poses: np.ndarray, skeleton: Skeleton = H36M_17) -> np.ndarray:
    """Standard deviation over mean of every bone's length [bones] over the frames of poses [T,J,3]."""
    lengths = bone_lengths(poses, skeleton)
    known = np.isfinite(lengths)
    count = np.where(known.any(0), known.sum(0), np.nan)
    mean = np.where(known, lengths, 0.0).sum(0) / count
    variance = np.where(known, (lengths - mean) ** 2, 0.0).sum(0) / count
    return np.sqrt(variance) / np.where(mean > 0, mean, np.nan)


def bone_asymmetry(poses: np.ndarray, skeleton: Skeleton = H36M_17) -> np.ndarray:
    """|left - right| over their mean, for every pair of bones [...,pairs] and frame of poses [...,J,3]."""
    lengths = bone_lengths(poses, skeleton)
    left, right = np.array(_mirrored_bones(skeleton)).T
    mean = (lengths[..., left] + lengths[..., right]) / 2
    return np.abs(lengths[..., left] - lengths[..., right]) / np.where(mean > 0, mean, np.nan)


def _mirrored_bones(skeleton: Skeleton) -> list[tuple[int, int]]:
    """Each bone of the left side with its twin, as numbers in `skeleton.bones`."""
    child_of = {child: number for number, (_, child) in enumerate(skeleton.bones)}
    left = [j for j in child_of if "left" in skeleton.joints[j].split("_") and skeleton.mirror[j] in child_of]
    return [(child_of[j], child_of[skeleton.mirror[j]]) for j in left]
