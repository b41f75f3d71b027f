"""How far away somebody is, over a whole recording."""

from __future__ import annotations

import numpy as np
import pytest

from ganbodypose.core import PoseSequence
from ganbodypose.geometry.camera import assumed_camera, project
from ganbodypose.io.formats.tracks import Track, sequence_of
from ganbodypose.quality.repair.place import steady_in, steady_roots
from ganbodypose.quality.repair.repair import RepairOptions, repair
from ganbodypose.skeletons import H36M_17

TIMES = np.arange(0, 8, 1 / 30)
CAMERA = assumed_camera((1920, 1080), 55.0)


@pytest.fixture
def walk(standing: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True joints [T,17,3] m in the camera frame of somebody who comes nearer, the pose as lifted, which seems larger
    and smaller by turns, and the rays."""
    place = np.stack([0.3 * np.sin(TIMES), 0 * TIMES, 6 - 0.3 * TIMES], -1)
    body = standing - standing[:1]
    true = body + place[:, None]
    lifted = body * np.exp(0.06 * np.sin(2 * np.pi * 0.8 * TIMES))[:, None, None]
    return true, lifted, true / true[..., 2:]


def test_the_depth_is_steady_and_the_direction_is_the_rays(walk: tuple[np.ndarray, ...]) -> None:
    true, lifted, rays = walk
    sure, errors = np.ones((len(TIMES), 17)), np.full((len(TIMES), 17), 0.05)
    roots = steady_roots(lifted, rays, sure, errors, TIMES)
    np.testing.assert_allclose(roots[:, 2], true[:, 0, 2], rtol=0.05)  # as lifted, 6 % to and fro
    np.testing.assert_allclose(roots[60:-60, 2], true[60:-60, 0, 2], rtol=0.01)
    np.testing.assert_allclose(roots[:, 0] / roots[:, 2], rays[:, 0, 0], atol=0.01)
    # A second in which the pose was far too small, and known to be unsure, changes little.
    lifted[60:90] *= 0.5
    errors[60:90] = 0.6
    np.testing.assert_allclose(
        steady_roots(lifted, rays, sure, errors, TIMES)[:, 2], true[:, 0, 2], rtol=0.06
    )


def test_frames_without_anybody_get_the_depth_between(walk: tuple[np.ndarray, ...]) -> None:
    true, lifted, rays = walk
    rays = rays.copy()
    rays[100:110, 2:] = np.nan
    roots = steady_roots(lifted, rays, np.ones((len(TIMES), 17)), np.full((len(TIMES), 17), 0.05), TIMES)
    np.testing.assert_allclose(roots[100:110, 2], true[100:110, 0, 2], rtol=0.03)
    assert np.isnan(steady_roots(lifted[:2], rays[:2], np.ones((2, 17)), np.ones((2, 17)), TIMES[:2])).all()


def recorded(joints_m: np.ndarray, lifted_m: np.ndarray) -> PoseSequence:
    """As a run writes it: the depth of every frame is that at which the pose has its apparent size."""
    recording = sequence_of(Track(joints_m * [1.0, -1.0, -1.0], np.full(joints_m.shape[:2], 0.05), 30.0))
    recording.joints_3d_m[:] = lifted_m
    recording.keypoints_2d_px[:] = project(CAMERA, joints_m)
    recording.keypoints_2d_confidence[:] = 1.0
    recording.camera_matrix[:] = CAMERA.matrix
    span = np.linalg.norm(lifted_m[:, H36M_17.index("head_top")], axis=-1)
    recording.root_camera_m[:] *= (span / np.median(span))[:, None]
    return recording


def test_held_feet_take_the_trembling_body_with_them(
    walk: tuple[np.ndarray, ...], standing: np.ndarray
) -> None:
    body = standing - standing[:1]
    still = np.broadcast_to(body + np.array([0.2, 0, 4.0]), (len(TIMES), 17, 3))
    recording = recorded(still, walk[1])
    assert np.std(recording.root_camera_m[:, 2]) > 0.15
    held = repair(recording, RepairOptions(fill=False, hold_feet=True))
    ankles = held.person.joints_3d_m[:, H36M_17.indices("left_ankle", "right_ankle")]
    places = ankles + held.person.root_camera_m[:, None]
    assert np.ptp(places[5:-5], axis=0).max() < 0.02
    assert np.std(held.person.root_camera_m[:, 2]) < 0.05
    assert "2 contacts" in held.notes[0]


def test_what_no_camera_saw_stays_where_it_is(standing: np.ndarray) -> None:
    joints = np.repeat(standing[None], 30, 0)
    recording = sequence_of(Track(joints, np.full((30, 17), 0.01), 30.0))
    np.testing.assert_array_equal(steady_in(recording), recording.root_camera_m)
