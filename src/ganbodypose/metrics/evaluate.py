"""All metrics of a set of poses at once, in millimetres, under plain names."""

from __future__ import annotations

from typing import Any

import numpy as np

from ganbodypose.metrics import bones, pose, ranking, risk
from ganbodypose.metrics.average_precision import joint_map_3d
from ganbodypose.skeletons import H36M_17

_ROOT = H36M_17.index("pelvis")
_NOT_ROOT = [j for j in range(len(H36M_17)) if j != _ROOT]
_LIMB_JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
# The 14 joints of MPI-INF-3DHP's PCK; pelvis, spine and neck_nose are not among them.
PCK_JOINTS = H36M_17.indices(
    "head_top",
    "thorax",
    *(f"{side}_{j}" for side in ("right", "left") for j in _LIMB_JOINTS),
)
_BAD_JOINT_M = 0.050
_MM = 1000.0


def evaluate_poses(
    pred: np.ndarray,
    target: np.ndarray,
    expected_error: np.ndarray | None = None,
    *,
    fps: float | None = None,
    sequence_id: np.ndarray | None = None,
) -> dict[str, Any]:
    """Compare poses pred with target, both [T,17,3] m in H36M_17, in the same frame.

    Both are made relative to the pelvis first; as usual, MPJPE counts the pelvis too. PCK and AUC (fractions)
    are those of MPI-INF-3DHP on its 14 joints; `joint_map` is the paper's per-joint mAP (`joint_map_3d`).
    With expected_error [T,17] m: its rank correlation with the true error (`spearman`;
    `spearman_within_joint` is free of the differences between joints), how well it tells joints that are off
    by more than 50 mm (`roc_auc_50mm` as a ranking; `precision_50mm`, `recall_50mm`, `f1_50mm` where it says more
    than 50 mm itself), what refusing its worst joints costs against an oracle (`ause_mm`) and its calibration over
    deciles, all without the pelvis. It also ranks the joints for `joint_map`.
    With fps, for consecutive frames of the clips told apart by integers sequence_id [T]: errors of velocity
    and acceleration, variation of bone lengths (std / mean).
    A prediction that is NaN is left out of the means, wrong in PCK and AUC, and counted.
    """
    pred, target = pose.root_relative(pred, _ROOT), pose.root_relative(target, _ROOT)
    if pred.shape != target.shape or pred.ndim != 3 or pred.shape[1:] != (len(H36M_17), 3):
        raise ValueError(f"pred and target must both be [T,17,3], got {pred.shape} and {target.shape}")
    errors = pose.joint_errors(pred, target)
    scores = _position_scores(pred, target, errors)
    surest = None
    if expected_error is not None:
        expected_error = np.asarray(expected_error, np.float64)
        scores |= _expected_error_scores(expected_error, errors)
        surest = -np.nan_to_num(expected_error, nan=np.inf)
    missing = np.isfinite(target).all(-1) & np.isnan(errors)
    scores["joint_map"] = joint_map_3d(np.where(missing, np.inf, errors), surest)
    if fps is not None:
        scores |= _temporal_scores(pred, target, fps, sequence_id)
    return scores


def _position_scores(pred: np.ndarray, target: np.ndarray, errors: np.ndarray) -> dict[str, Any]:
    wanted, given = np.isfinite(target).all(-1), np.isfinite(pred).all(-1)
    pa_errors = pose.pa_joint_errors(pred, target)
    return {
        "frames": len(pred),
        "failed_frames": int((wanted.any(-1) & ~(wanted & given).any(-1)).sum()),
        "missing_joints": int((wanted & ~given).sum()),
        "pa_failed_frames": int((wanted.any(-1) & np.isnan(pa_errors).all(-1)).sum()),
        "mpjpe_mm": _MM * pose.finite_mean(errors),
        "pa_mpjpe_mm": _MM * pose.finite_mean(pa_errors),
        "n_mpjpe_mm": _MM * pose.n_mpjpe(pred, target),
        "pck150": pose.pck(pred[:, PCK_JOINTS], target[:, PCK_JOINTS]),
        "auc": pose.auc(pred[:, PCK_JOINTS], target[:, PCK_JOINTS]),
        "bone_asymmetry": pose.finite_mean(bones.bone_asymmetry(pred)),
        "target_bone_asymmetry": pose.finite_mean(bones.bone_asymmetry(target)),
        "per_joint_mpjpe_mm": {
            name: _MM * pose.finite_mean(errors[:, j]) for j, name in enumerate(H36M_17.joints)
        },
        "per_joint_pa_mpjpe_mm": {
            name: _MM * pose.finite_mean(pa_errors[:, j]) for j, name in enumerate(H36M_17.joints)
        },
        "per_joint_pck150": {
            name: pose.pck(pred[:, [j]], target[:, [j]]) for j, name in enumerate(H36M_17.joints)
        },
    }


def _expected_error_scores(expected: np.ndarray, errors: np.ndarray) -> dict[str, Any]:
    if expected.shape != errors.shape:
        raise ValueError(f"expected_error must be {errors.shape}, got {expected.shape}")
    # The root-relative pelvis is right by construction; knowing that is no merit.
    expected, errors = expected[:, _NOT_ROOT], errors[:, _NOT_ROOT]
    within = [ranking.spearman(e, a) for e, a in zip(expected.T, errors.T, strict=True)]
    bad = np.where(np.isfinite(errors), errors > _BAD_JOINT_M, np.nan)
    flagged = np.where(np.isfinite(expected), expected > _BAD_JOINT_M, np.nan)
    flags = risk.flags(flagged, bad)
    calibration = ranking.calibration(expected, errors)
    return {
        "spearman": ranking.spearman(expected, errors),
        "spearman_within_joint": pose.finite_mean(np.array(within)),
        "roc_auc_50mm": ranking.roc_auc(expected, bad),
        "precision_50mm": flags.precision,
        "recall_50mm": flags.recall,
        "f1_50mm": flags.f1,
        "ause_mm": _MM * risk.risk_coverage(expected, errors).ause,
        "calibration_error_mm": _MM * calibration.error,
        "calibration_expected_mm": (_MM * calibration.expected).tolist(),
        "calibration_actual_mm": (_MM * calibration.actual).tolist(),
    }


def _temporal_scores(
    pred: np.ndarray, target: np.ndarray, fps: float, sequence_id: np.ndarray | None
) -> dict[str, Any]:
    ids = np.zeros(len(pred), np.int64) if sequence_id is None else np.asarray(sequence_id)
    clips = [ids == i for i in np.unique(ids)]
    return {
        "mpjve_mm_per_s": _MM * pose.mpjve(pred, target, fps, ids),
        "acceleration_error_mm_per_s2": _MM * pose.acceleration_error(pred, target, fps, ids),
        "bone_length_variation": _mean_variation(pred, clips),
        "target_bone_length_variation": _mean_variation(target, clips),
    }


def _mean_variation(poses: np.ndarray, clips: list[np.ndarray]) -> float:
    """Mean over clips (weighted by frames) and bones."""
    variation = np.array([pose.finite_mean(bones.bone_length_variation(poses[rows])) for rows in clips])
    frames = np.array([rows.sum() for rows in clips])
    known = np.isfinite(variation)
    return float(np.average(variation[known], weights=frames[known])) if known.any() else float("nan")
