"""Decoder pictures of any pixel format -> upright, contiguous RGB of one constant size."""

from __future__ import annotations

import cv2
import numpy as np
from av import VideoFrame as AvFrame
from av.video.reformatter import VideoReformatter

MOST_PIXELS = 1 << 27  # in one picture; 8K video has a quarter of it

# By quarter circles anticlockwise; see `display_turn`.
_QUARTER_TURNS = ((False, False, False), (True, False, True), (False, True, True), (True, True, False))


class RgbConverter:
    """Converts the pictures of one source; `size_wh` is that of the first picture, set upright.

    Pictures of another size are scaled to the first's and counted in `resized`.
    """

    def __init__(self, first: AvFrame) -> None:
        # One scaler for all pictures, on one thread: setting it up anew costs three times the conversion.
        self._reformatter = VideoReformatter()
        # Read once: side data and its picture hold each other, so each look keeps a picture until the next
        # garbage collection.
        self._rotation, self._turn = first.rotation, display_turn(first)
        self.size_wh = _swapped((first.width, first.height), self._turn[0])
        self.resized = 0

    def __call__(self, picture: AvFrame) -> np.ndarray:
        """RGB uint8 [H,W,3]."""
        turn = self._turn if picture.rotation == self._rotation else display_turn(picture)
        width, height = _swapped(self.size_wh, turn[0])
        self.resized += (picture.width, picture.height) != (width, height)
        rgb = self._reformatter.reformat(picture, width, height, "rgb24", threads=1).to_ndarray()
        return np.ascontiguousarray(turn_upright(rgb, *turn))


def _swapped(size_wh: tuple[int, int], swap: bool) -> tuple[int, int]:
    return size_wh[::-1] if swap else size_wh


def display_turn(picture: AvFrame) -> tuple[bool, bool, bool]:
    """How to show the picture upright: (swap the axes, then mirror left-right, then mirror top-bottom).

    From the display matrix (ISO 14496-12, 8.5.2), whose first rows are [a b u] and [c d v]: what is stored at
    (x, y) is shown at x' = a x + c y, y' = b x + d y. Other turns than quarter circles are rounded.
    """
    try:
        matrix = picture.side_data.get("DISPLAYMATRIX")
    except ValueError:  # PyAV cannot list side data of kinds it does not know; the angle it still tells
        return _QUARTER_TURNS[round(picture.rotation / 90) % 4]
    if matrix is None:
        return False, False, False
    a, b, _, c, d = np.frombuffer(matrix, np.int32)[:5].tolist()
    swap = abs(b) > abs(a)
    return (True, c < 0, b < 0) if swap else (False, a < 0, d < 0)


def turn_upright(rgb: np.ndarray, swap: bool, mirror_x: bool, mirror_y: bool) -> np.ndarray:
    """`rgb` [H,W,3] turned as `display_turn` says; OpenCV is ten times faster at this than NumPy."""
    if not (swap or mirror_x or mirror_y):
        return rgb
    turned = cv2.transpose(rgb) if swap else rgb
    if mirror_x or mirror_y:
        turned = cv2.flip(turned, -1 if mirror_x and mirror_y else int(mirror_x))
    return turned
