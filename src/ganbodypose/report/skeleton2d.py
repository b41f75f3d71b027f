"""A person's 2D skeleton on a picture, coloured by the expected error of the 3D joints."""

from __future__ import annotations

import numpy as np

from ganbodypose.core import PersonResult
from ganbodypose.report import drawing
from ganbodypose.report.colors import error_colors
from ganbodypose.skeletons import H36M_17

_BONES = np.array(H36M_17.bones)
_SEEN_CONFIDENCE = 0.5  # below it a 2D joint is drawn hollow: a guess, not a sighting


def draw_skeleton(picture: np.ndarray, xy_px: np.ndarray, person: PersonResult) -> None:
    """Draw onto `picture` [H,W,3]; xy_px [17,2] are the person's keypoints in its pixels."""
    known = np.isfinite(xy_px).all(axis=-1)
    points = drawing.fixed(np.nan_to_num(xy_px)).tolist()
    colors = error_colors(person.expected_error_m)
    bone_colors = colors[_BONES].mean(axis=1).astype(int).tolist()
    size = max(2, picture.shape[0] // 240)
    for outline in (True, False):
        for (a, b), rgb in zip(H36M_17.bones, bone_colors, strict=True):
            if known[a] and known[b]:
                thickness = size + 3 if outline else size
                drawing.line(picture, points[a], points[b], drawing.BACKGROUND if outline else rgb, thickness)
    seen = person.keypoints_2d_confidence >= _SEEN_CONFIDENCE
    for joint, rgb in enumerate(colors.tolist()):
        if known[joint]:
            drawing.disc(picture, points[joint], size + 2.0, drawing.BACKGROUND)
            drawing.disc(picture, points[joint], size + 1.0, rgb, -1 if seen[joint] else 1)
