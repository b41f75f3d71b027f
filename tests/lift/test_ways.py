"""Ways of looking at a sequence: what is known of one must hold for all."""

from functools import partial

import numpy as np
import pytest

from ganbodypose.lift.network import StepNetwork, run
from ganbodypose.lift.ways import lift_both_ways, lift_mirrored
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


@pytest.mark.parametrize("way", [lift_both_ways, lift_mirrored])
def test_a_mirrored_sequence_gives_mirrored_poses_and_errors(network, way):
    condition = CONDITION * np.array([-1, 1, 1, 1, 1, 1], np.float32)
    poses, log_error, realness = way(network, JOINTS, CONDITION)
    twin, twin_error, twin_realness = way(network, mirrored(JOINTS), condition)
    np.testing.assert_allclose(twin, mirrored(poses), atol=1e-5)
    np.testing.assert_allclose(twin_error, log_error[..., MIRROR[1:] - 1], atol=1e-5)
    np.testing.assert_allclose(twin_realness, realness[..., [0, 2, 1, 4, 3]], atol=1e-5)


def test_a_network_for_it_sees_every_frame_of_a_stream_mirrored_too(network, tiny_mirrored):
    """Frame by frame it says what the plain one does of whole sequences that are asked both ways."""
    streamed = run(StepNetwork(tiny_mirrored), JOINTS, CONDITION)
    for said, expected in zip(streamed, lift_mirrored(network, JOINTS, CONDITION), strict=True):
        np.testing.assert_allclose(said, expected, atol=1e-5)
    for row in range(len(JOINTS)):  # alone as in company
        alone = run(StepNetwork(tiny_mirrored), JOINTS[row : row + 1], CONDITION[row : row + 1])
        np.testing.assert_allclose(alone[0][0], streamed[0][row], atol=1e-5)


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
        poses = joints[..., :3] + offset * (np.arange(len(joints)) % 4)[:, None, None, None]
        return poses, np.full((*poses.shape[:2], 16), np.log(0.05)), np.zeros((*poses.shape[:2], 5))

    offset = 0.0
    poses, agreed, _ = lift_both_ways(lift, JOINTS, CONDITION)
    np.testing.assert_allclose(poses, JOINTS[..., :3], atol=1e-6)
    np.testing.assert_allclose(np.exp(agreed), 0.05, rtol=1e-5)
    offset = 0.1
    assert (np.exp(lift_both_ways(lift, JOINTS, CONDITION)[1]) > 0.1).all()
