"""Official Human3.6M and MPI-INF-3DHP numbers of predictions whose answers are known, to 1e-6."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from ganbodypose.core import UserError
from ganbodypose.datasets.threedpw import SMPL_24
from ganbodypose.jobs.evaluate import PROTOCOLS, evaluate
from ganbodypose.metrics.evaluate import PCK_JOINTS
from ganbodypose.protocols.predictions import PredictionFiles
from ganbodypose.protocols.score import run_trials, scores_by_the_book
from ganbodypose.protocols.sources import human36m_trials, mpi_inf_3dhp_trials, threedpw_trials
from ganbodypose.protocols.trial import Trial
from ganbodypose.skeletons import H36M_17, MPI_INF_3DHP_17

# Where each joint of H36M_17 lies in the official 17 of MPI-INF-3DHP
H36M_OF_MPI = [14, 8, 9, 10, 11, 12, 13, 15, 1, 16, 0, 5, 6, 7, 2, 3, 4]
WRIST = H36M_17.index("left_wrist")


def save_predictions(path: Path, trials: list[Trial], predicted: list[np.ndarray]) -> Path:
    np.savez(path, **{trial.name: joints for trial, joints in zip(trials, predicted, strict=True)})
    return path


def off_by(trial: Trial, x_m: float) -> np.ndarray:
    """Every joint but the pelvis moved to the right."""
    joints = trial.truth_m - trial.truth_m[:, :1]
    joints[:, 1:, 0] += x_m
    return joints


def test_human36m_trials(h36m_folder: Path) -> None:
    trials = list(human36m_trials(h36m_folder))
    names = [trial.name for trial in trials]
    assert len(trials) == 4 * 4 and names[0] == "S9/Walking/54138969" and names[-1] == "S11/Photo/60457274"
    assert not any("S11/Directions" in name for name in names)
    assert {trial.group for trial in trials} == {"Walking", "Photo"}
    xyz = trials[0].truth_m
    np.testing.assert_allclose(xyz[..., :2] / xyz[..., 2:] * 1000 + 500, trials[0].keypoints.xy_px)
    assert (xyz[..., 2] > 3).all()


def test_protocol_1_is_the_mean_over_actions(h36m_folder: Path, tmp_path: Path) -> None:
    trials = list(human36m_trials(h36m_folder))
    predicted = [off_by(trial, 0.064 if trial.group == "Walking" else 0.032) for trial in trials]
    path = save_predictions(tmp_path / "predictions.npz", trials, predicted)
    scores = evaluate("h36m-p1", PredictionFiles(path), h36m_folder).scores
    assert scores["frames"] == 4 * (8 + 8 + 4 + 12)
    assert scores["by_group"]["Walking"]["mpjpe_mm"] == pytest.approx(64 * 16 / 17, abs=1e-6)
    assert scores["mpjpe_mm"] == pytest.approx((64 + 32) / 2 * 16 / 17, abs=1e-6)  # 48 for each action alike
    assert scores["pck150"] == 1


def test_protocol_2_by_hand(h36m_folder: Path, tmp_path: Path) -> None:
    """Two joints at one place, moved apart by e: the best alignment only shrinks, by |X|^2 / (|X|^2 + 2 e^2)."""
    trials, predicted, answers = list(human36m_trials(h36m_folder)), [], []
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    twins = H36M_17.indices("left_wrist", "right_wrist")
    for trial in trials:
        truth = trial.truth_m
        truth[:, twins[1]] = truth[:, twins[0]]
        pose = truth.copy()
        pose[:, twins] += np.array([[0, 0.25, 0], [0, -0.25, 0]])
        centred = truth - truth.mean(1, keepdims=True)
        size = (centred**2).sum((1, 2))
        shrunk = (size / (size + 2 * 0.25**2))[:, None, None]
        moved = pose - truth
        answers.append(np.linalg.norm(shrunk * (centred + moved) - centred, axis=-1))
        predicted.append(2 * pose @ turn.T + 3)
    groups = np.array([trial.group for trial in trials])
    expected = [
        np.concatenate([a for a, g in zip(answers, groups, strict=True) if g == group]).mean()
        for group in ("Walking", "Photo")
    ]
    path = save_predictions(tmp_path / "predictions.npz", trials, predicted)
    subject = PredictionFiles(path)
    protocol = PROTOCOLS["h36m-p2"]
    scores = scores_by_the_book(run_trials(trials, subject), protocol.mean_over_groups)
    assert scores["pa_mpjpe_mm"] == pytest.approx(1000 * np.mean(expected), abs=1e-6)
    assert scores["pa_mpjpe_mm"] > 1 and scores["mpjpe_mm"] > 100


def test_a_mirrored_prediction_is_not_perfect(h36m_folder: Path, tmp_path: Path) -> None:
    trials = list(human36m_trials(h36m_folder))
    path = save_predictions(tmp_path / "p.npz", trials, [trial.truth_m * [-1, 1, 1] for trial in trials])
    scores = evaluate("h36m-p2", PredictionFiles(path), h36m_folder).scores
    assert scores["pa_mpjpe_mm"] > 100


def save_inference_mat(path: Path, trials: list[Trial], errors_mm: dict[str, np.ndarray]) -> Path:
    """P-STMO's inference_data.mat: [3,17,1,T] mm of the valid frames, joints off by errors_mm [17] (H36M order)."""
    content = {}
    for trial in trials:
        joints = (trial.truth_m - trial.truth_m[:, :1])[trial.valid] * 1000
        joints[..., 0] += errors_mm[trial.name]
        official = np.empty_like(joints)
        official[:, H36M_OF_MPI] = joints
        content[trial.name] = official.transpose(2, 1, 0)[:, :, None]
    savemat(path, content)
    return path


