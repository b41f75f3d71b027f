"""A network under training's path gives poses in the camera frame, for trials of any length."""

import numpy as np
import pytest
import torch

from ganbodypose.core import Camera, Keypoints2D
from ganbodypose.experiments.subject import TrainedNetwork
from ganbodypose.model.network import Prediction
from ganbodypose.protocols.trial import Trial
from ganbodypose.quality.calibration import fit_calibration
from ganbodypose.quality.signals import SIGNALS
from ganbodypose.skeletons import H36M_17

POSE = np.random.default_rng(0).normal(0, 0.3, (17, 3))
POSE[0] = 0
CAMERA = Camera(np.array([[1000, 0, 960], [0, 1000, 540], [0, 0, 1.0]]), (1920, 1080))


class OnePose(torch.nn.Module):
    """Answers every frame with POSE in the virtual camera; remembers what it was shown."""

    def forward(self, joints, _):
        self.seen = joints
        answer = torch.from_numpy(POSE).float().expand(*joints.shape[:2], 17, 3)
        shape = joints.shape[:2]
        return Prediction(answer, None, torch.full((*shape, 16), -3.0), joints, torch.zeros(*shape, 5)), {}


def trial(center, frames=5, depth=None, fps=30.0):
    """A person around the point `center` (m), standing still."""
    xyz = POSE + center
    px = xyz[:, :2] / xyz[:, 2:] * 1000 + [960, 540]
    keypoints = Keypoints2D(np.tile(px, (frames, 1, 1)), np.ones((frames, 17)), depth_m=depth)
    return Trial("t", keypoints, CAMERA, fps, np.tile(xyz, (frames, 1, 1)), np.ones(frames, bool))


def turned_to(center):
    """Rotation whose z axis points at `center` and whose x axis stays level."""
    z = np.array(center) / np.linalg.norm(center)
    x = np.cross([0, 1.0, 0], z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])


@pytest.mark.parametrize("side", [0.0, 3.0, -2.0])
def test_poses_come_back_into_the_camera_frame(side):
    seen = trial([side, 0.5, 5.0])
    torso = H36M_17.indices("right_hip", "left_hip", "right_shoulder", "left_shoulder")
    rays = seen.truth_m[0, torso] / seen.truth_m[0, torso, 2:]
    center = (rays / np.linalg.norm(rays, axis=-1, keepdims=True)).mean(0)
    (found,) = TrainedNetwork("x", OnePose()).predict([seen])
    np.testing.assert_allclose(found.joints_m[2], POSE @ turned_to(center), atol=1e-5)
    assert found.expected_error_m is None


def test_trials_keep_their_order_and_length():
    trials = [trial([0, 0, 4], 5), trial([2, 0, 4], 8), trial([-2, 0, 4], 5), trial([0, 1, 4], 8, fps=50.0)]
    found = TrainedNetwork("x", OnePose()).predict(trials)
    alone = [TrainedNetwork("x", OnePose()).predict([t])[0] for t in trials]
    for together, single in zip(found, alone, strict=True):
        np.testing.assert_allclose(together.joints_m, single.joints_m, atol=1e-6)


def test_depth_is_given_relative_to_the_pelvis_and_flagged():
    network = OnePose()
    depth = np.tile(np.arange(17.0) / 10 + 3, (5, 1))
    TrainedNetwork("x", network).predict([trial([0, 0, 4], depth=depth)])
    np.testing.assert_allclose(network.seen[0, 0, :, 2], np.minimum(np.arange(17) / 10, 1.5), atol=1e-6)
    assert (network.seen[..., 3] == 1).all()
    TrainedNetwork("x", network).predict([trial([0, 0, 4])])
    assert (network.seen[..., 2:4] == 0).all()


def test_expected_errors_are_calibrated():
    rng = np.random.default_rng(0)
    signals = np.zeros((3000, 17, len(SIGNALS)))
    signals[..., 0] = rng.uniform(-5, -1, (3000, 17))  # the network's own word, log of metres
    calibration = fit_calibration(signals, 2 * np.exp(signals[..., 0]))
    (found,) = TrainedNetwork("x", OnePose(), calibration).predict([trial([0, 0, 4])])
    assert found.expected_error_m is not None and found.expected_error_m.shape == (5, 17)
    np.testing.assert_allclose(found.expected_error_m[:, 1:], 2 * np.exp(-3.0), rtol=0.1)
