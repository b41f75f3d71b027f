"""The published network as a subject."""

from dataclasses import replace

import numpy as np

from ganbodypose.core import Camera, Keypoints2D
from ganbodypose.geometry.camera import project
from ganbodypose.lift.engine import LiftingEngine
from ganbodypose.lift.network import StepNetwork
from ganbodypose.protocols.lifting import LiftedBy
from ganbodypose.protocols.trial import Trial, at_frames

RNG = np.random.default_rng(0)


def make_trial(name: str, frames: int, fps: float, camera: Camera) -> Trial:
    body = RNG.normal([0, 0, 4], 0.35, (1, 17, 3))
    truth = body + RNG.normal(0, 0.01, (frames, 17, 3))
    keypoints = Keypoints2D(project(camera, truth), np.full((frames, 17), 0.9), depth_m=truth[..., 2] - 4)
    return Trial(name, keypoints, camera, fps, truth, np.ones(frames, bool))


PLAIN = Camera(np.array([[900.0, 0, 500], [0, 900, 400], [0, 0, 1]]), (1000, 800))
BENT = replace(PLAIN, distortion=np.array([-0.2, 0.05, 0.001, 0.0, 0.0]))


def test_side_by_side_is_one_by_one() -> None:
    """Trials of other lengths, rates and lenses do not change what is said of one."""
    trials = [make_trial("a", 7, 30, PLAIN), make_trial("b", 4, 25, BENT), make_trial("c", 5, 30, BENT)]
    together = LiftedBy().predict(trials)
    for trial, prediction in zip(trials, together, strict=True):
        engine = LiftingEngine(trial.camera, StepNetwork())
        alone = [
            engine.step([(0, at_frames(trial.keypoints, k))], k / trial.fps)[0] for k in range(len(trial))
        ]
        np.testing.assert_allclose(prediction.joints_m, [pose.joints_3d_m for pose in alone], atol=1e-4)
        expected = prediction.expected_error_m
        assert expected is not None
        np.testing.assert_allclose(expected, [pose.expected_error_m for pose in alone], atol=1e-4)
