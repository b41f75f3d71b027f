import numpy as np
import pytest

from ganbodypose.core import Camera
from ganbodypose.geometry.camera import distort, project, world_to_camera
from ganbodypose.training.pairs import cameras
from ganbodypose.training.pairs.cameras import cut_off, distance_to_fill, lens, orientation, sample_shot


@pytest.fixture(scope="module")
def person():
    """A box of points as large as somebody who walks a little."""
    return np.random.default_rng(0).uniform([-0.4, -0.4, 0], [0.4, 0.6, 1.75], (400, 3))


@pytest.fixture(scope="module")
def shots(person):
    return [sample_shot(person, np.random.default_rng(seed)) for seed in range(300)]


def test_settings_cover_what_users_do(shots):
    for values, (low, high) in (
        ([s.fov_deg for s in shots], cameras.FOV_DEG),
        ([s.elevation_deg for s in shots], cameras.ELEVATION_DEG),
        ([s.roll_deg for s in shots], (-cameras.ROLL_DEG, cameras.ROLL_DEG)),
        ([s.distance_m for s in shots], cameras.DISTANCE_M),
    ):
        reach = high - low
        assert (
            low - 1e-9 <= min(values) < low + 0.1 * reach and high - 0.2 * reach < max(values) <= high + 1e-9
        )


def test_the_person_is_in_the_picture_unless_meant_to_be_cut_off(shots, person):
    whole = [cut_off(s.camera, person[None]) for s in shots if not s.truncated]
    cut = [cut_off(s.camera, person[None]) for s in shots if s.truncated]
    # A wide lens bends the edge, and nobody can stand farther than 1.5 m away and fill less.
    assert np.mean(np.array(whole) < 0.02) > 0.9 and np.median(cut) > 0.1


def test_camera_rotation_and_place_agree_with_the_setting(shots, person):
    center = (person.min(0) + person.max(0)) / 2
    for shot in shots[:50]:
        R = shot.camera.R_cam_world
        assert np.allclose(R @ R.T, np.eye(3)) and np.linalg.det(R) == pytest.approx(1)
        assert np.degrees(np.arcsin(-R[2, 2])) == pytest.approx(shot.elevation_deg, abs=1e-6)
        assert world_to_camera(shot.camera, center)[2] == pytest.approx(shot.distance_m)


def test_orientation_is_upright_without_roll():
    R = orientation(0.3, 0.2, 0.0)
    assert R[0, 2] == pytest.approx(0) and R[1, 2] < 0  # the picture's x is level, its y goes down


def test_distance_fills_the_picture_as_asked(person):
    K, size = np.array([[600, 0, 319.5], [0, 600, 239.5], [0, 0, 1]], float), (640, 480)
    spread = (person - person.mean(0)) @ orientation(0.5, 0, 0).T
    distance = distance_to_fill(spread, K, size, 0.8)
    px = project(Camera(K, size), spread + np.array([0, 0, distance])) - K[:2, 2]
    assert (np.abs(px) / np.array([320, 240])).max() == pytest.approx(0.8, rel=1e-3)


def test_lenses_never_fold_over():
    radius = np.linspace(0, 3, 300)
    for seed in range(100):
        bent = distort(np.stack([radius, 0 * radius], -1), lens(np.random.default_rng(seed), 100.0))
        assert (np.diff(bent[:, 0]) > 0).all()
