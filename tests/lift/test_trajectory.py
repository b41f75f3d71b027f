import numpy as np
import pytest

from ganbodypose.geometry.root import root_at_depth, solve_root, weak_perspective_depth
from ganbodypose.lift.trajectory import RootTrajectory

RNG = np.random.default_rng(0)
POSE = RNG.normal(0, [0.25, 0.5, 0.2], (1, 17, 3))
POSE[:, 0] = 0
KNOWN = np.full((1, 17), 1 / 0.1**2)  # every joint to ten centimetres


def rays_from(root, pose=POSE):
    points = pose + np.asarray(root)
    return points / points[..., 2:]


def test_the_place_of_a_well_known_pose_is_exact():
    root, _ = RootTrajectory.unknown(1).update(POSE, rays_from([0.4, -0.2, 3.5]), KNOWN, 1 / 30)
    np.testing.assert_allclose(root, [[0.4, -0.2, 3.5]], atol=1e-9)


def test_root_at_the_solved_depth_is_the_solved_root():
    rays = rays_from([0.4, -0.2, 3.5]) + RNG.normal(0, 0.01, (1, 17, 3)) * [1, 1, 0]
    weights = RNG.uniform(0.1, 1, (1, 17))
    solved = solve_root(POSE, rays, weights)
    np.testing.assert_allclose(root_at_depth(POSE, rays, solved[..., 2], weights), solved, atol=1e-9)


def test_weak_perspective_depth_of_a_distant_flat_pose():
    flat = POSE * [1, 1, 0]
    assert weak_perspective_depth(flat, rays_from([0.3, 0, 8.0], flat))[0] == pytest.approx(8.0)


def test_an_impossible_depth_is_replaced_by_that_of_the_apparent_size():
    turned_inside_out = POSE * [-1, -1, 1]  # a pose so wrong that its rays meet behind the camera
    rays = rays_from([0, 0, 4.0])
    assert np.isnan(solve_root(turned_inside_out, rays)).all()
    root, _ = RootTrajectory.unknown(1).update(turned_inside_out, rays, KNOWN, 1 / 30)
    assert root[0, 2] == pytest.approx(4.0, rel=0.3)


def test_depth_follows_with_its_time_constant_but_the_direction_at_once():
    _, state = RootTrajectory.unknown(1).update(POSE, rays_from([0, 0, 4.0]), KNOWN, 1 / 30)
    root, state = state.update(POSE, rays_from([1.0, 0, 5.0]), KNOWN, 1 / 30)
    assert 4.0 < root[0, 2] < 4.3
    assert root[0, 0] / root[0, 2] == pytest.approx(1 / 5.0, rel=0.05)
    for _ in range(60):
        root, state = state.update(POSE, rays_from([1.0, 0, 5.0]), KNOWN, 1 / 30)
    np.testing.assert_allclose(root, [[1, 0, 5.0]], atol=0.02)


def test_somebody_unseen_keeps_the_depth():
    _, state = RootTrajectory.unknown(1).update(POSE, rays_from([0, 0, 4.0]), KNOWN, 1 / 30)
    root, _ = state.update(POSE, rays_from([1.0, 0, 9.0]), 0 * KNOWN, 1 / 30)
    assert root[0, 2] == pytest.approx(4.0) and np.isfinite(root).all()


def test_a_pose_of_which_little_is_known_moves_the_depth_little():
    _, state = RootTrajectory.unknown(1).update(POSE, rays_from([0, 0, 4.0]), KNOWN, 1 / 30)
    known, _ = state.update(POSE, rays_from([0, 0, 8.0]), KNOWN, 1 / 30)
    unsure, _ = state.update(POSE, rays_from([0, 0, 8.0]), KNOWN / 100, 1 / 30)
    only_hips = KNOWN * np.isin(np.arange(17), [0, 1, 4])
    near = POSE * np.where(np.isin(np.arange(17), [1, 4]), 0.1, 1)[:, None]
    hips, _ = state.update(near, rays_from([0, 0, 8.0], near), only_hips, 1 / 30)
    assert known[0, 2] > 4.3
    assert 4.0 < unsure[0, 2] < 4.05
    assert 4.0 <= hips[0, 2] < 4.05
