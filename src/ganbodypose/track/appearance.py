"""What somebody wears, in six numbers: the median colour of the upper body and of the thighs.

Colours are log ratios, so that a change of exposure moves one number (brightness) and leaves the two hues.
A few dozen pixels at places given by the keypoints are enough, and cost microseconds.
"""

from __future__ import annotations

import numpy as np

from ganbodypose.core import Keypoints2D
from ganbodypose.skeletons import Skeleton

# Differences that the same clothes show from one second to the next: two hues and brightness, twice.
TYPICAL_CHANGE = np.array([0.12, 0.12, 0.5, 0.12, 0.12, 0.5])
_CORNERS = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_KNEES = ("left_knee", "right_knee")


def _weights() -> np.ndarray:
    """[P,6] over (shoulders, hips, knees): sample points inside the torso, then along the thighs."""
    across, down = np.meshgrid(np.linspace(0.15, 0.85, 6), np.linspace(0.1, 0.9, 9))
    a, d = across.ravel(), down.ravel()
    none = np.zeros_like(a)
    torso = np.stack([(1 - a) * (1 - d), a * (1 - d), (1 - a) * d, a * d, none, none], axis=1)
    along, zero = np.linspace(0.1, 0.6, 14), np.zeros(14)
    left = np.stack([zero, zero, 1 - along, zero, along, zero], axis=1)
    right = np.stack([zero, zero, zero, 1 - along, zero, along], axis=1)
    return np.concatenate([torso, left, right])


_SAMPLES = _weights()
_TORSO_SAMPLES = 54


def clothes_colours(rgb: np.ndarray, keypoints: Keypoints2D) -> np.ndarray:
    """[6] log(R/G), log(B/G), log brightness of the torso, then of the thighs; NaN where not in the picture.

    rgb uint8 [H,W,3]; keypoints of one person, in a skeleton with shoulders and hips.
    """
    points = _SAMPLES @ _body_points(keypoints.xy_px, keypoints.skeleton)
    height, width = rgb.shape[:2]
    inside = ((points > -0.5) & (points < (width - 0.5, height - 0.5))).all(1)  # False for NaN
    return np.concatenate([_median_colour(rgb, points[part], inside[part]) for part in _PARTS])


_PARTS = (slice(0, _TORSO_SAMPLES), slice(_TORSO_SAMPLES, None))


def _body_points(xy_px: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """[6,2] shoulders, hips, knees; NaN where the skeleton has none."""
    names = _CORNERS + _KNEES
    return np.stack([xy_px[skeleton.index(n)] if n in skeleton.joints else np.full(2, np.nan) for n in names])


def _median_colour(rgb: np.ndarray, points: np.ndarray, inside: np.ndarray) -> np.ndarray:
    if 2 * inside.sum() < len(points):
        return np.full(3, np.nan)
    x, y = np.rint(points[inside]).astype(int).T
    red, green, blue = np.log(np.median(rgb[y, x], axis=0) + 8)  # +8: dark colours have no reliable hue
    return np.array([red - green, blue - green, (red + green + blue) / 3])


def colour_change(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean square of the differences between two [6] in units of TYPICAL_CHANGE; 0 when nothing is known."""
    squares = ((a - b) / TYPICAL_CHANGE) ** 2
    known = squares[~np.isnan(squares)]
    return float(np.sqrt(known.mean())) if known.size else 0.0
