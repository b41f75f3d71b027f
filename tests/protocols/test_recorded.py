"""The protocols on the recorded data, and two systems without clock or frame in common."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import Camera, Keypoints2D
from ganbodypose.datasets.mocap import split_table
from ganbodypose.geometry.camera import project, unproject
from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.jobs.evaluate import evaluate
from ganbodypose.protocols.kinect import (
    best_rotation,
    best_rotation_and_lag,
    keraal_trials,
    uiprmd_trials,
)
from ganbodypose.protocols.lifting import LiftedBy
from ganbodypose.protocols.score import run_trials
from ganbodypose.protocols.sources import pairs_trials
from ganbodypose.protocols.trial import OwnDepth, Prediction, Trial
from ganbodypose.training.filming import mocap_trials, perfect_2d_trials

RNG = np.random.default_rng(0)


def two_systems(lag: int, turn: np.ndarray) -> tuple[Trial, Prediction]:
    """The same motion, the truth `lag` frames later and in a frame of its own."""
    motion = np.cumsum(RNG.normal(0, 0.03, (90, 17, 3)), axis=0) + RNG.normal(0, 0.4, (1, 17, 3))
    predicted, truth = motion[20:70], motion[20 - lag : 70 - lag] @ turn.T + [1, 2, 3]
    keypoints = Keypoints2D(np.zeros((50, 17, 2)), np.ones((50, 17)))
    camera = Camera(np.eye(3), (10, 10))
    return Trial("a", keypoints, camera, 30.0, truth, np.ones(50, bool)), Prediction(
        predicted, np.ones((50, 17))
    )


@pytest.mark.parametrize("lag", [-7, 0, 12])
def test_lag_and_rotation_are_found(lag: int) -> None:
    turn = rotvec_to_matrix(np.array([0.3, -1.2, 2.0]))
    pair = best_rotation_and_lag(*two_systems(lag, turn))
    np.testing.assert_allclose(pair.predicted_m, pair.truth_m, atol=1e-9)
    assert len(pair.truth_m) == 50 - abs(lag) and pair.expected_error_m is not None
    assert len(pair.expected_error_m) == len(pair.truth_m)


def test_a_mirrored_motion_is_not_turned_into_the_true_one() -> None:
    trial, prediction = two_systems(0, np.eye(3))
    mirrored = best_rotation_and_lag(trial, Prediction(prediction.joints_m * [-1, 1, 1]))
    assert np.linalg.norm(mirrored.predicted_m - mirrored.truth_m, axis=-1).mean() > 0.1


def test_a_longer_lag_than_allowed_is_an_error_and_the_truth_may_end_early() -> None:
    trial, prediction = two_systems(16, np.eye(3))
    pair = best_rotation_and_lag(trial, prediction)
    assert np.linalg.norm(pair.predicted_m - pair.truth_m, axis=-1).mean() > 0.01
    trial, prediction = two_systems(5, np.eye(3))
    trial.truth_m[40:] = np.nan
    pair = best_rotation_and_lag(trial, prediction)
    np.testing.assert_allclose(pair.predicted_m, pair.truth_m, atol=1e-9)
    assert len(pair.truth_m) == 35


def test_frames_of_one_clock_are_turned_but_not_shifted() -> None:
    turn = rotvec_to_matrix(np.array([0.3, -1.2, 2.0]))
    pair = best_rotation(*two_systems(0, turn))
    np.testing.assert_allclose(pair.predicted_m, pair.truth_m, atol=1e-9)
    shifted = best_rotation(*two_systems(5, turn))
    assert len(shifted.truth_m) == 50
    assert np.linalg.norm(shifted.predicted_m - shifted.truth_m, axis=-1).mean() > 0.05


def test_keraal(data_dir: Path) -> None:
    """Three exercises as three detectors saw them: the same person, so their keypoints agree in the picture."""
    trials = {trial.name: trial for trial in keraal_trials(data_dir)}
    assert len(trials) == 9 and {trial.group for trial in trials.values()} == {"OP", "BP", "AP"}
    for name, trial in trials.items():
        other = trials[name.rpartition("/")[0] + "/OP"]
        apart_px = np.linalg.norm(trial.keypoints.xy_px - other.keypoints.xy_px, axis=-1)
        assert np.nanmedian(apart_px) < 20, name
    scores = evaluate("keraal", LiftedBy("live"), data_dir).scores
    assert scores["frames"] == 3 * (197 + 193 + 193) and 50 < scores["mpjpe_mm"] < 200


def test_uiprmd(data_dir: Path) -> None:
    """The Kinect as it is comes out as the reference that lies beside the data, made by other code."""
    trials = [trial for trial in uiprmd_trials(data_dir, [9]) if trial.name[:3] in ("m01", "m02", "m07")]
    outcome = run_trials(trials, OwnDepth(), best_rotation_and_lag)
    rows = np.load(data_dir / "uiprmd" / "kinect_vs_vicon_error.npy")[:, :5]
    reference = {
        f"m{m:02.0f}_s{s:02.0f}_e{e:02.0f}_{'cor' if c else 'inc'}": error for m, s, e, c, error in rows
    }
    assert len(trials) > 30
    expected = np.mean([reference[trial.name] for trial in trials])
    assert outcome.scores()["mpjpe_mm"] == pytest.approx(1000 * expected, rel=0.06)
    seen = project(trials[0].camera, np.asarray(trials[0].own_3d_m))
    np.testing.assert_allclose(seen, trials[0].keypoints.xy_px)
    assert ((seen > 0) & (seen < (512, 424))).mean() > 0.9  # the sensor saw the person


def test_mocap_trials_are_those_of_the_test_split_and_always_the_same(data_dir: Path) -> None:
    first, again = (list(islice(mocap_trials(data_dir), 3)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.keypoints.xy_px, other.keypoints.xy_px)
        assert len(one) == 96 and (one.truth_m[..., 2] > 0).all()
    assert first[0].group == "cmu_amc_s01-03"
    seen = np.concatenate([t.keypoints.xy_px - project(t.camera, t.truth_m) for t in first])
    assert 1 < np.nanmedian(np.linalg.norm(seen, axis=-1)) < 150  # noisy, but of this person


def test_perfect_2d_lies_on_the_rays_of_the_truth_but_for_a_wrong_focal_length(data_dir: Path) -> None:
    for trial in islice(perfect_2d_trials(data_dir), 5):
        seen = unproject(trial.camera, trial.keypoints.xy_px)[..., :2]
        truth = np.asarray(trial.truth_m)
        true = truth[..., :2] / truth[..., 2:]
        scale = np.nanmedian(seen / true)  # by which the assumed focal length errs
        assert np.isfinite(seen).mean() > 0.5 and 0.6 < scale < 1.6
        np.testing.assert_allclose(seen, np.where(np.isnan(seen), np.nan, scale * true), rtol=1e-5, atol=1e-6)
        assert trial.keypoints.depth_m is not None and np.isnan(trial.keypoints.depth_m).all()


def test_pairs_trials_are_those_of_the_test_split(data_dir: Path) -> None:
    split = split_table(data_dir / "mocap")
    trials = list(pairs_trials(data_dir))
    assert all(split[trial.name.partition(":")[2]] == "test" and len(trial) == 40 for trial in trials)
    scores = evaluate("pairs", OwnDepth(), data_dir).scores
    assert scores["frames"] == 40 * len(trials) and scores["failed_frames"] > 0
    assert 100 < scores["mpjpe_mm"] < 150
