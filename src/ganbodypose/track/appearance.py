"""What somebody wears: the median colours of the upper body and of the thighs, and the light they are seen in.

Colours are log ratios, so that a change of exposure moves one number (brightness) and leaves the two hues.
A few dozen pixels at places given by the keypoints are enough, and cost microseconds.
"""

from __future__ import annotations

import math

import numpy as np

from ganbodypose.core import Keypoints2D

# Differences that the same clothes show from one second to the next: two hues and brightness, twice.
TYPICAL_CHANGE = np.array([0.12, 0.12, 0.5, 0.12, 0.12, 0.5])
LIGHT_STEP = (
    0.08  # a change of the whole picture's log brightness that doubles the change of clothes to expect
)
_TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_THIGHS = ("left_hip", "right_hip", "left_knee", "right_knee")


def _torso_samples() -> np.ndarray:
    """[54,4] weights over _TORSO: a grid inside."""
    across, down = (g.ravel() for g in np.meshgrid(np.linspace(0.15, 0.85, 6), np.linspace(0.1, 0.9, 9)))
    return np.stack(
        [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down], axis=1
    )


def _thigh_samples() -> np.ndarray:
    """[28,4] weights over _THIGHS: along both, nearer to the hips, where short trousers still are."""
    along = np.linspace(0.1, 0.6, 14)[:, None]
    left, right = np.array([1.0, 0, 0, 0]), np.array([0, 1.0, 0, 0])
    return np.concatenate([(1 - along) * hip + along * np.roll(hip, 2) for hip in (left, right)])


_SAMPLES = ((_TORSO, _torso_samples()), (_THIGHS, _thigh_samples()))


def brightness(rgb: np.ndarray) -> float:
    """Mean log brightness of a picture uint8 [H,W,3], from some 600 of its pixels."""
    height, width = rgb.shape[:2]
    return float(np.log(rgb[:: height // 24 + 1, :: width // 24 + 1] + np.float32(8)).mean())


def appearance(rgb: np.ndarray, keypoints: Keypoints2D, light: float) -> np.ndarray:
    """[7] log(R/G), log(B/G), log brightness of the torso, then of the thighs; `light` (`brightness` of rgb).

    rgb uint8 [H,W,3]; keypoints of one person; NaN for what is not in the picture or not in the skeleton.
    """
    colours = [_median_colour(rgb, weights @ _points(keypoints, names)) for names, weights in _SAMPLES]
    return np.concatenate([*colours, [light]])


def _points(keypoints: Keypoints2D, names: tuple[str, ...]) -> np.ndarray:
    """[4,2] in pixels; NaN where the skeleton has none."""
    joints = keypoints.skeleton.joints
    return np.stack([keypoints.xy_px[joints.index(n)] if n in joints else np.full(2, np.nan) for n in names])


def _median_colour(rgb: np.ndarray, points: np.ndarray) -> np.ndarray:
    height, width = rgb.shape[:2]
    inside = ((points > -0.5) & (points < (width - 0.5, height - 0.5))).all(1)  # False for NaN
    if 2 * inside.sum() < len(points):
        return np.full(3, np.nan)
    x, y = np.rint(points[inside]).astype(int).T
    ordered = np.sort(rgb[y, x], axis=0)  # much faster than np.median on so few
    red, green, blue = np.log(ordered[len(ordered) // 2] + 8.0)  # + 8: dark colours have no reliable hue
    return np.array([red - green, blue - green, (red + green + blue) / 3])


def change_of_clothes(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean square of the differences between two appearances [7], in changes that the light makes likely.

    0 when nothing is known.
    """
    squares = ((a[:-1] - b[:-1]) / TYPICAL_CHANGE) ** 2
    known = squares[~np.isnan(squares)]
    likely = 1 + abs(a[-1] - b[-1]) / LIGHT_STEP
    return math.sqrt(float(known.mean())) / likely if known.size else 0.0
