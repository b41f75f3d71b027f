import numpy as np
import pytest
import torch
from torch import nn

from ganbodypose.model.network import Prediction
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.batches import see_motion
from ganbodypose.training.data import TrainingData
from ganbodypose.training.detector_noise import PERFECT
from ganbodypose.training.motion import MotionBank
from ganbodypose.training.swaps import LONGEST, SHORTEST, exchange, swap_scores, with_sides_exchanged

MIRROR = torch.tensor(H36M_17.mirror)


class Believer(nn.Module):
    """Knows the depth and so the whole pose; takes the sides as they are seen, or always the true ones."""

    def __init__(self, truth: bool) -> None:
        super().__init__()
        self.truth = truth

    def forward(self, joints, _condition):
        """The seen plane as joints; `truth` undoes an exchange, which full confidence of all joints betrays."""
        seen = joints[..., :3].clone()
        sure = (joints[..., 4] == 1).all(-1)[..., None, None]
        if self.truth:
            seen = torch.where(sure, seen[:, :, MIRROR], seen)
        return Prediction(seen, None, seen[..., 1:, 0], seen, seen[:, :, :5, 0]), {}


@pytest.fixture(scope="module")
def data(clip):
    return TrainingData(MotionBank([clip(400)]), None)


def test_runs_are_as_long_as_said():
    where = exchange(np.random.default_rng(0), (200, 96))
    length = where.sum(1)
    assert length.min() >= SHORTEST and length.max() <= LONGEST and len(set(length)) > 20
    assert (np.diff(where.astype(int), axis=1) == 1).sum(1).max() == 1  # one run each


def test_only_the_chosen_frames_are_exchanged(data):
    observed = see_motion(
        np.random.default_rng(0), data.motion.sample(np.random.default_rng(0), 3, 20), PERFECT
    )
    where = np.zeros((3, 20), bool)
    where[1, 4:9] = True
    swapped = with_sides_exchanged(observed, where).detected
    wrist, other = H36M_17.indices("left_wrist", "right_wrist")
    np.testing.assert_array_equal(swapped.xy[1, 4:9, wrist], observed.detected.xy[1, 4:9, other])
    np.testing.assert_array_equal(swapped.xy[~where], observed.detected.xy[~where])
    assert (swapped.confidence[1, 4:9] == 1).all()


def test_a_network_that_undoes_exchanges_scores_higher_than_one_that_believes_them(data):
    share = {truth: swap_scores(Believer(truth), data)["unswapped_share"] for truth in (True, False)}
    assert share[True] > 0.9
    assert share[False] < 0.3
    assert swap_scores(Believer(False), data)["mpjpe_rise"] > 0.01
