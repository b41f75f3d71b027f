import numpy as np
import pytest

from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.geometry.virtual_camera import VirtualCamera, look_at, view_plane

RNG = np.random.default_rng(0)


def rays_of(points):
    return points / points[..., 2:]


def person(center, persons=1):
    return np.asarray(center) + RNG.normal(0, 0.3, (persons, 17, 3)) * [1, 1.5, 0.3]


def test_look_at_turns_the_direction_onto_the_axis():
    direction = RNG.normal([0, 0, 3], 1, (20, 3))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    R = look_at(direction)
    np.testing.assert_allclose(np.einsum("pij,pj->pi", R, direction), [[0, 0, 1.0]] * 20, atol=1e-12)
    np.testing.assert_allclose(R @ R.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (20, 3, 3)), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(R), 1)
    np.testing.assert_allclose(R[:, 0, 1], 0, atol=1e-12)  # x stays level


def test_first_view_centres_the_torso_and_scales_to_one():
    points = person([0.8, -0.4, 4.0])
    view = VirtualCamera.unseen(1).follow(rays_of(points), np.ones((1, 17)), 1 / 30)
    plane = view.normalise(rays_of(points))[0]
    assert np.abs(plane[[1, 4, 11, 14]].mean(0)).max() < 0.05
    assert np.sqrt(np.square(plane).sum(-1).mean()) == pytest.approx(1, rel=1e-6)


def test_turning_the_camera_does_not_change_the_view_of_a_person():
    """Pan and tilt move a person in the picture; the network must not notice (roll aside)."""
    points = person([0, 0, 4.0])
    ones = np.ones((1, 17))
    turned = points @ rotvec_to_matrix(np.array([0, 0.4, 0])).T
    views = [VirtualCamera.unseen(1).follow(rays_of(p), ones, 1 / 30) for p in (points, turned)]
    a, b = (v.normalise(rays_of(p)) for v, p in zip(views, (points, turned), strict=True))
    np.testing.assert_allclose(a, b, atol=0.02)


def test_view_follows_with_its_time_constant_whatever_the_frame_rate():
    start, end = person([0, 0, 4.0]), person([1.0, 0, 4.0])
    ends = []
    for fps in (25, 50):
        view = VirtualCamera.unseen(1).follow(rays_of(start), np.ones((1, 17)), 1 / fps)
        for _ in range(fps // 5):
            view = view.follow(rays_of(end), np.ones((1, 17)), 1 / fps)
        ends.append(view.direction)
    np.testing.assert_allclose(ends[0], ends[1], atol=0.01)


def test_unseen_joints_do_not_steer_and_an_empty_frame_keeps_the_view():
    rays = rays_of(person([0.3, 0, 3.0]))
    confidence = np.ones((1, 17))
    view = VirtualCamera.unseen(1).follow(rays, confidence, 1 / 30)
    kept = view.follow(np.full_like(rays, np.nan), np.zeros((1, 17)), 1 / 30)
    np.testing.assert_array_equal(kept.R_virtual_cam, view.R_virtual_cam)
    assert kept.extent == view.extent
    wild = rays.copy()
    wild[0, 16, :2] = 50
    confidence[0, 16] = 0
    calm = VirtualCamera.unseen(1).follow(wild, confidence, 1 / 30)
    assert calm.extent[0] == pytest.approx(view.extent[0], rel=0.2)


def test_nobody_seen_yet_stays_unseen():
    view = VirtualCamera.unseen(2).follow(np.full((2, 17, 3), np.nan), np.zeros((2, 17)), 1 / 30)
    assert np.isnan(view.direction).all() and (view.extent == 1).all()


def test_rays_behind_are_missing():
    assert np.isnan(view_plane(np.eye(3)[None], np.array([[[0.1, 0.2, -1.0], [1.0, 0, 0.01]]]))).all()
