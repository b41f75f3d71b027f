"""Four ways of looking at a sequence: what is known of one must hold for all."""

from functools import partial

import numpy as np
import pytest

from ganbodypose.lift.both_ways import lift_both_ways, run
from ganbodypose.lift.network import StepNetwork
from ganbodypose.skeletons import H36M_17

MIRROR = np.array(H36M_17.mirror)
RNG = np.random.default_rng(0)
JOINTS = RNG.normal(0, 0.5, (2, 12, 17, 5)).astype(np.float32)
CONDITION = RNG.normal(0, 0.5, (2, 12, 6)).astype(np.float32)


@pytest.fixture(scope="module")
def network(tiny_network):
    return partial(run, StepNetwork(tiny_network))


def mirrored(joints):
    twin = joints[..., MIRROR, :].copy()
    twin[..., 0] *= -1
    return twin


def test_a_mirrored_sequence_gives_mirrored_poses_and_errors(network):
    condition = CONDITION * np.array([-1, 1, 1, 1, 1, 1], np.float32)
    poses, log_error, realness = lift_both_ways(network, JOINTS, CONDITION)
    twin, twin_error, twin_realness = lift_both_ways(network, mirrored(JOINTS), condition)
    np.testing.assert_allclose(twin, mirrored(poses), atol=1e-5)
    np.testing.assert_allclose(twin_error, log_error[..., MIRROR[1:] - 1], atol=1e-5)
    np.testing.assert_allclose(twin_realness, realness[..., [0, 2, 1, 4, 3]], atol=1e-5)


def test_a_reversed_sequence_gives_the_poses_in_reverse(network):
    forwards = lift_both_ways(network, JOINTS, CONDITION)
    backwards = lift_both_ways(network, JOINTS[:, ::-1], CONDITION[:, ::-1])
    for there, back in zip(forwards, backwards, strict=True):
        np.testing.assert_allclose(back, there[:, ::-1], atol=1e-5)


def test_one_way_is_neither(network):
    """Else the two tests above would say nothing."""
    poses = network(JOINTS, CONDITION)[0]
    assert np.abs(network(mirrored(JOINTS), CONDITION)[0] - mirrored(poses)).max() > 1e-3
    assert np.abs(network(JOINTS[:, ::-1], CONDITION[:, ::-1])[0] - poses[:, ::-1]).max() > 1e-3


def test_the_error_grows_where_the_four_differ():
    def lift(joints, condition):
        del condition
        poses = joints[..., :3] + offset * np.arange(len(joints))[:, None, None, None]
        return poses, np.full((*poses.shape[:2], 16), np.log(0.05)), np.zeros((*poses.shape[:2], 5))

    offset = 0.0
    poses, agreed, _ = lift_both_ways(lift, JOINTS, CONDITION)
    np.testing.assert_allclose(poses, JOINTS[..., :3], atol=1e-6)
    np.testing.assert_allclose(np.exp(agreed), 0.05, rtol=1e-5)
    offset = 0.1
    assert (np.exp(lift_both_ways(lift, JOINTS, CONDITION)[1]) > 0.1).all()
