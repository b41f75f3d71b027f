"""Errors of joint positions. Poses are [...,J,3] m; results are in metres and seconds.

A joint takes part where the target is finite. Means are over the joints that the prediction gives; PCK counts
a joint that it does not give as wrong. Bring the poses to a common origin first (`root_relative`).
"""

from __future__ import annotations

import numpy as np

from ganbodypose.geometry.procrustes import similarity_align

# MPI-INF-3DHP: PCK at 150 mm, AUC over 0, 5, ... 150 mm.
PCK_THRESHOLD_M = 0.150
AUC_THRESHOLDS_M = np.arange(0, 155, 5) / 1000


def root_relative(poses: np.ndarray, root: int = 0) -> np.ndarray:
    """Poses [...,J,3] relative to joint `root`."""
    poses = np.asarray(poses, dtype=np.float64)
    return poses - poses[..., root : root + 1, :]


def joint_errors(pred: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Euclidean error of every joint [...,J] m."""
    return np.linalg.norm(np.asarray(pred, np.float64) - np.asarray(target, np.float64), axis=-1)


def pa_joint_errors(pred: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Errors [...,J] m after Procrustes alignment of each pose; NaN where that is undetermined."""
    return joint_errors(similarity_align(pred, target), target)


def n_joint_errors(pred: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Errors [...,J] m after the best scale of each root-relative pose (Rhodin et al. 2018)."""
    pred, target = np.asarray(pred, np.float64), np.asarray(target, np.float64)
    both = (np.isfinite(pred) & np.isfinite(target)).all(-1, keepdims=True)
    masked = np.where(both, pred, 0.0)
    size = (masked * masked).sum((-1, -2), keepdims=True)
    overlap = (masked * np.where(both, target, 0.0)).sum((-1, -2), keepdims=True)
    return joint_errors(overlap / np.where(size > 0, size, np.nan) * pred, target)


def mpjpe(pred: np.ndarray, target: np.ndarray) -> float:
    """Mean per-joint position error, m."""
    return finite_mean(joint_errors(pred, target))


def pa_mpjpe(pred: np.ndarray, target: np.ndarray) -> float:
    """MPJPE after Procrustes alignment of each pose (proper rotation, scale, translation), m."""
    return finite_mean(pa_joint_errors(pred, target))


def n_mpjpe(pred: np.ndarray, target: np.ndarray) -> float:
    """MPJPE after scaling each root-relative pose, m."""
    return finite_mean(n_joint_errors(pred, target))


def mpjve(pred: np.ndarray, target: np.ndarray, fps: float, sequence_id: np.ndarray | None = None) -> float:
    """Mean per-joint velocity error of poses [T,J,3], m/s (first differences).

    Frames of different `sequence_id` [T] are never subtracted from each other.
    """
    return finite_mean(_difference_errors(pred, target, 1, sequence_id)) * fps


def acceleration_error(
    pred: np.ndarray, target: np.ndarray, fps: float, sequence_id: np.ndarray | None = None
) -> float:
    """Mean per-joint acceleration error of poses [T,J,3], m/s^2 (second differences); see `mpjve`."""
    return finite_mean(_difference_errors(pred, target, 2, sequence_id)) * fps**2


def _difference_errors(
    pred: np.ndarray, target: np.ndarray, order: int, sequence_id: np.ndarray | None
) -> np.ndarray:
    """Norm [T-order,J] of the `order`-th time difference of the error; NaN across sequences."""
    error = np.asarray(pred, np.float64) - np.asarray(target, np.float64)
    norms = np.linalg.norm(np.diff(error, n=order, axis=0), axis=-1)
    if sequence_id is not None:
        changed = np.diff(sequence_id) != 0
        for step in range(order):
            norms[changed[step : step + len(norms)]] = np.nan
    return norms


def pck(pred: np.ndarray, target: np.ndarray, threshold_m: float = PCK_THRESHOLD_M) -> float:
    """Fraction of joints whose error is strictly below the threshold; a missing prediction is wrong."""
    return _fraction_below(*_counted_errors(pred, target), np.array([threshold_m]))


def auc(pred: np.ndarray, target: np.ndarray, thresholds_m: np.ndarray = AUC_THRESHOLDS_M) -> float:
    """Mean of `pck` over the thresholds (MPI-INF-3DHP: 31 of them, so a perfect pose reaches 30/31)."""
    return _fraction_below(*_counted_errors(pred, target), np.asarray(thresholds_m))


def _counted_errors(pred: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, int]:
    """Sorted errors (NaN last, so never below a threshold), and how many joints there should be."""
    return np.sort(joint_errors(pred, target), axis=None), int(np.isfinite(target).all(-1).sum())


def _fraction_below(errors: np.ndarray, count: int, thresholds: np.ndarray) -> float:
    if count == 0:
        return float("nan")
    return float(np.searchsorted(errors, thresholds, side="left").mean() / count)


def finite_mean(values: np.ndarray) -> float:
    """Mean of the finite values; NaN when there is none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")
