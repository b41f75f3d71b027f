"""The summary of all metrics."""

import json

import numpy as np
import pytest

from ganbodypose.metrics import bones, pose, ranking
from ganbodypose.metrics.evaluate import evaluate_poses
from ganbodypose.skeletons import H36M_17

RNG = np.random.default_rng(0)
TARGET = pose.root_relative(RNG.normal(size=(40, 17, 3)) * 0.4)
OFFSET = RNG.normal(size=(40, 17, 3)) * RNG.uniform(0.005, 0.08, (40, 17, 1))
OFFSET[:, 0] = 0
PRED = TARGET + OFFSET
ERRORS = np.linalg.norm(OFFSET, axis=-1)


def test_values_are_those_of_the_single_metrics_in_millimetres() -> None:
    scores = evaluate_poses(PRED, TARGET)
    assert scores["mpjpe_mm"] == pytest.approx(1000 * ERRORS.mean())
    assert scores["pa_mpjpe_mm"] == pytest.approx(1000 * pose.pa_mpjpe(PRED, TARGET))
    assert scores["n_mpjpe_mm"] == pytest.approx(1000 * pose.n_mpjpe(PRED, TARGET))
    for j, name in enumerate(H36M_17.joints):
        assert scores["per_joint_mpjpe_mm"][name] == pytest.approx(1000 * ERRORS[:, j].mean())
    assert scores["frames"] == 40
    assert scores["failed_frames"] == scores["missing_joints"] == scores["pa_failed_frames"] == 0
    json.dumps(scores)


def test_position_does_not_matter_but_only_the_pelvis_removes_it() -> None:
    moved = evaluate_poses(PRED + np.array([1, 2, 3]), TARGET - np.array([4, 5, 6]))
    assert moved["mpjpe_mm"] == pytest.approx(evaluate_poses(PRED, TARGET)["mpjpe_mm"])


def test_pck_counts_14_joints() -> None:
    pred = TARGET.copy()
    for j in H36M_17.indices("spine", "neck_nose"):
        pred[:, j] += 1  # not among the 14
    assert evaluate_poses(pred, TARGET)["pck150"] == 1
    assert evaluate_poses(pred, TARGET)["auc"] == pytest.approx(30 / 31)
    pred[:, H36M_17.index("left_wrist")] += 1
    assert evaluate_poses(pred, TARGET)["pck150"] == pytest.approx(13 / 14)


def test_failures_are_counted_and_cost_pck() -> None:
    pred = PRED.copy()
    pred[3] = np.nan
    pred[5, 2] = np.nan
    target = TARGET.copy()
    target[7, 4] = pred[7, 4] = np.nan  # not asked for, not given
    target[8] = np.nan  # nothing to find
    scores = evaluate_poses(pred, target)
    assert scores["failed_frames"] == 1 and scores["pa_failed_frames"] == 1
    assert scores["missing_joints"] == 17 + 1
    known = np.isfinite(pred).all(-1) & np.isfinite(target).all(-1)
    assert scores["mpjpe_mm"] == pytest.approx(1000 * ERRORS[known].mean())
    perfect = evaluate_poses(np.where(np.isfinite(pred), TARGET, np.nan), TARGET)
    assert perfect["pck150"] == pytest.approx(1 - 16 / (40 * 14))
    flat = TARGET.copy()
    flat[0] = 0
    assert evaluate_poses(flat, TARGET)["pa_failed_frames"] == 1


def test_a_perfectly_known_error() -> None:
    scores = evaluate_poses(PRED, TARGET, ERRORS)
    assert scores["spearman"] == pytest.approx(1)
    assert scores["spearman_within_joint"] == pytest.approx(1)
    assert scores["roc_auc_50mm"] == 1
    assert scores["calibration_error_mm"] == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(scores["calibration_expected_mm"], scores["calibration_actual_mm"])
    assert len(scores["calibration_expected_mm"]) == 10


def test_expected_error_scores_leave_the_pelvis_out() -> None:
    expected = ERRORS + RNG.normal(size=ERRORS.shape) * 0.03
    scores = evaluate_poses(PRED, TARGET, expected)
    rest = slice(1, None)
    assert scores["spearman"] == pytest.approx(ranking.spearman(expected[:, rest], ERRORS[:, rest]))
    assert scores["roc_auc_50mm"] == pytest.approx(ranking.roc_auc(expected[:, rest], ERRORS[:, rest] > 0.05))
    assert scores["calibration_error_mm"] == pytest.approx(
        1000 * ranking.calibration(expected[:, rest], ERRORS[:, rest]).error
    )
    holed = PRED.copy()
    holed[::2, 3] = np.nan  # an unknown error is neither small nor large
    known = np.ones(ERRORS.shape, bool)
    known[::2, 3] = known[:, 0] = False
    assert evaluate_poses(holed, TARGET, expected)["roc_auc_50mm"] == pytest.approx(
        ranking.roc_auc(expected[known], ERRORS[known] > 0.05)
    )
    expected[:, 0] = 9
    assert evaluate_poses(PRED, TARGET, expected)["spearman"] == scores["spearman"]


