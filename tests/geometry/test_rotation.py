"""Against SciPy, and the axioms of the rotation group."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ganbodypose.geometry.rotation import (
    cross_matrix,
    euler_to_matrix,
    matrix_to_euler,
    matrix_to_quat,
    matrix_to_rotvec,
    quat_to_matrix,
    quat_to_rotvec,
    rotation_between,
    rotvec_to_matrix,
    rotvec_to_quat,
    unit,
    without_flips,
)

settings.register_profile("relaxed", deadline=None, max_examples=50)
settings.load_profile("relaxed")

vectors = st.tuples(*[st.floats(-5, 5)] * 3).map(np.array)
directions = vectors.filter(lambda v: np.linalg.norm(v) > 1e-3)
TURNS = np.array(
    [
        [0, 0, 0],
        [1e-12, 0, 0],
        [1e-5, -1e-5, 2e-5],
        [0.3, -0.2, 0.9],
        [np.pi, 0, 0],
        [0, -np.pi, 0],
        [0, 0, np.pi - 1e-9],
        [1.8, 1.8, 1.8],
    ]
)


@given(vectors)
def test_rotvec_conversions_equal_scipy(rotvec: np.ndarray) -> None:
    expected = Rotation.from_rotvec(rotvec)
    np.testing.assert_allclose(rotvec_to_matrix(rotvec), expected.as_matrix(), atol=1e-12)
    quat = rotvec_to_quat(rotvec)
    assert abs(quat @ expected.as_quat()) == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(quat_to_matrix(3 * quat), expected.as_matrix(), atol=1e-12)


@given(vectors)
def test_back_to_the_rotvec_of_at_most_pi(rotvec: np.ndarray) -> None:
    expected = Rotation.from_rotvec(rotvec).as_rotvec()
    assume(np.linalg.norm(expected) < np.pi - 1e-6)  # at pi both signs are right
    np.testing.assert_allclose(matrix_to_rotvec(rotvec_to_matrix(rotvec)), expected, atol=1e-9)
    np.testing.assert_allclose(quat_to_rotvec(rotvec_to_quat(rotvec)), expected, atol=1e-9)


@pytest.mark.parametrize("rotvec", TURNS)
def test_round_trips_at_the_difficult_angles(rotvec: np.ndarray) -> None:
    matrix = rotvec_to_matrix(rotvec)
    np.testing.assert_allclose(matrix, Rotation.from_rotvec(rotvec).as_matrix(), atol=1e-12)
    np.testing.assert_allclose(rotvec_to_matrix(matrix_to_rotvec(matrix)), matrix, atol=1e-12)
    np.testing.assert_allclose(quat_to_matrix(matrix_to_quat(matrix)), matrix, atol=1e-12)
    np.testing.assert_allclose(rotvec_to_quat(quat_to_rotvec(matrix_to_quat(matrix))), matrix_to_quat(matrix))
    assert matrix_to_quat(matrix)[3] >= 0


def test_small_turns_keep_their_precision() -> None:
    tiny = np.array([3e-9, -4e-9, 5e-9])
    np.testing.assert_allclose(matrix_to_rotvec(rotvec_to_matrix(tiny)), tiny, rtol=1e-6)


@given(vectors, vectors)
def test_group_axioms(a: np.ndarray, b: np.ndarray) -> None:
    A, B = rotvec_to_matrix(a), rotvec_to_matrix(b)
    np.testing.assert_allclose(A @ A.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(A) == pytest.approx(1)
    np.testing.assert_allclose(rotvec_to_matrix(-a), A.T, atol=1e-12)  # inverse
    np.testing.assert_allclose(rotvec_to_matrix(a / 2) @ rotvec_to_matrix(a / 2), A, atol=1e-12)
    np.testing.assert_allclose(A @ a, a, atol=1e-12)  # the axis stays
    np.testing.assert_allclose(A @ rotvec_to_matrix(b) @ A.T, rotvec_to_matrix(A @ b), atol=1e-11)
    np.testing.assert_allclose(quat_to_matrix(matrix_to_quat(A @ B)), A @ B, atol=1e-12)


def test_a_quarter_turn_about_z_takes_x_to_y() -> None:
    np.testing.assert_allclose(
        rotvec_to_matrix(np.array([0, 0, np.pi / 2])) @ [1, 0, 0], [0, 1, 0], atol=1e-15
    )
    np.testing.assert_allclose(cross_matrix(np.array([1, 0, 0])) @ [0, 1, 0], [0, 0, 1])


@given(vectors)
def test_euler_angles_equal_scipy(rotvec: np.ndarray) -> None:
    matrix = rotvec_to_matrix(rotvec)
    for axes in map("".join, permutations("XYZ")):
        angles = matrix_to_euler(matrix, axes)
        np.testing.assert_allclose(euler_to_matrix(angles, axes), matrix, atol=1e-9)
        np.testing.assert_allclose(
            euler_to_matrix(angles, axes), Rotation.from_euler(axes, angles).as_matrix(), atol=1e-12
        )


@pytest.mark.parametrize("axes", list(map("".join, permutations("XYZ"))))
@pytest.mark.parametrize("second", [np.pi / 2, -np.pi / 2])
def test_euler_angles_at_the_poles(axes: str, second: float) -> None:
    matrix = euler_to_matrix(np.array([0.3, second, 0.4]), axes)
    angles = matrix_to_euler(matrix, axes)
    assert angles[2] == 0
    np.testing.assert_allclose(euler_to_matrix(angles, axes), matrix, atol=1e-9)


@given(directions, directions)
def test_rotation_between_is_the_smallest(a: np.ndarray, b: np.ndarray) -> None:
    R = rotation_between(a, b)
    np.testing.assert_allclose(R @ unit(a), unit(b), atol=1e-12)
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1)
    angle = np.arctan2(np.linalg.norm(np.cross(unit(a), unit(b))), unit(a) @ unit(b))
    assert Rotation.from_matrix(R).magnitude() == pytest.approx(angle, abs=1e-6)


@given(directions, st.sampled_from([0.0, 1e-15, 1e-10, 1e-8, 1e-6, 1e-3]), directions)
def test_rotation_between_nearly_opposite(a: np.ndarray, distance: float, other: np.ndarray) -> None:
    b = -unit(a) + distance * unit(other)
    R = rotation_between(a, b)
    np.testing.assert_allclose(R @ unit(a), unit(b), atol=1e-12)
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1)


def test_rotation_between_special_directions() -> None:
    for axis in np.eye(3):
        np.testing.assert_allclose(rotation_between(axis, 2 * axis), np.eye(3))
        np.testing.assert_allclose(rotation_between(axis, -axis) @ axis, -axis)
    assert np.isnan(rotation_between(np.zeros(3), np.eye(3)[0])).all()


def test_leading_axes() -> None:
    rotvecs = np.random.default_rng(0).normal(size=(2, 5, 3))
    matrices = rotvec_to_matrix(rotvecs)
    assert matrices.shape == (2, 5, 3, 3)
    np.testing.assert_allclose(matrices[1, 2], rotvec_to_matrix(rotvecs[1, 2]))
    np.testing.assert_allclose(matrix_to_rotvec(matrices)[1, 2], matrix_to_rotvec(matrices[1, 2]))
    np.testing.assert_allclose(rotvec_to_quat(rotvecs)[0, 1], rotvec_to_quat(rotvecs[0, 1]))
    between = rotation_between(rotvecs, np.array([0.0, 0, -1]))  # broadcasts
    np.testing.assert_allclose(between[1, 4], rotation_between(rotvecs[1, 4], np.array([0.0, 0, -1])))
    np.testing.assert_allclose(matrix_to_euler(matrices, "ZXY")[1, 0], matrix_to_euler(matrices[1, 0], "ZXY"))


def test_a_joint_that_bends_beyond_a_right_angle_does_not_flip() -> None:
    """Flexion to 150 degrees and back about the middle axis, with a little of the others."""
    flexion = np.radians(150) * np.sin(np.linspace(0, np.pi, 90))
    true = np.stack([0.1 * np.sin(flexion), flexion, 0.05 * flexion], -1)
    matrix = euler_to_matrix(true, "ZXY")
    flipping = matrix_to_euler(matrix, "ZXY")
    assert np.abs(np.diff(np.unwrap(flipping, axis=0), axis=0)).max() > 1
    np.testing.assert_allclose(without_flips(flipping), true, atol=1e-6)


@pytest.mark.parametrize("axes", ["ZXY", "XYZ"])
def test_angles_without_flips_are_the_same_rotations(axes: str) -> None:
    rng = np.random.default_rng(0)
    matrix = Rotation.from_rotvec(np.cumsum(rng.normal(0, 0.3, (200, 3)), axis=0)).as_matrix()
    angles = matrix_to_euler(matrix, axes)
    smooth = without_flips(angles)
    np.testing.assert_allclose(euler_to_matrix(smooth, axes), matrix, atol=1e-9)
    assert np.abs(np.diff(smooth, axis=0)).sum() <= np.abs(np.diff(np.unwrap(angles, axis=0), axis=0)).sum()
