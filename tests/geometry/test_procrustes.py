"""Alignment by proper rotations only; failures are NaN."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ganbodypose.geometry.procrustes import fit_similarity, rigid_align, similarity_align
from ganbodypose.skeletons import H36M_17

settings.register_profile("relaxed", deadline=None, max_examples=50)
settings.load_profile("relaxed")

seeds = st.integers(0, 2**32 - 1)
rotvecs = st.tuples(*[st.floats(-3, 3)] * 3).map(np.array)


def body(seed: int = 0) -> np.ndarray:
    """A pose-like cloud of joints, m."""
    return np.random.default_rng(seed).normal(size=(17, 3)) * [0.3, 0.2, 0.5]


@given(seeds, rotvecs, st.floats(0.2, 5))
def test_recovers_a_known_similarity(seed: int, rotvec: np.ndarray, scale: float) -> None:
    source, R, t = body(seed), Rotation.from_rotvec(rotvec).as_matrix(), np.array([1.0, -2, 3])
    target = scale * source @ R.T + t
    fit = fit_similarity(source, target)
    np.testing.assert_allclose(fit.scale, scale)
    np.testing.assert_allclose(fit.R, R, atol=1e-9)
    np.testing.assert_allclose(fit.t, t, atol=1e-9)
    np.testing.assert_allclose(similarity_align(source, target), target, atol=1e-9)
    np.testing.assert_allclose(rigid_align(source, target / scale), target / scale, atol=1e-9)


@given(seeds, seeds)
def test_rigid_fit_equals_scipy(seed: int, other: int) -> None:
    rng = np.random.default_rng(other)
    source = body(seed)
    target, weights = source + rng.normal(size=(17, 3)) * 0.2, rng.uniform(0.1, 1, 17)
    mean = np.average(np.stack([source, target]), axis=1, weights=weights)
    expected, _ = Rotation.align_vectors(target - mean[1], source - mean[0], weights=weights)
    np.testing.assert_allclose(
        rigid_align(source, target, weights), expected.apply(source - mean[0]) + mean[1], atol=1e-8
    )


@given(seeds, seeds)
def test_scale_is_optimal(seed: int, other: int) -> None:
    source, target = body(seed), body(other)
    fit = fit_similarity(source, target)
    best = np.sum((fit.apply(source) - target) ** 2)
    for factor in (0.999, 1.001):
        centre = target.mean(0)
        assert np.sum((factor * (fit.apply(source) - centre) + centre - target) ** 2) >= best


@given(seeds)
def test_a_mirrored_body_is_never_aligned(seed: int) -> None:
    source = body(seed)
    aligned = similarity_align(source * [-1, 1, 1], source)
    assert np.linalg.det(fit_similarity(source * [-1, 1, 1], source).R) == pytest.approx(1)
    # The thinnest extent of such a cloud (0.2 m standard deviation of 17 joints) cannot vanish by rotation.
    assert np.linalg.norm(aligned - source, axis=-1).mean() > 0.02


def test_left_and_right_exchanged_is_an_error() -> None:
    source = body()
    assert (
        np.linalg.norm(similarity_align(source[list(H36M_17.mirror)], source) - source, axis=-1).mean() > 0.1
    )


def test_rigid_keeps_lengths() -> None:
    aligned = rigid_align(body(), 3 * body())
    np.testing.assert_allclose(np.linalg.norm(aligned[1] - aligned[9]), np.linalg.norm(body()[1] - body()[9]))


def test_missing_and_weightless_joints_do_not_take_part() -> None:
    source, target = body(1), body(2)
    kept = np.arange(17) >= 4
    expected = fit_similarity(source[kept], target[kept]).apply(source)
    np.testing.assert_allclose(similarity_align(source, target, weights=kept * 1.0), expected)
    holed = np.where(kept[:, None], target, np.nan)
    np.testing.assert_allclose(similarity_align(source, holed), expected)
    holed = np.where(kept[:, None], source, np.nan)
    aligned = similarity_align(holed, target)
    np.testing.assert_allclose(aligned[kept], expected[kept])
    assert np.isnan(aligned[~kept]).all()
    wild = np.where(kept[:, None], target, np.inf)
    np.testing.assert_allclose(similarity_align(source, wild), expected)


def test_what_determines_no_rotation_is_nan() -> None:
    good = body()
    line = np.linspace(0, 1, 17)[:, None] * np.array([[1.0, 2, 3]])
    point = np.ones((17, 3))
    few = np.where(np.arange(17)[:, None] < 2, good, np.nan)
    for bad in (line, point, few, np.full((17, 3), np.nan), np.zeros((17, 3))):
        assert np.isnan(similarity_align(bad, good)).all()
        assert np.isnan(similarity_align(good, bad)).all()
        assert np.isnan(rigid_align(good, bad)).all()
        assert np.isnan(fit_similarity(good, bad).scale)
    assert np.isnan(similarity_align(good, good, weights=np.zeros(17))).all()


def test_failures_stay_in_their_own_frame() -> None:
    source, target = np.stack([body(i) for i in range(6)]), np.stack([body(i + 9) for i in range(6)])
    source[2] = np.nan
    aligned = similarity_align(source.reshape(2, 3, 17, 3), target.reshape(2, 3, 17, 3)).reshape(6, 17, 3)
    assert np.isnan(aligned[2]).all()
    for i in (0, 1, 3, 4, 5):
        np.testing.assert_allclose(aligned[i], similarity_align(source[i], target[i]))


def test_three_joints_and_planar_bodies_are_enough() -> None:
    R = Rotation.from_rotvec([0.4, 0.5, -1]).as_matrix()
    for source in (body()[:3], body() * [1, 1, 0]):
        np.testing.assert_allclose(similarity_align(source, 2 * source @ R.T), 2 * source @ R.T, atol=1e-9)
