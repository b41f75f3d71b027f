"""The lifting network's own features of a movement, to see whether they tell more than named measures do.

The published `live` network is given the repetition as a depth sensor four metres in front of the person would see
it, and its feature map X (before the generator) is pooled over time: mean and spread, 960 numbers. It was trained on
motion of UI-PRMD's subjects 1 to 7 (Vicon), never on whether a repetition is correct.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import nn

from ganbodypose.baselines.movement_classifiers import sampled
from ganbodypose.baselines.registry import build_network
from ganbodypose.lift.model_files import WEIGHTS
from ganbodypose.quality.scoring.canonical import RATE_HZ
from ganbodypose.training.batches import Observed, make_batch
from ganbodypose.training.detector_noise import Detected
from ganbodypose.training.train import load_weights

NAME = "live"
FRAMES = 32
_BODY_M = 1.35  # trunk, thigh and shin of an adult: the unit of canonical motion
_DISTANCE_M = 4.0


@cache
def _network() -> nn.Module:
    network = build_network(NAME)
    load_weights(network, WEIGHTS / "start" / f"{NAME}.npz")
    return network.eval()


@torch.no_grad()
def network_features(motion: np.ndarray) -> np.ndarray:
    """A canonical motion [N,17,3] -> [F]."""
    batch = make_batch(_seen(motion))
    prediction, _ = _network()(batch.joints, batch.condition)
    encoded = prediction.encoded[0].flatten(1)  # [T,5*C]
    return torch.cat([encoded.mean(0), encoded.std(0)]).numpy().astype(np.float64)


def _seen(motion: np.ndarray) -> Observed:
    """From the front: the camera's right is the person's left."""
    forward, left, up = np.moveaxis(_BODY_M * sampled(motion, FRAMES)[None], -1, 0)
    relative = np.stack([left, -up, -forward], -1)
    joints = relative + np.array([0, 0, _DISTANCE_M])
    xy = joints[..., :2] / joints[..., 2:]
    upward = np.broadcast_to([0.0, -1.0, 0.0], (*joints.shape[:2], 3))
    interval_s = np.array([len(motion) / RATE_HZ / FRAMES])
    return Observed(Detected(xy, np.ones(xy.shape[:-1]), relative[..., 2]), relative, xy, upward, interval_s)
