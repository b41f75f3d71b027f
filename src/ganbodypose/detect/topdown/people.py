"""People found by YOLOX as rtmlib runs it, from an ONNX file of the user's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ganbodypose.detect.base import Region
from ganbodypose.detect.from_rtmlib import open_with_rtmlib
from ganbodypose.detect.topdown.region import PADDING


class YoloxPeople:
    """Where YOLOX sees people; UserError where rtmlib or the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._network = open_with_rtmlib("YOLOX", path, det_mode="human")

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        """Upright squares around the people, 1.25 times their boxes; YOLOX's order, the surest first."""
        boxes = np.asarray(self._network(np.ascontiguousarray(rgb[..., ::-1])), float).reshape(-1, 4)
        sizes = (boxes[:, 2:] - boxes[:, :2]).max(1) * PADDING
        centers = (boxes[:, :2] + boxes[:, 2:]) / 2
        return [Region(center, float(size)) for center, size in zip(centers, sizes, strict=True)]
