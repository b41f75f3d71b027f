"""Anti-aliased marks on RGB pictures, in 1/16 pixel. Colours are RGB, three plain integers."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

Color = Sequence[int]
Point = Sequence[int]
Box = tuple[int, int, int, int]

BACKGROUND: tuple[int, int, int] = (17, 20, 27)
INK: tuple[int, int, int] = (232, 236, 243)
MUTED: tuple[int, int, int] = (150, 158, 172)

_SHIFT = 4  # OpenCV draws with 1/16 pixel
_FONT = cv2.FONT_HERSHEY_DUPLEX
_SCALE_PER_PIXEL = 1 / 29.0  # font scale for one pixel of line height


def fixed(xy_px: np.ndarray) -> np.ndarray:
    """Pixels [...,2] as the fixed-point int32 that the marks below take, kept where 32 bits cannot overflow.

    Points must be finite. Converting many points at once is what makes drawing fast.
    """
    return np.rint(np.clip(xy_px, -1e5, 1e5) * (1 << _SHIFT)).astype(np.int32)


def line(image: np.ndarray, start: Point, end: Point, rgb: Color, thickness: int) -> None:
    """A line between two fixed points."""
    cv2.line(image, start, end, rgb, thickness, cv2.LINE_AA, _SHIFT)


def lines(image: np.ndarray, paths: np.ndarray, rgb: Color, thickness: int = 1) -> None:
    """Many open paths of one colour, each through all its fixed points: paths [N,P,2]."""
    cv2.polylines(image, list(paths), False, rgb, thickness, cv2.LINE_AA, _SHIFT)


def disc(image: np.ndarray, centre: Point, radius_px: float, rgb: Color, thickness: int = -1) -> None:
    """A filled disc around a fixed point, or a ring of the given thickness."""
    radius = int(min(max(radius_px, 0), 1e4) * (1 << _SHIFT))
    cv2.circle(image, centre, radius, rgb, thickness, cv2.LINE_AA, _SHIFT)


def polygon(image: np.ndarray, points: np.ndarray, rgb: Color) -> None:
    """A filled convex polygon of fixed points [N,2]."""
    cv2.fillConvexPoly(image, points, rgb, cv2.LINE_AA, _SHIFT)


def text(image: np.ndarray, words: str, left_baseline: tuple[int, int], height: int, rgb: Color) -> None:
    """One line of ASCII text; `height` is the line height in px."""
    scale = height * _SCALE_PER_PIXEL
    cv2.putText(image, words, left_baseline, _FONT, scale, rgb, 1, cv2.LINE_AA)


def text_width(words: str, height: int) -> int:
    return int(cv2.getTextSize(words, _FONT, height * _SCALE_PER_PIXEL, 1)[0][0])


def shade(image: np.ndarray, x0: int, y0: int, x1: int, y1: int, strength: float = 0.68) -> None:
    """Darken a rectangle in place, so that text on it can be read over any picture."""
    box = image[y0:y1, x0:x1]
    if box.size:
        cv2.convertScaleAbs(box, box, alpha=1 - strength, beta=strength * BACKGROUND[1])


def tag(
    image: np.ndarray,
    words: str,
    left_top: tuple[int, int],
    height: int,
    stripe: Color | None = None,
    taken: Sequence[Box] = (),
) -> Box:
    """Text on a dark plate that is moved to stay inside the picture and below the plates already `taken`.

    `stripe` is a coloured left edge. Returns the plate's box.
    """
    pad, edge = height // 2, 4 if stripe is not None else 0
    size_wh = text_width(words, height) + 2 * pad + edge, height + pad
    x, y, right, bottom = _free_box(image.shape[:2], left_top, size_wh, taken)
    shade(image, x, y, right, bottom)
    if stripe is not None:
        image[y:bottom, x : x + edge] = stripe
    text(image, words, (x + edge + pad, bottom - pad), height, INK)
    return x, y, right, bottom


def _free_box(
    shape: tuple[int, ...], left_top: tuple[int, int], size_wh: tuple[int, int], taken: Sequence[Box]
) -> Box:
    """Inside a picture of `shape` [H,W], at `left_top` or as far below it as the boxes taken want it."""
    (tall, wide), (width, height) = shape, size_wh
    x = min(max(left_top[0], 0), max(wide - width, 0))
    y = max(left_top[1], 0)
    for x0, y0, x1, y1 in sorted(taken, key=lambda box: box[1]):
        if x < x1 and x0 < x + width and y < y1 and y0 < y + height:
            y = y1 + 1
    y = min(y, max(tall - height, 0))
    return x, y, x + width, y + height