def test_knowing_only_which_joints_are_hard_is_not_knowing_within_a_joint() -> None:
    hard = np.linspace(0.01, 0.1, 17)
    pred = TARGET + RNG.normal(size=TARGET.shape) * hard[:, None]
    pred[:, 0] = TARGET[:, 0]
    scores = evaluate_poses(pred, TARGET, np.broadcast_to(hard, (40, 17)) * RNG.uniform(0.99, 1.01, (40, 17)))
    assert scores["spearman"] > 0.5
    assert abs(scores["spearman_within_joint"]) < 0.15


def test_time_only_with_a_frame_rate_and_clip_by_clip() -> None:
    assert "mpjve_mm_per_s" not in evaluate_poses(PRED, TARGET)
    ids = np.repeat([0, 1], 20)
    still = np.concatenate([np.repeat(TARGET[:1], 20, 0), np.repeat(1.5 * TARGET[1:2], 20, 0)])
    scores = evaluate_poses(still * 1.1, still, fps=25, sequence_id=ids)
    assert scores["mpjve_mm_per_s"] == pytest.approx(0, abs=1e-9)
    assert scores["acceleration_error_mm_per_s2"] == pytest.approx(0, abs=1e-9)
    assert scores["bone_length_variation"] == pytest.approx(0, abs=1e-9)
    assert evaluate_poses(still, still, fps=25)["bone_length_variation"] > 0.05
    moving = evaluate_poses(PRED, TARGET, fps=25)
    assert moving["mpjve_mm_per_s"] == pytest.approx(1000 * pose.mpjve(PRED, TARGET, 25))
    assert moving["acceleration_error_mm_per_s2"] == pytest.approx(
        1000 * pose.acceleration_error(PRED, TARGET, 25)
    )
    uneven = evaluate_poses(TARGET, TARGET, fps=25, sequence_id=np.repeat([0, 1], [10, 30]))
    parts = [bones.bone_length_variation(TARGET[rows]).mean() for rows in (slice(0, 10), slice(10, 40))]
    assert uneven["bone_length_variation"] == pytest.approx(0.25 * parts[0] + 0.75 * parts[1])
    assert moving["target_bone_length_variation"] == pytest.approx(bones.bone_length_variation(TARGET).mean())


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="pred and target"):
        evaluate_poses(PRED[:, :16], TARGET)
    with pytest.raises(ValueError, match="pred and target"):
        evaluate_poses(PRED[None], TARGET[None])
    with pytest.raises(ValueError, match="expected_error"):
        evaluate_poses(PRED, TARGET, ERRORS[:, 1:])


def test_flags_and_risk_are_those_of_the_joints_without_the_pelvis() -> None:
    expected = ERRORS + RNG.normal(size=ERRORS.shape) * 0.02
    scores = evaluate_poses(PRED, TARGET, expected)
    flagged, bad = expected[:, 1:] > 0.05, ERRORS[:, 1:] > 0.05
    assert scores["precision_50mm"] == pytest.approx(bad[flagged].mean())
    assert scores["recall_50mm"] == pytest.approx(flagged[bad].mean())
    assert 0 < scores["ause_mm"] < 30
    assert evaluate_poses(PRED, TARGET, ERRORS)["ause_mm"] == pytest.approx(0, abs=1e-9)


def test_a_mirrored_body_is_never_perfect() -> None:
    mirrored = evaluate_poses(TARGET * [-1, 1, 1], TARGET)
    assert min(mirrored[name] for name in ("mpjpe_mm", "pa_mpjpe_mm", "n_mpjpe_mm")) > 50
    assert max(mirrored["pck150"], mirrored["joint_map"]["total"]) < 0.9
    assert mirrored["bone_asymmetry"] == pytest.approx(mirrored["target_bone_asymmetry"])


def test_per_joint_breakdown() -> None:
    pred = TARGET.copy()
    wrist = H36M_17.index("left_wrist")
    pred[:20, wrist] += 1
    scores = evaluate_poses(pred, TARGET)
    assert scores["per_joint_pck150"]["left_wrist"] == 0.5 and scores["per_joint_pck150"]["head_top"] == 1
    assert scores["joint_map"]["knee"] == pytest.approx(1) and scores["joint_map"]["wrist"] < 0.8
    assert scores["per_joint_pa_mpjpe_mm"].keys() == set(H36M_17.joints)
