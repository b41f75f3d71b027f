import numpy as np
import pytest

from ganbodypose.training.pairs.rig import Rig

# name, parent, head at rest (m, facing -y, left at +x); the right side mirrors the left.
_TRUNK = [
    ("root", "", (0, 0, 0.95)), ("spine05", "root", (0, 0, 1.0)), ("spine04", "spine05", (0, 0.01, 1.1)),
    ("spine03", "spine04", (0, 0.02, 1.2)), ("spine02", "spine03", (0, 0.02, 1.3)),
    ("spine01", "spine02", (0, 0.01, 1.4)), ("neck01", "spine01", (0, 0, 1.5)), ("neck02", "neck01", (0, 0, 1.53)),
    ("neck03", "neck02", (0, 0, 1.56)), ("head", "neck03", (0, 0, 1.6)),
]  # fmt: skip
_SIDE = [
    ("pelvis", "root", (0.05, 0, 0.93)), ("upperleg01", "pelvis", (0.1, 0, 0.9)),
    ("upperleg02", "upperleg01", (0.1, 0, 0.7)), ("lowerleg01", "upperleg02", (0.1, -0.01, 0.48)),
    ("lowerleg02", "lowerleg01", (0.1, 0, 0.3)), ("foot", "lowerleg02", (0.1, 0.02, 0.08)),
    ("toe1-1", "foot", (0.1, -0.12, 0.02)), ("clavicle", "spine01", (0.02, -0.02, 1.42)),
    ("shoulder01", "clavicle", (0.1, 0, 1.43)), ("upperarm01", "shoulder01", (0.18, 0, 1.4)),
    ("upperarm02", "upperarm01", (0.28, 0, 1.3)), ("lowerarm01", "upperarm02", (0.38, 0.01, 1.2)),
    ("lowerarm02", "lowerarm01", (0.46, -0.02, 1.12)), ("wrist", "lowerarm02", (0.55, -0.05, 1.03)),
    ("finger2-1", "wrist", (0.6, -0.09, 0.98)), ("finger3-1", "wrist", (0.61, -0.07, 0.97)),
    ("finger5-1", "wrist", (0.6, -0.03, 0.97)),
]  # fmt: skip


@pytest.fixture(scope="session")
def rig() -> Rig:
    """A body of the bones that retargeting knows by name."""
    bones = [*_TRUNK]
    for side, sign in (("L", 1), ("R", -1)):
        for name, parent, (x, y, z) in _SIDE:
            whose = parent if parent in ("root", "spine01") else f"{parent}.{side}"
            bones.append((f"{name}.{side}", whose, (sign * x, y, z)))
    names = tuple(name for name, _, _ in bones)
    parents = tuple(names.index(parent) if parent else -1 for _, parent, _ in bones)
    return Rig(names, parents, np.array([head for _, _, head in bones], float))
