"""Errors of rendered people lent to other motion."""

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData
from ganbodypose.training.motion import MotionBank
from ganbodypose.training.pairs.bank import PairBank
from ganbodypose.training.pairs.lender import ErrorLender
from ganbodypose.training.windows import kinds_of_windows

FRAMES, DT_S = 40, 1 / 25
SHIFTS = (0.01, -0.02)  # of everything the detector says of the first clip, and of the second


@pytest.fixture
def two_poses():
    """[2,17,3] m three metres before the camera."""
    poses = np.random.default_rng(0).normal(0, 0.3, (2, 17, 3))
    return poses - poses[:, :1] + [0, 0, 3.0]


@pytest.fixture
def bank(two_poses):
    joints = np.repeat(two_poses, FRAMES, 0)
    shift = np.repeat(SHIFTS, FRAMES)
    depth = joints[..., 2] - joints[:, :1, 2]
    return PairBank(
        joints_m=joints,
        xy=joints[..., :2] / joints[..., 2:] + shift[:, None, None],
        z=depth + 10 * shift[:, None],
        confidence=np.repeat((0.9, 0.4), FRAMES)[:, None] * np.ones(17),
        length=np.array([FRAMES, FRAMES]),
        dt_s=DT_S,
    )


@pytest.mark.parametrize("which", [0, 1])
def test_errors_come_from_the_pose_that_looks_alike(bank, two_poses, which):
    joints = np.repeat(two_poses[which][None], 27, 0)[None]
    lent = ErrorLender(bank).detected(np.random.default_rng(0), joints, np.array([1 / 50]))
    np.testing.assert_allclose(lent.detected.xy - lent.clean_xy, SHIFTS[which], atol=1e-9)
    np.testing.assert_allclose(
        lent.detected.z - (joints[..., 2] - joints[..., :1, 2]), 10 * SHIFTS[which], atol=1e-9
    )
    np.testing.assert_allclose(lent.detected.confidence, (0.9, 0.4)[which])


def test_a_person_further_away_errs_by_less_of_the_picture(bank, two_poses):
    away = two_poses[0] + [0, 0, 3.0]
    lent = ErrorLender(bank).detected(
        np.random.default_rng(0), np.repeat(away[None], 9, 0)[None], np.array([DT_S])
    )
    np.testing.assert_allclose(lent.detected.xy - lent.clean_xy, SHIFTS[0] / 2, atol=1e-9)


def test_a_step_takes_what_the_configuration_asks_for(clip, bank):
    motion = MotionBank([clip(200)])
    config = TrainConfig(motion_windows=4, pair_windows=2, borrowed_windows=6)
    kinds = kinds_of_windows(TrainingData(motion, bank), config)
    assert [kind.windows for kind in kinds] == [4, 2, 6]
    seen = kinds[2].draw(np.random.default_rng(0), 6, 9)
    assert seen.joints_m.shape == (6, 9, 17, 3) and np.isfinite(seen.detected.xy).all()
    with pytest.raises(UserError, match="pairs"):
        kinds_of_windows(TrainingData(motion, None), config)
