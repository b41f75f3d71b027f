"""The pose that is always right on average: the floor under every comparison."""

from __future__ import annotations

import numpy as np


def mean_pose(targets_m: np.ndarray) -> np.ndarray:
    """Mean [17,3] of training poses [...,17,3] in the virtual frame, relative to the pelvis."""
    return targets_m.reshape(-1, *targets_m.shape[-2:]).mean(0)
