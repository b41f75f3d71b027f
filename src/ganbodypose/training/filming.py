"""The motion-capture protocol: clips filmed by random cameras and seen by a simulated detector, in pixels.

The same cameras and errors as in training (`scene`, `detector_noise`), with a fixed seed, so that every subject is
asked the same. NumPy only.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ganbodypose.core import Camera, Keypoints2D
from ganbodypose.datasets.mocap import Split, read_split
from ganbodypose.protocols.trial import Trial
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.detector_noise import PERFECT, NoiseLevel, detect
from ganbodypose.training.motion import MotionBank
from ganbodypose.training.scene import film

FRAMES, FPS = 96, 30.0
SEED = 20260101
DEPTH_SHARE = 0.5  # of the windows come with the detector's own depth
_WRONG_FOCAL = 0.12  # log units by which the assumed focal length errs, in half of the windows
_FOCAL_PX = 1000.0
_PELVIS = H36M_17.index("pelvis")


def mocap_trials(
    data: Path, split: Split = "test", noise: NoiseLevel | None = None, depth_share: float = DEPTH_SHARE
) -> Iterator[Trial]:
    """Every clip of the split once, in windows of 96 frames at 30 per second, each filmed by its own camera.

    group: the archive. A window's camera and detections depend on its number alone.
    """
    bank = MotionBank(list(read_split(data / "mocap", split)))
    windows, clip = bank.every_window(FRAMES, FPS)
    for number, joints in enumerate(windows.joints_m):
        rng = np.random.default_rng([SEED, number])
        name = f"{bank.source[clip[number]]}/{number:04}"
        yield _filmed(rng, joints, name, noise or NoiseLevel(), depth_share)


def perfect_2d_trials(data: Path) -> Iterator[Trial]:
    """`mocap_trials` with every joint in the picture seen exactly where it is, without depth; the focal length errs
    as often."""
    return mocap_trials(data, noise=PERFECT, depth_share=0.0)


def _filmed(
    rng: np.random.Generator, joints_m: np.ndarray, name: str, noise: NoiseLevel, depth_share: float
) -> Trial:
    """joints_m [T,17,3] m, world frame, as one random camera and its detector see them."""
    dt_s = np.array([1 / FPS])
    scene = film(rng, joints_m[None].astype(np.float64), dt_s)
    truth = scene.joints_m.astype(np.float64)
    relative = truth - truth[:, :, :1]
    along_view = truth[:, :, :1] / np.linalg.norm(truth[:, :, :1], axis=-1, keepdims=True)
    depth = (relative * along_view).sum(-1)
    seen = detect(rng, truth[..., :2] / truth[..., 2:], depth, scene.half_size, dt_s, noise, depth_share)
    wrong = np.exp(rng.normal(0, _WRONG_FOCAL) * (rng.random() < 0.5))
    center = scene.half_size[0] * _FOCAL_PX
    focal = _FOCAL_PX / wrong  # what the user takes it to be
    camera = Camera(
        np.array([[focal, 0, center[0]], [0, focal, center[1]], [0, 0, 1]]),
        (round(2 * center[0]), round(2 * center[1])),
        assumed=True,
    )
    depth_m = seen.z[0]
    depth_m[:, _PELVIS] = np.where(
        np.isnan(depth_m[:, _PELVIS]), np.nan, 0.0
    )  # detectors count from the hips
    keypoints = Keypoints2D(seen.xy[0] * _FOCAL_PX + center, seen.confidence[0], depth_m=depth_m)
    group = name.rpartition("/")[0]
    return Trial(name, keypoints, camera, FPS, truth[0], np.ones(len(truth[0]), bool), group)