def test_mpi_inf_3dhp_by_hand(mpi_inf_3dhp_folder: Path, tmp_path: Path) -> None:
    trials = list(mpi_inf_3dhp_trials(mpi_inf_3dhp_folder))
    assert [(trial.name, int(trial.valid.sum())) for trial in trials] == [("TS1", 4), ("TS5", 2)]
    assert trials[0].camera.matrix[0, 0] == pytest.approx(1500) and not trials[0].camera.assumed
    first, second = np.zeros(17), np.zeros(17)
    first[1:] = 102
    second[1:] = 102
    second[WRIST] = 200
    path = save_inference_mat(tmp_path / "inference_data.mat", trials, {"TS1": first, "TS5": second})
    scores = evaluate("3dhp", PredictionFiles(path), mpi_inf_3dhp_folder).scores
    assert scores["frames"] == 6 and scores["failed_frames"] == 0
    wrong = 2 * 1 / (6 * 14)  # one of 14 joints in two of six frames
    assert scores["pck150"] == pytest.approx(1 - wrong, abs=1e-6)
    # 102 mm lies below 105, 110, ... 150: ten of the 31 thresholds; 200 mm below none
    assert scores["auc"] == pytest.approx((1 - wrong) * 10 / 31, abs=1e-6)
    assert scores["mpjpe_mm"] == pytest.approx((6 * 16 * 102 + 2 * 98) / (6 * 17), abs=1e-6)
    assert scores["per_joint_pck150"]["left_wrist"] == pytest.approx(4 / 6, abs=1e-6)
    assert scores["by_group"]["TS1"]["auc"] == pytest.approx(10 / 31, abs=1e-6)


def test_3dhp_from_the_file_of_p_stmo(tmp_path: Path) -> None:
    """data_test_3dhp.npz holds the same recordings in the official joints, mm; the answer is the same by hand."""
    rng = np.random.default_rng(0)
    xyz = rng.integers(-1024, 1024, (4, 17, 3)) / 1024 * 1000 + [0, 0, 4000]
    sequence = {"data_2d": xyz[..., :2] / 2, "data_3d": xyz, "valid": np.array([1.0, 0, 1, 1])}
    np.savez(tmp_path / "data_test_3dhp.npz", data=np.array({"TS1": sequence}, object))
    (trial,) = mpi_inf_3dhp_trials(tmp_path)
    np.testing.assert_allclose(trial.truth_m[:, WRIST], xyz[:, H36M_OF_MPI[WRIST]] / 1000, atol=1e-6)
    off = np.zeros(17)
    off[1:] = 102
    path = save_inference_mat(tmp_path / "inference_data.mat", [trial], {"TS1": off})
    scores = evaluate("3dhp", PredictionFiles(path), tmp_path).scores
    assert scores["frames"] == 3 and scores["auc"] == pytest.approx(10 / 31, abs=1e-6)


def test_3dpw_counts_frames_with_a_valid_camera_in_its_frame(threedpw_folder: Path, tmp_path: Path) -> None:
    (trial,) = threedpw_trials(threedpw_folder)  # the sequence to train on is left alone
    assert (trial.name, trial.group, trial.valid.tolist()) == (
        "test_00/0",
        "test_00",
        [True, True, False, True],
    )
    written = pickle.loads((threedpw_folder / "sequenceFiles/test/test_00.pkl").read_bytes())
    world = written["jointPositions"][0].reshape(4, 24, 3)[:, SMPL_24.index("left_knee")]
    there = [
        pose[:3, :3] @ point + pose[:3, 3] for pose, point in zip(written["cam_poses"], world, strict=True)
    ]
    np.testing.assert_allclose(trial.truth_m[:, H36M_17.index("left_knee")], there, atol=1e-6)
    predicted = 1.5 * trial.truth_m  # of another size, and elsewhere
    path = save_predictions(tmp_path / "predictions.npz", [trial], [predicted])
    evaluation = evaluate("3dpw", PredictionFiles(path), threedpw_folder)
    assert evaluation.headline == "pa_mpjpe_mm" and evaluation.scores["frames"] == 3
    assert evaluation.scores["pa_mpjpe_mm"] == pytest.approx(0, abs=1e-3)
    assert "published results are on 35515" in evaluation.notes[0]


def test_the_official_groups_are_ours_by_name() -> None:
    """Head 1, Neck 2, Shoulder 3/6, Elbow 4/7, Wrist 5/8, Hip 9/12, Knee 10/13, Ankle 11/14 (1-based)."""
    official = sorted(MPI_INF_3DHP_17.joints[k - 1] for k in range(1, 15))
    ours = sorted(H36M_17.joints[j].replace("thorax", "neck") for j in PCK_JOINTS)
    assert ours == official


def test_too_few_frames_are_said_so(h36m_folder: Path, tmp_path: Path) -> None:
    trials = list(human36m_trials(h36m_folder))
    path = save_predictions(tmp_path / "p.npz", trials, [trial.truth_m for trial in trials])
    evaluation = evaluate("h36m-p1", PredictionFiles(path), h36m_folder)
    assert evaluation.notes == (
        "128 frames count, but published results are on 543344: these are not to be compared.",
    )


def test_missing_data_is_told(tmp_path: Path) -> None:
    for protocol, wanted in (("h36m-p1", "data_3d_h36m.npz"), ("3dhp", "TS1"), ("pairs", "train_full.npz")):
        with pytest.raises(UserError, match=rf"No .*{wanted} lies in .*--data"):
            evaluate(protocol, PredictionFiles(tmp_path), tmp_path)
    with pytest.raises(UserError, match="no protocol 'h36m'; choose from h36m-p1"):
        evaluate("h36m", PredictionFiles(tmp_path), tmp_path)
