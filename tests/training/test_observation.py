"""Cameras, detector noise and the batches made of them."""

import numpy as np
import pytest

from ganbodypose.skeletons import H36M_17
from ganbodypose.training.batches import concatenate, make_batch, see_motion
from ganbodypose.training.detector_noise import PERFECT, NoiseLevel, ar1, detect
from ganbodypose.training.motion import MotionBank
from ganbodypose.training.pairs.bank import PairBank
from ganbodypose.training.scene import NEAREST_M, film
from ganbodypose.training.sensor import sensor_bank


@pytest.fixture(scope="module")
def motion(clip):
    return MotionBank([clip(200)]).sample(np.random.default_rng(0), 64, 20)


def test_filming_is_rigid_and_in_front_of_the_camera(motion):
    scene = film(np.random.default_rng(0), motion.joints_m.astype(float), motion.dt_s)
    distance = lambda j: np.linalg.norm(j[..., 3, :] - j[..., 16, :], axis=-1)  # noqa: E731
    np.testing.assert_allclose(distance(scene.joints_m), distance(motion.joints_m), atol=1e-4)
    assert scene.joints_m[..., 2].min() >= NEAREST_M
    np.testing.assert_allclose(np.linalg.norm(scene.up, axis=-1), 1, atol=1e-6)


def test_up_points_from_the_feet_to_the_head(motion):
    scene = film(np.random.default_rng(0), motion.joints_m.astype(float), motion.dt_s)
    head, pelvis = H36M_17.indices("head_top", "pelvis")
    world = (motion.joints_m[:, :, head] - motion.joints_m[:, :, pelvis])[..., 2]
    camera = ((scene.joints_m[:, :, head] - scene.joints_m[:, :, pelvis]) * scene.up).sum(-1)
    np.testing.assert_allclose(camera, world, atol=1e-4)


def test_most_people_are_in_the_picture(motion):
    scene = film(np.random.default_rng(0), motion.joints_m.astype(float), motion.dt_s)
    xy = scene.joints_m[..., :2] / scene.joints_m[..., 2:]
    inside = (np.abs(xy) < scene.half_size[:, None, None]).all(-1)
    assert 0.7 < inside.mean() < 0.99


def test_perfect_detection_changes_nothing():
    xy, z = np.random.default_rng(0).normal(0, 0.2, (8, 10, 17, 2)), np.zeros((8, 10, 17))
    seen = detect(
        np.random.default_rng(0), xy.copy(), z, np.ones((8, 2)) * 9, np.full(8, 1 / 30), PERFECT, 0.0
    )
    np.testing.assert_allclose(seen.xy, xy)
    assert np.isnan(seen.z).all()


def test_noise_has_the_size_that_was_measured():
    """2D error of BlazePose `full` on rendered pictures: median 2 % of height, over 10 % in 5-11 % of the joints."""
    rng = np.random.default_rng(0)
    xy = np.broadcast_to(rng.normal(0, 0.2, (400, 1, 17, 2)), (400, 30, 17, 2)).copy()
    seen = detect(
        rng, xy.copy(), np.zeros(xy.shape[:3]), np.ones((400, 2)) * 9, np.full(400, 1 / 30), NoiseLevel()
    )
    height = 1.2 * np.ptp(xy, axis=2).max(-1)[..., None]
    error = np.linalg.norm(seen.xy - xy, axis=-1) / height
    error = error[np.isfinite(error)]
    assert 0.015 < np.median(error) < 0.03
    assert 0.03 < (error > 0.1).mean() < 0.12


def test_swapped_sides_are_the_other_sides_positions_at_full_confidence():
    rng = np.random.default_rng(0)
    xy = np.broadcast_to(rng.normal(0, 0.2, (200, 1, 17, 2)), (200, 30, 17, 2)).copy()
    level = NoiseLevel(0, 0, 0, 0, 0, 0, swap_rate=1.0, dropout_rate=0, spread=0)
    seen = detect(rng, xy.copy(), np.zeros(xy.shape[:3]), np.ones((200, 2)) * 9, np.full(200, 1 / 30), level)
    swapped = (seen.xy[:, :, 1] == xy[:, :, 4]).all(-1)
    assert 0.05 < swapped.mean() < 0.6
    assert seen.confidence[swapped].min() > 0.6


def test_ar1_is_correlated_over_its_time_constant():
    noise = ar1(np.random.default_rng(0), (4000, 12), np.full(4000, 0.1), np.full(4000, 0.2))
    assert noise.std() == pytest.approx(1, abs=0.02)
    assert np.corrcoef(noise[:, 4], noise[:, 5])[0, 1] == pytest.approx(np.exp(-0.5), abs=0.04)


def test_batch_is_finite_and_its_target_is_the_truth_turned(motion):
    observed = see_motion(np.random.default_rng(0), motion, NoiseLevel())
    batch = make_batch(concatenate([observed, observed]))
    for tensor in (batch.joints, batch.condition, batch.clean_joints, batch.target):
        assert np.isfinite(tensor.numpy()).all() and len(tensor) == 128
    length = np.linalg.norm(batch.target.numpy()[:64], axis=-1)
    np.testing.assert_allclose(length, np.linalg.norm(observed.joints_m, axis=-1), atol=1e-4)


def test_clean_cuboid_is_the_true_pose(motion):
    batch = make_batch(see_motion(np.random.default_rng(0), motion, NoiseLevel()))
    clean = batch.clean_joints.numpy()
    assert (clean[..., 3] == 1).mean() > 0.99 and (clean[..., 4] == 1).mean() > 0.99
    np.testing.assert_allclose(clean[..., 2], batch.target.numpy()[..., 2], atol=1e-5)


def test_a_bank_of_pairs_gives_the_frames_of_one_clip_each():
    """Two clips; the depth of frame k is k."""
    rng = np.random.default_rng(0)
    joints = rng.normal(0, 0.3, (50, 17, 3)) + np.array([0, 0, 4])
    z = np.broadcast_to(np.arange(50.0)[:, None], (50, 17))
    bank = PairBank(joints, joints[..., :2] / joints[..., 2:], z, np.ones((50, 17)), np.array([20, 30]), 0.04)
    window = bank.sample(rng, 100, 12, augment=False)
    first = window.detected.z[:, 0, 0].astype(int)
    np.testing.assert_array_equal(np.diff(window.detected.z[..., 0], axis=1), 1)
    assert ((first < 20) == (window.detected.z[:, -1, 0] < 20)).all()
    np.testing.assert_array_equal(window.joints_m[:, 0], joints[first])


def test_a_depth_sensor_lies_near_the_truth_in_its_own_camera(data_dir):
    """Kinect against Vicon of one person: the same place and axes, and an error of some centimetres."""
    bank = sensor_bank(data_dir, [8])
    rays = np.concatenate([bank.xy, np.ones((*bank.xy.shape[:2], 1))], -1)
    measured = rays * (bank.z + bank.joints_m[:, :1, 2])[..., None]
    error = np.linalg.norm(measured - bank.joints_m, axis=-1)
    assert len(bank.length) > 150 and bank.length.sum() == len(bank.joints_m)
    assert 0.02 < np.median(error) < 0.09
