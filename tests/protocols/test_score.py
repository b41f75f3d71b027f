"""Running a subject over trials, and adding up."""

import numpy as np
import pytest

from ganbodypose.core import Camera, Keypoints2D, UserError
from ganbodypose.protocols.score import Outcome, Pair, run_trials, scores_by_the_book
from ganbodypose.protocols.trial import OwnDepth, Prediction, Trial

RNG = np.random.default_rng(0)
CAMERA = Camera(np.diag([1000.0, 1000, 1]), (1000, 1000))


def make_trial(name: str = "a", frames: int = 6, group: str = "", own: bool = True) -> Trial:
    truth = RNG.normal([0, 0, 4], 0.4, (frames, 17, 3))
    keypoints = Keypoints2D(truth[..., :2] / truth[..., 2:] * 1000, np.ones((frames, 17)))
    valid = np.ones(frames, bool)
    return Trial(name, keypoints, CAMERA, 30.0, truth, valid, group, own_3d_m=truth if own else None)


class Shifted:
    """Knows the truth, but for a shift of every joint other than the pelvis."""

    name = "shifted"

    def __init__(self, by_m: float) -> None:
        self.by_m, self.asked = by_m, []

    def predict(self, trials: list[Trial]) -> list[Prediction]:
        self.asked.append(len(trials))
        joints = [trial.truth_m + np.r_[0, np.ones(16)][:, None] * [self.by_m, 0, 0] for trial in trials]
        return [Prediction(j, np.full(j.shape[:2], 0.1)) for j in joints]


def test_groups_are_told_apart_and_averaged_only_if_asked() -> None:
    trials = [make_trial("a", 6, "x"), make_trial("b", 2, "y")]
    outcome = run_trials(trials, Shifted(0.1))
    pooled, by_the_book = (scores_by_the_book(outcome, mean) for mean in (False, True))
    assert set(pooled["by_group"]) == {"x", "y"} and pooled["frames"] == 8
    assert pooled["mpjpe_mm"] == pytest.approx(100 * 16 / 17)
    assert by_the_book["mpjpe_mm"] == pytest.approx(100 * 16 / 17)
    outcome = Outcome(
        outcome.groups,
        outcome.names,
        [outcome.pairs[0], Pair(outcome.pairs[1].truth_m, outcome.pairs[1].truth_m, np.arange(2))],
        30.0,
    )
    assert scores_by_the_book(outcome, False)["mpjpe_mm"] == pytest.approx(100 * 16 / 17 * 6 / 8)
    assert scores_by_the_book(outcome, True)["mpjpe_mm"] == pytest.approx(100 * 16 / 17 / 2)
    assert "spearman" not in scores_by_the_book(outcome, True)  # one of the two has no expected error


def test_only_valid_frames_count_and_speed_is_not_taken_across_gaps() -> None:
    trial = make_trial(frames=10)
    jump = np.zeros((10, 1, 1))
    jump[5:] = 1.0  # would be a speed of 30 m/s between frames 4 and 5
    valid = np.ones(10, bool)
    valid[4:6] = False
    trial = Trial(
        "a", trial.keypoints, CAMERA, 30.0, np.zeros((10, 17, 3)), valid, own_3d_m=jump * np.eye(17, 3)
    )
    scores = run_trials([trial], OwnDepth()).scores()
    assert scores["frames"] == 8 and scores["mpjve_mm_per_s"] == pytest.approx(0)


def test_trials_are_read_as_they_are_needed() -> None:
    read = []

    def trials():
        for k in range(70):
            read.append(k)
            yield make_trial(str(k), 2)

    subject = Shifted(0.1)
    progress = []
    run_trials(trials(), subject, progress=lambda done, total: progress.append((done, total)), total=140)
    assert subject.asked == [64, 6] and progress == [(128, 140), (140, 140)]


def test_what_cannot_be_scored_is_told() -> None:
    with pytest.raises(UserError, match="nothing to evaluate"):
        run_trials([], Shifted(0))

    class Short(Shifted):
        def predict(self, trials: list[Trial]) -> list[Prediction]:
            return [Prediction(trial.truth_m[1:]) for trial in trials]

    with pytest.raises(UserError, match="prediction for a has 5 frames, but the recording has 6"):
        run_trials([make_trial()], Short(0))
    with pytest.raises(UserError, match="recording a has no 3D of the detector's or sensor's own"):
        run_trials([make_trial(own=False)], OwnDepth())


def test_a_trials_parts_have_one_length() -> None:
    trial = make_trial()
    assert len(trial.first(4)) == 4 and len(trial.first(4).keypoints.confidence) == 4
    with pytest.raises(ValueError, match="every part must have its 5 frames"):
        Trial("a", trial.keypoints, CAMERA, 30.0, trial.truth_m[:5], trial.valid[:5])
