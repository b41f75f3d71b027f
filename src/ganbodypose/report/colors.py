"""Colours: one scale for the expected error, one set for people.

The error scale runs from a light cyan (sure) to a deep red (unsure). Its lightness only falls, so that the
order survives colour blindness and grey print.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

ERROR_SCALE_MM = 200.0
"""Expected error at the red end of the scale; the same in every picture, so that pictures compare."""

UNKNOWN_RGB = (128, 132, 140)

PERSON_RGB = ((86, 180, 233), (230, 159, 0), (0, 158, 115), (204, 121, 167), (240, 228, 66), (213, 94, 0))
"""Okabe and Ito's colours for the colour-blind, without black and the darkest blue."""

# Lightness, chroma, hue in degrees (OKLCh) at equal steps of error.
_ANCHORS_LCH = ((0.90, 0.075, 195.0), (0.79, 0.110, 250.0), (0.68, 0.170, 310.0), (0.58, 0.215, 5.0))

# OKLab to linear sRGB, from https://bottosson.github.io/posts/oklab/
_LMS_FROM_OKLAB = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
_RGB_FROM_LMS = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def _oklab_to_srgb(lab: np.ndarray) -> np.ndarray:
    """OKLab [...,3] to sRGB in [0,1], clipped to the gamut."""
    linear = np.clip((lab @ _LMS_FROM_OKLAB.T) ** 3 @ _RGB_FROM_LMS.T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@cache
def error_scale(steps: int = 256) -> np.ndarray:
    """The scale as RGB uint8 [steps,3], from no error to `ERROR_SCALE_MM`."""
    lightness, chroma, hue = np.array(_ANCHORS_LCH).T
    hue = np.radians(hue)
    anchors = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1)
    at = np.linspace(0, len(anchors) - 1, steps)
    lab = np.stack([np.interp(at, np.arange(len(anchors)), channel) for channel in anchors.T], axis=-1)
    scale = np.round(_oklab_to_srgb(lab) * 255).astype(np.uint8)
    scale.setflags(write=False)
    return scale


def error_colors(expected_error_m: np.ndarray) -> np.ndarray:
    """RGB uint8 [...,3] of expected errors [...] in metres; grey where the error is not known (NaN)."""
    error_mm = np.asarray(expected_error_m, dtype=np.float64) * 1000
    known = np.isfinite(error_mm)
    position = np.clip(np.where(known, error_mm, 0) / ERROR_SCALE_MM, 0, 1)
    scale = error_scale()
    colors = scale[np.round(position * (len(scale) - 1)).astype(int)]
    return np.where(known[..., None], colors, np.array(UNKNOWN_RGB, np.uint8))


def css_color(rgb: Sequence[int] | np.ndarray) -> str:
    """RGB as #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*(int(channel) for channel in rgb))


def person_color(track_id: int) -> tuple[int, int, int]:
    """RGB of a person; ids that differ by less than six never share one."""
    return PERSON_RGB[track_id % len(PERSON_RGB)]
