"""Warping against an independent implementation; poses alike whatever their place, heading and size."""

import numpy as np
import pytest

from ganbodypose.quality.comparison.warping import pose_costs, warping_path

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(30, 30), (20, 45), (50, 17)])
def test_path_costs_what_dtaidistance_says(shape: tuple[int, int]) -> None:
    dtw_ndim = pytest.importorskip("dtaidistance.dtw_ndim")
    a, b = (RNG.normal(size=(n, 3)).cumsum(0) for n in shape)
    squared = np.square(a[:, None] - b[None]).sum(-1)
    path = warping_path(squared, band=1.0)
    assert np.sqrt(squared[tuple(path.T)].sum()) == pytest.approx(dtw_ndim.distance(a, b), rel=1e-9)


def test_path_runs_from_corner_to_corner_in_single_steps_inside_the_band() -> None:
    path = warping_path(RNG.random((40, 60)), band=0.2)
    assert path[0].tolist() == [0, 0] and path[-1].tolist() == [39, 59]
    steps = np.diff(path, axis=0)
    assert set(map(tuple, steps.tolist())) <= {(0, 1), (1, 0), (1, 1)}
    assert np.abs(path[:, 0] / 39 - path[:, 1] / 59).max() <= 0.2


def test_slow_and_fast_of_the_same_course_are_matched() -> None:
    course = lambda t: np.sin(2 * np.pi * t)[:, None]  # noqa: E731
    fast, slow = course(np.linspace(0, 1, 50) ** 1.4), course(np.linspace(0, 1, 80))
    path = warping_path(np.abs(fast[:, None, 0] - slow[None, :, 0]))
    assert (
        np.abs((np.linspace(0, 1, 50) ** 1.4)[path[:, 0]] - np.linspace(0, 1, 80)[path[:, 1]]).mean() < 0.02
    )


def test_poses_cost_nothing_against_themselves_moved_turned_and_scaled(standing: np.ndarray) -> None:
    poses = standing + RNG.normal(0, 0.05, (6, 17, 3))
    angle = 0.7
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    moved = 1.3 * poses @ turn.T + [1, 2, 3]
    costs = pose_costs(poses, moved)
    np.testing.assert_allclose(np.diag(costs), 0, atol=1e-9)
    assert costs[~np.eye(6, dtype=bool)].min() > 0.01
