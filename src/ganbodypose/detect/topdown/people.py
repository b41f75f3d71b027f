"""People found by YOLOX as rtmlib runs it (the [rtmpose] extra), from an ONNX file of the user's."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.detect.base import Region
from ganbodypose.detect.topdown.region import PADDING


class YoloxPeople:
    """Where YOLOX sees people; UserError where rtmlib or the file cannot be used. Nothing is downloaded."""

    def __init__(self, path: Path) -> None:
        try:
            from rtmlib import YOLOX
        except ImportError:
            raise UserError(
                'A YOLOX person detector needs rtmlib: pip install "gan-bodypose[rtmpose]", '
                "or leave out person= to find people with BlazePose."
            ) from None
        with contextlib.redirect_stdout(io.StringIO()):  # rtmlib greets there
            self._network = _opened(YOLOX, path)
        height, width = self._network.session.get_inputs()[0].shape[2:]
        if not isinstance(height, int) or not isinstance(width, int):
            raise UserError(f"{path} takes pictures of any size: give a YOLOX export of one size.")
        self._network.model_input_size = (height, width)

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        """Upright squares around the people, 1.25 times their boxes; YOLOX's order, the surest first."""
        boxes = np.asarray(self._network(np.ascontiguousarray(rgb[..., ::-1])), float).reshape(-1, 4)
        sizes = (boxes[:, 2:] - boxes[:, :2]).max(1) * PADDING
        centers = (boxes[:, :2] + boxes[:, 2:]) / 2
        return [Region(center, float(size)) for center, size in zip(centers, sizes, strict=True)]


def _opened(yolox: Any, path: Path) -> Any:
    try:
        return yolox(str(path), det_mode="human", backend="onnxruntime")
    except Exception as error:  # onnxruntime's own exceptions have no common public base
        raise UserError(f"{path} cannot be read as an ONNX network: {error}") from error
