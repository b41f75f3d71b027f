"""Whole recordings: people come and go, and each is lifted with past and future."""

from dataclasses import replace

import numpy as np
import pytest

from ganbodypose.core import Keypoints2D
from ganbodypose.geometry.bones import to_bones
from ganbodypose.geometry.camera import assumed_camera
from ganbodypose.lift.engine import FORGET_AFTER_S, LiftingEngine
from ganbodypose.lift.network import StepNetwork
from ganbodypose.lift.recording import lift, lift_recording, steadied

CAMERA = assumed_camera((1280, 720), 55.0)
RNG = np.random.default_rng(0)
BODY = RNG.normal([640, 360], [60, 150], (17, 2))
FPS = 30


def seen(person, frame):
    rng = np.random.default_rng((person, frame))
    xy = BODY + 90 * person + rng.normal(0, 2, (17, 2))
    return person, Keypoints2D(xy, rng.uniform(0.7, 1, 17), depth_m=rng.normal(0, 0.2, 17))


def recording(*people_by_frame):
    return [(k / FPS, [seen(person, k) for person in people]) for k, people in enumerate(people_by_frame)]


@pytest.fixture(scope="module")
def network(tiny_network):
    return StepNetwork(tiny_network)


def test_bones_do_not_change_while_somebody_stays(network):
    lifted = lift_recording(recording(*[[1]] * 20), CAMERA, network)
    lengths = np.array([np.linalg.norm(to_bones(poses[0].joints_3d_m), axis=-1) for poses in lifted])
    np.testing.assert_allclose(lengths, lengths[:1].repeat(20, 0), rtol=1e-4)
    stream = LiftingEngine(CAMERA, network)
    of_stream = [stream.step([seen(1, k)], k / FPS)[0].joints_3d_m for k in range(20)]
    assert np.ptp(np.linalg.norm(to_bones(np.array(of_stream)), axis=-1), axis=0).max() > 1e-3


def test_everybody_is_lifted_as_if_alone(network):
    frames = recording(*[[1, 2]] * 6, *[[2]] * 3, *[[2, 1]] * 6)
    together = lift_recording(frames, CAMERA, network)
    for person in (1, 2):
        rows = [[i for i, _ in people].index(person) for _, people in frames if person in dict(people)]
        alone = lift_recording(
            [(t, [one for one in people if one[0] == person]) for t, people in frames], CAMERA, network
        )
        present = [k for k, (_, people) in enumerate(frames) if person in dict(people)]
        for k, row in zip(present, rows, strict=True):
            np.testing.assert_allclose(together[k][row].joints_3d_m, alone[k][0].joints_3d_m, atol=1e-4)
            np.testing.assert_allclose(together[k][row].root_camera_m, alone[k][0].root_camera_m, rtol=1e-3)


def test_the_future_counts_and_another_stay_does_not(network):
    away = [[]] * round((FORGET_AFTER_S + 0.5) * FPS)
    first = lift_recording(recording(*[[1]] * 8), CAMERA, network)
    longer = lift_recording(recording(*[[1]] * 12), CAMERA, network)
    twice = lift_recording(recording(*[[1]] * 8, *away, *[[1]] * 8), CAMERA, network)
    assert np.abs(first[7][0].joints_3d_m - longer[7][0].joints_3d_m).max() > 1e-4
    assert [len(poses) for poses in twice] == [1] * 8 + [0] * len(away) + [1] * 8
    again = lift_recording(recording(*[[1]] * 8, *away), CAMERA, network)
    for k in range(8):
        np.testing.assert_allclose(twice[k][0].joints_3d_m, again[k][0].joints_3d_m, atol=1e-5)


def test_a_streaming_network_is_used_frame_by_frame(network):
    frames = recording(*[[1]] * 5)
    engine = LiftingEngine(CAMERA, network)
    for poses, (time_s, people) in zip(lift(frames, CAMERA, network), frames, strict=True):
        np.testing.assert_array_equal(poses[0].joints_3d_m, engine.step(people, time_s)[0].joints_3d_m)


def test_nobody_at_all(network):
    assert lift_recording(recording([], []), CAMERA, network) == [[], []]


def test_people_do_not_jump_to_and_fro(network):
    """Poses that seem larger and smaller by turns, as the stream would place them."""
    frames = recording(*[[1, 2]] * 90)
    scale = np.exp(0.06 * np.sin(2 * np.pi * np.arange(90) / FPS))
    poses = [
        [replace(one, joints_3d_m=one.joints_3d_m * k, root_camera_m=one.root_camera_m * k) for one in people]
        for k, people in zip(scale, lift_recording(frames, CAMERA, network), strict=True)
    ]
    before, after = (
        np.array([[one.root_camera_m for one in people] for people in said])
        for said in (poses, steadied(poses, frames, CAMERA))
    )
    trembling = [np.abs(np.diff(np.log(roots[..., 2]), axis=0)).mean() for roots in (before, after)]
    assert trembling[1] < 0.1 * trembling[0]
    across = [roots[..., :2] / roots[..., 2:] for roots in (before, after)]
    np.testing.assert_allclose(across[1], across[0], atol=0.03)


def test_a_recording_is_told_where_people_stand_with_knowledge_of_all_frames(network):
    frames = recording(*[[1, 2]] * 30)
    lifted = lift_recording(frames, CAMERA, network)
    for people, again in zip(lifted, steadied(lifted, frames, CAMERA), strict=True):
        for one, same in zip(people, again, strict=True):
            np.testing.assert_allclose(one.root_camera_m, same.root_camera_m, rtol=1e-5)
