import numpy as np
import pytest

from ganbodypose.geometry.bones import to_bones, to_joints
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.motion import MotionBank

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def bank(clip):
    return MotionBank([clip(), clip(60, "uiprmd_vicon"), clip(300, "reactidle")])


def test_bones_and_joints_are_inverse():
    joints = RNG.normal(size=(4, 17, 3))
    np.testing.assert_allclose(to_joints(to_bones(joints)), joints - joints[:, :1], atol=1e-12)


def test_plain_windows_keep_motion_and_speed(clip):
    """Half the frame rate of the clip: every second frame."""
    window, index = MotionBank([clip()]).every_window(20, fps=25.0)
    assert len(index) == 2 and window.joints_m.shape == (2, 20, 17, 3)
    np.testing.assert_allclose(window.joints_m[0], clip().joints_m[:40:2], atol=1e-5)
    np.testing.assert_allclose(window.joints_m[1], clip().joints_m[40:80:2], atol=1e-5)


def test_every_window_covers_every_clip(bank):
    window, index = bank.every_window(25, fps=50.0)
    assert np.bincount(index).tolist() == [4, 2, 12]
    assert np.isfinite(window.joints_m).all()


def test_augmented_bodies_have_constant_bones_and_equal_sides(bank):
    window = bank.sample(np.random.default_rng(1), 200, 12)
    length = np.linalg.norm(to_bones(window.joints_m), axis=-1)
    np.testing.assert_allclose(length, np.broadcast_to(length[:, :1], length.shape), atol=2e-3)
    twin = np.array(H36M_17.mirror)[1:] - 1
    np.testing.assert_allclose(length, length[..., twin], atol=2e-3)
    assert length[:, 0, 1].std() > 0.01  # thighs of many lengths


def test_augmentation_changes_poses_but_plain_sampling_does_not(bank):
    plain = bank.sample(np.random.default_rng(1), 50, 12, augment=False)
    straight = to_bones(plain.joints_m)[..., H36M_17.joints.index("left_ankle") - 1, :]
    np.testing.assert_allclose(straight[..., :2], 0, atol=1e-5)
    turned = to_bones(bank.sample(np.random.default_rng(1), 50, 12).joints_m)
    assert np.abs(turned[..., H36M_17.joints.index("left_ankle") - 1, :2]).max() > 0.1


def test_sources_are_weighted_by_what_they_are_worth_not_by_length(bank):
    source = bank.source[np.random.default_rng(0).choice(3, 4000, p=bank.weight)]
    assert (source == "deepmimic").mean() > 2 * (source == "reactidle").mean()


def test_same_seed_same_windows(bank):
    a, b = (bank.sample(np.random.default_rng(5), 8, 10).joints_m for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_no_clips_is_refused():
    with pytest.raises(ValueError, match="no clips"):
        MotionBank([])
