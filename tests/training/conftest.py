import numpy as np
import pytest

from ganbodypose.core import Clip
from ganbodypose.geometry.bones import to_joints
from ganbodypose.skeletons import H36M_17


def walking_clip(frames=100, source="deepmimic", speed=0.02):
    """A body that walks along x and waves; lengths are constant."""
    bones = np.zeros((frames, 16, 3))
    bones[:, :, 2] = np.linspace(0.1, 0.4, 16)
    names = H36M_17.joints[1:]
    for side, sign in (("left", 1), ("right", -1)):
        for part in ("hip", "shoulder"):
            bones[:, names.index(f"{side}_{part}")] = [0, 0.15 * sign, 0]
        bones[:, names.index(f"{side}_elbow"), 2], bones[:, names.index(f"{side}_wrist"), 2] = -0.28, -0.25
        bones[:, names.index(f"{side}_knee"), 2] = bones[:, names.index(f"{side}_ankle"), 2] = -0.43
    angle = np.linspace(0, 6, frames)
    bones[:, names.index("left_wrist")] = 0.25 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], -1)
    joints = to_joints(bones) + (np.arange(frames) * speed)[:, None, None] * [1, 0, 0] + [0, 0, 0.9]
    return Clip("walk", joints, 50.0, "someone", source=source)


@pytest.fixture(scope="session")
def clip():
    """Makes synthetic clips (`walking_clip`)."""
    return walking_clip
