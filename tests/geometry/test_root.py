"""The root position against a general least-squares solver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganbodypose.core import Camera
from ganbodypose.geometry.camera import project, unproject
from ganbodypose.geometry.root import solve_root

settings.register_profile("relaxed", deadline=None, max_examples=50)
settings.load_profile("relaxed")
AHEAD = np.array([0, 0, 4])


def pose(seed: int = 0, shape: tuple[int, ...] = ()) -> np.ndarray:
    joints = np.random.default_rng(seed).normal(size=(*shape, 17, 3)) * 0.35
    joints[..., 0, :] = 0
    return joints


def lstsq_root(joints: np.ndarray, rays: np.ndarray, weights: np.ndarray) -> np.ndarray:
    rows, right = [], []
    for (x, y, z), (u, v, _), w in zip(joints, rays, np.sqrt(weights), strict=True):
        rows += [[w, 0, -w * u], [0, w, -w * v]]
        right += [w * (u * z - x), w * (v * z - y)]
    return np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)[0]


@given(st.integers(0, 10_000), st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(3, 20)).map(np.array))
def test_exact_rays_give_the_position(seed: int, root: np.ndarray) -> None:
    placed = pose(seed) + root
    np.testing.assert_allclose(solve_root(pose(seed), placed / placed[:, 2:]), root, atol=1e-8)


def test_through_a_distorting_camera() -> None:
    lens = np.array([-0.2, 0.25, -0.001, -0.001, -0.003])
    camera = Camera(np.array([[1145.0, 0, 512], [0, 1144, 515], [0, 0, 1]]), (1000, 1002), lens)
    root = np.array([0.4, -0.2, 4.5])
    px = project(camera, pose() + root)
    np.testing.assert_allclose(solve_root(pose(), unproject(camera, px)), root, atol=1e-8)


@given(st.integers(0, 10_000))
def test_noisy_rays_equal_lstsq(seed: int) -> None:
    rng = np.random.default_rng(seed)
    placed = pose(seed) + np.array([0.3, 0.1, 4])
    rays = placed / placed[:, 2:] + np.r_[0.01, 0.01, 0] * rng.normal(size=(17, 3))
    weights = rng.uniform(0, 1, 17)
    np.testing.assert_allclose(
        solve_root(pose(seed), rays, weights), lstsq_root(pose(seed), rays, weights), atol=1e-9
    )
    np.testing.assert_allclose(
        solve_root(pose(seed), rays), lstsq_root(pose(seed), rays, np.ones(17)), atol=1e-9
    )


def test_missing_joints_rays_and_weights_do_not_count() -> None:
    placed = pose() + AHEAD
    rays = placed / placed[:, 2:] + np.random.default_rng(1).normal(size=(17, 3)) * [0.01, 0.01, 0]
    expected = solve_root(pose()[4:], rays[4:])
    joints, holed, weights = pose(), rays.copy(), np.ones(17)
    joints[0, 1] = np.nan
    holed[1] = np.nan
    weights[2], weights[3] = 0, np.nan
    np.testing.assert_allclose(solve_root(joints, holed, weights), expected)
    assert not np.allclose(solve_root(pose(), rays), expected)


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_fewer_than_three_joints_is_nan(kept: int) -> None:
    placed = pose() + AHEAD
    rays = placed / placed[:, 2:]
    usable = np.arange(17) < kept
    assert np.isnan(solve_root(np.where(usable[:, None], pose(), np.nan), rays)).all()
    assert np.isnan(solve_root(pose(), rays, usable * 1.0)).all()
    assert np.isfinite(solve_root(pose(), rays, (np.arange(17) < 3) * 1.0)).all()


def test_nonsense_is_nan() -> None:
    placed = pose() + AHEAD
    rays = placed / placed[:, 2:]
    assert np.isnan(solve_root(pose(), np.broadcast_to(rays[:1], rays.shape))).all()  # one ray for all joints
    # Seen from a frontal plane, a picture turned by 180 degrees would need the body behind the camera.
    flat = pose() * [1, 1, 0]
    assert np.isnan(solve_root(flat, (flat * [-1, -1, 0] + AHEAD) / 4)).all()


def test_every_pose_of_a_batch_on_its_own() -> None:
    joints, roots = pose(3, (2, 4)), np.random.default_rng(5).uniform(2, 6, (2, 4, 1, 3)) * [0.1, 0.1, 1]
    rays = (joints + roots) / (joints + roots)[..., 2:]
    joints[1, 1] = np.nan
    solved = solve_root(joints, rays)
    assert np.isnan(solved[1, 1]).all()
    solved[1, 1] = roots[1, 1, 0]
    np.testing.assert_allclose(solved, roots[..., 0, :], atol=1e-8)
