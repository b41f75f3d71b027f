"""Still pictures of two bodies at one moment, as SVG."""

from __future__ import annotations

import numpy as np

from ganbodypose.report.colors import css_color, error_colors
from ganbodypose.skeletons import H36M_17

_SIZE_PX = (220, 240)
_SPAN_M = 2.1  # what the picture's height shows
_REFERENCE = "#9aa3b5"


def moment_figure(own_m: np.ndarray, reference_m: np.ndarray, deviation_m: np.ndarray) -> str:
    """own and reference [17,3] m, camera frame, from the front and from the side, side by side; the own body coloured
    by deviation [17] m, the reference grey."""
    middle = reference_m.mean(0)
    # the camera sees x and y; from the person's side, z takes the place of x
    views = (("from the camera", [0, 1]), ("from the side", [2, 1]))
    panels = []
    for index, (name, axes) in enumerate(views):
        shift = index * _SIZE_PX[0]
        bodies = _body((reference_m - middle)[:, axes], shift, None)
        bodies += _body((own_m - middle)[:, axes], shift, deviation_m)
        label = f'<text x="{shift + _SIZE_PX[0] / 2:.0f}" y="{_SIZE_PX[1] - 6}" text-anchor="middle">{name}</text>'
        panels.append(bodies + label)
    width = len(views) * _SIZE_PX[0]
    return (
        f'<svg viewBox="0 0 {width} {_SIZE_PX[1]}" role="img" style="height:auto" '
        f'aria-label="the body beside the reference, from the camera and from the side">{"".join(panels)}</svg>'
    )


def _body(points_m: np.ndarray, shift_px: float, deviation_m: np.ndarray | None) -> str:
    """Lines of the bones; points [17,2] m about the middle."""
    scale = _SIZE_PX[1] / _SPAN_M
    xy = points_m * scale + [_SIZE_PX[0] / 2 + shift_px, _SIZE_PX[1] / 2 - 8]
    lines = []
    for a, b in H36M_17.bones:
        color = _REFERENCE
        if deviation_m is not None:
            color = css_color(error_colors(np.array((deviation_m[a] + deviation_m[b]) / 2)))
        ends = f'x1="{xy[a, 0]:.1f}" y1="{xy[a, 1]:.1f}" x2="{xy[b, 0]:.1f}" y2="{xy[b, 1]:.1f}"'
        width = 4 if deviation_m is None else 5
        lines.append(f'<line {ends} stroke="{color}" stroke-width="{width}" stroke-linecap="round"/>')
    return "".join(lines)
