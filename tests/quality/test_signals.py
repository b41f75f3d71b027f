"""The signals of a pose's error: place and size in the picture do not count, disagreement does."""

import numpy as np

from ganbodypose.quality.signals import SIGNALS, error_signals
from ganbodypose.skeletons import H36M_17

JOINTS = np.random.default_rng(0).normal(size=(17, 3))
MISMATCH = 7


def signals(seen_xy: np.ndarray, confidence: np.ndarray, log_error: np.ndarray | None = None) -> np.ndarray:
    seen = np.concatenate([seen_xy, np.zeros((17, 2)), confidence[:, None]], -1)
    log_error = np.linspace(-3, -1, 16) if log_error is None else log_error
    return error_signals(seen, JOINTS, log_error, np.arange(5.0))


def test_a_pose_seen_where_it_is_predicted_has_no_mismatch_at_any_place_and_size() -> None:
    found = signals(0.4 * JOINTS[:, :2] + [0.1, -0.2], np.ones(17))
    assert found.shape == (17, len(SIGNALS))
    np.testing.assert_allclose(found[:, MISMATCH], np.log(0.01))


def test_a_joint_seen_elsewhere_stands_out_but_not_through_others() -> None:
    seen = JOINTS[:, :2].copy()
    wrist = H36M_17.index("left_wrist")
    seen[wrist] += 0.5
    found = signals(seen, np.ones(17))
    assert found[:, MISMATCH].argmax() == wrist
    unseen = np.where(np.arange(17) == wrist, 0.0, 1.0)
    others = np.delete(signals(seen, unseen)[:, MISMATCH], wrist)
    np.testing.assert_allclose(others, np.log(0.01))


def test_parents_and_body_parts_by_name() -> None:
    found = signals(JOINTS[:, :2], np.ones(17))
    knee, ankle, elbow = H36M_17.indices("left_knee", "left_ankle", "right_elbow")
    assert found[ankle, 1] == found[knee, 0]
    assert (found[knee, 5], found[elbow, 5]) == (2, 4)


def test_nobody_seen_gives_finite_signals() -> None:
    assert np.isfinite(signals(np.zeros((17, 2)), np.zeros(17))).all()
