"""Any folder of BVH files, read through `io.formats.bvh`; joints by name, y up, units by the body's size.

BVH states no unit. A file is taken to be in the one of the usual units that gives a person of ordinary leg length.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ganbodypose.core import Clip, UserError
from ganbodypose.datasets.views import level_world
from ganbodypose.io.formats.bvh import read_bvh
from ganbodypose.skeletons import H36M_17

UNITS_M = {"cm": 0.01, "m": 1.0, "inch": 0.0254, "mm": 0.001, "CMU": 0.0254 / 0.45}
_LEG_M = (0.62, 1.05)  # from the hip to the ankle, of adults and of children from about ten years on
_USUAL_LEG_M = 0.82


def read_bvh_folder(folder: str | Path) -> Iterator[Clip]:
    """The clips of every .bvh file in or below `folder`, one file at a time; subject: the file's folder.
    UserError when a file is malformed or its unit cannot be told."""
    paths = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() == ".bvh")
    if not paths:
        raise UserError(f"No motion (*.bvh) lies in {folder}.")
    for path in paths:
        sequence = read_bvh(path)
        joints = sequence.joints_3d_m.astype(np.float64) + sequence.root_camera_m[:, None]
        scale = _scale(path, joints)
        name = path.relative_to(folder).with_suffix("").as_posix()
        yield Clip(name, level_world(joints * scale), sequence.fps, path.parent.name, "", "bvh")


def _scale(path: Path, joints: np.ndarray) -> float:
    """Metres per hundred units: the reader takes every file to be in centimetres."""
    hip, knee, ankle = (joints[:, H36M_17.index(f"left_{joint}")] for joint in ("hip", "knee", "ankle"))
    leg = np.median(np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1))
    scales = [unit / UNITS_M["cm"] for unit in UNITS_M.values()]
    fitting = [scale for scale in scales if _LEG_M[0] <= leg * scale <= _LEG_M[1]]
    if not fitting:
        raise UserError(
            f"{path}: the left leg is {leg * 100:.3g} units long, which is no person's in {', '.join(UNITS_M)}; "
            "scale the file to centimetres."
        )
    return min(fitting, key=lambda scale: abs(leg * scale - _USUAL_LEG_M))
