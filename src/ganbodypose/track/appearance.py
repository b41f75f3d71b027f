"""What somebody wears: the median colours of the upper body and of the thighs, and the light they are seen in.

Colours are log ratios, so that a change of exposure moves one number (brightness) and leaves the two hues.
A few dozen pixels at places given by the keypoints are enough, and cost microseconds.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ganbodypose.core import Keypoints2D
from ganbodypose.skeletons import Skeleton

# Differences that the same clothes show from one second to the next: two hues and brightness, twice.
TYPICAL_CHANGE = np.array([0.12, 0.12, 0.5, 0.12, 0.12, 0.5])
# The change of the whole picture's log brightness that doubles the change of clothes to expect.
LIGHT_STEP = 0.08
_TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_THIGHS = ("left_hip", "right_hip", "left_knee", "right_knee")


_UNKNOWN = (math.nan, math.nan, math.nan)


def _torso_samples() -> np.ndarray:
    """[35,4] weights over _TORSO: a grid inside."""
    across, down = (g.ravel() for g in np.meshgrid(np.linspace(0.15, 0.85, 5), np.linspace(0.1, 0.9, 7)))
    return np.stack(
        [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down], axis=1
    )


def _thigh_samples() -> np.ndarray:
    """[20,4] weights over _THIGHS: along both, nearer to the hips, where short trousers still are."""
    along = np.linspace(0.1, 0.6, 10)[:, None]
    left, right = np.array([1.0, 0, 0, 0]), np.array([0, 1.0, 0, 0])
    return np.concatenate([(1 - along) * hip + along * np.roll(hip, 2) for hip in (left, right)])


_TORSO_SAMPLES, _THIGH_SAMPLES = _torso_samples(), _thigh_samples()


def brightness(rgb: np.ndarray) -> float:
    """Mean log brightness of a picture uint8 [H,W,3], from a few hundred of its pixels."""
    height, width = rgb.shape[:2]
    return float(np.log(rgb[:: height // 16 + 1, :: width // 16 + 1] + np.float32(8)).mean())


def appearance(rgb: np.ndarray, keypoints: Keypoints2D, light: float) -> np.ndarray:
    """[7] log(R/G), log(B/G), log brightness of the torso, then of the thighs; `light` (`brightness` of rgb).

    rgb uint8 [H,W,3]; keypoints of one person; NaN for what is not in the picture or not in the skeleton.
    """
    torso, thighs = _joint_numbers(keypoints.skeleton)
    upper = _median_colour(rgb, _TORSO_SAMPLES, keypoints.xy_px, torso)
    lower = _median_colour(rgb, _THIGH_SAMPLES, keypoints.xy_px, thighs)
    return np.array([*upper, *lower, light])


@cache
def _joint_numbers(skeleton: Skeleton) -> tuple[list[int] | None, list[int] | None]:
    """Where _TORSO and _THIGHS are in the skeleton; None for a part of which it lacks a joint."""
    torso, thighs = (
        skeleton.indices(*names) if set(names) <= set(skeleton.joints) else None
        for names in (_TORSO, _THIGHS)
    )
    return torso, thighs


def _median_colour(
    rgb: np.ndarray, weights: np.ndarray, xy_px: np.ndarray, joints: list[int] | None
) -> tuple[float, float, float]:
    """Two hues and the brightness at sample points [P], of which at least half must be in the picture."""
    if joints is None:
        return _UNKNOWN
    points = weights @ xy_px[joints]
    height, width = rgb.shape[:2]
    inside = ((points > -0.5) & (points < (width - 0.5, height - 0.5))).all(1)  # False for NaN
    count = int(np.count_nonzero(inside))
    if 2 * count < len(points):
        return _UNKNOWN
    x, y = (points[inside] + 0.5).astype(int).T
    middle = np.sort(rgb[y, x], axis=0)[count // 2].tolist()  # much faster than np.median on so few
    red, green, blue = (math.log(value + 8) for value in middle)  # + 8: dark colours have no reliable hue
    return red - green, blue - green, (red + green + blue) / 3


def change_of_clothes(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean square of the differences between two appearances [7], in changes that the light makes likely.

    0 when nothing is known.
    """
    steps = ((a[:-1] - b[:-1]) / TYPICAL_CHANGE).tolist()
    squares = [step * step for step in steps if not math.isnan(step)]
    likely = 1 + abs(float(a[-1] - b[-1])) / LIGHT_STEP
    return math.sqrt(sum(squares) / len(squares)) / likely if squares else 0.0
