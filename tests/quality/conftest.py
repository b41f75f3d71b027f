"""A hand-made person: upright, arms hanging, facing the camera (x right, y down, z forward)."""

import numpy as np
import pytest

from ganbodypose.skeletons import H36M_17

# Sideways from the middle (towards the person's left) and down from the pelvis, in metres.
_PLACES = {
    "pelvis": (0, 0),
    "hip": (0.1, 0),
    "knee": (0.1, 0.45),
    "ankle": (0.1, 0.9),
    "spine": (0, -0.25),
    "thorax": (0, -0.5),
    "neck_nose": (0, -0.6),
    "head_top": (0, -0.75),
    "shoulder": (0.2, -0.5),
    "elbow": (0.2, -0.2),
    "wrist": (0.2, 0.05),
}


@pytest.fixture
def standing() -> np.ndarray:
    """[17,3] m, camera frame: the person's forward is -z, their up -y, their right -x."""

    def place(joint: str) -> tuple[float, float, float]:
        part = joint.removeprefix("left_").removeprefix("right_")
        across, down = _PLACES[part]
        return (-across if joint.startswith("right") else across, down, 0)

    return np.array([place(joint) for joint in H36M_17.joints], dtype=float)
