"""The box around a person, resampled to a network's input, and the way back into the picture.

Coordinates follow MMPose: a box of the input's shape is laid over the region; crop pixel x shows the picture at
`left + x / W * width`, or, with unbiased data processing (UDP, Huang et al. 2020), at `left + x / (W - 1) * width`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose.crop import rotation_matrix


@dataclass(frozen=True)
class BoxCrop:
    """Maps crop pixels of an input of `size_wh` to picture pixels: `picture = A @ crop + b`; A [2,2], b [2]."""

    size_wh: tuple[int, int]
    A: np.ndarray
    b: np.ndarray

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """Points [...,2] of the crop in the picture."""
        return points @ self.A.T + self.b

    def pixels(self, rgb: np.ndarray) -> np.ndarray:
        """The crop of rgb uint8 [H,W,3]: uint8 [h,w,3], bilinear, black outside the picture."""
        to_picture = np.column_stack([self.A, self.b])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(rgb, to_picture, self.size_wh, flags=flags, borderMode=cv2.BORDER_CONSTANT)


def box_crop(region: Region, size_wh: tuple[int, int], udp: bool = False) -> BoxCrop:
    """The smallest box of the input's shape that holds the region's height, or its width where the input is wide."""
    shape = np.array(size_wh, float)
    box = shape / shape.max() * region.size_px
    A = rotation_matrix(region.rotation_rad) * (box / (shape - udp))
    return BoxCrop(size_wh, A, region.center_px - A @ ((shape - udp) / 2))
