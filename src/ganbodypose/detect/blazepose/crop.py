"""A turned square of a picture, resampled to the fixed input size of a network.

Sampling follows MediaPipe, because the networks were trained on pictures made that way: pixel (0, 0) of the
crop lies on the corner of the region, and one bilinear sample is taken per crop pixel whatever the reduction.
"""

from __future__ import annotations

import cv2
import numpy as np

from ganbodypose.detect.base import Region

# Tiles overlap by a fifth: upright people are slim, and the whole picture shows those who fill it.
TILE_STEP = 0.8
MAX_TILES = 8
_WARP_LIMIT = 32_766  # cv2.warpAffine counts source pixels in 16 bits


def whole_picture(rgb: np.ndarray) -> Region:
    """The smallest upright square that holds the picture, centred on it (letterbox)."""
    height, width = rgb.shape[:2]
    return Region(np.array([width / 2, height / 2]), float(max(height, width)))


def square_tiles(rgb: np.ndarray) -> list[Region]:
    """Upright squares as wide as the shorter side, at most TILE_STEP of it apart; none in a square picture.

    At most MAX_TILES, so an extreme panorama is covered with gaps.
    """
    height, width = rgb.shape[:2]
    side, spare = min(height, width), abs(width - height)
    if spare < side / 8:
        return []
    count = min(int(np.ceil(spare / side / TILE_STEP)) + 1, MAX_TILES)
    along = side / 2 + np.linspace(0, spare, count)
    across = np.full(count, side / 2)
    centers = np.stack([along, across] if width > height else [across, along], axis=1)
    return [Region(center, float(side)) for center in centers]


def checked_picture(rgb: np.ndarray) -> np.ndarray:
    """`rgb` itself when it is uint8 [H,W,3] with at least one pixel, else ValueError."""
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise ValueError(f"a picture must be RGB uint8 [H,W,3], got {rgb.dtype} {list(rgb.shape)}")
    return rgb


def rotation_matrix(angle_rad: float) -> np.ndarray:
    """[2,2] that turns a vector clockwise on the screen (x right, y down)."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[c, -s], [s, c]])


def crop_to_picture(points: np.ndarray, region: Region) -> np.ndarray:
    """Points [...,2] in fractions of the region's side, from its top-left corner, to image pixels."""
    return (points - 0.5) * region.size_px @ rotation_matrix(region.rotation_rad).T + region.center_px


def crop(rgb: np.ndarray, region: Region, out: np.ndarray, border: int) -> None:
    """Resample `region` of rgb uint8 [H,W,3] into out uint8 [S,S,3]; `border` is a cv2.BORDER_* mode."""
    step = -(-max(rgb.shape[:2]) // _WARP_LIMIT)
    picture = rgb if step == 1 else np.ascontiguousarray(rgb[::step, ::step])
    side = out.shape[0]
    turn = rotation_matrix(region.rotation_rad) * region.size_px
    corner = region.center_px - turn @ (0.5, 0.5)
    to_picture = np.column_stack([turn / side, corner]) / step
    cv2.warpAffine(
        picture,
        to_picture,
        (side, side),
        dst=out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=border,
    )
