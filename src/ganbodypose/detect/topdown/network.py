"""A top-down pose network in an ONNX file: what it takes, and which kind of answer it gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime

from ganbodypose.core import UserError
from ganbodypose.detect.topdown.decode import decode_heatmaps, decode_simcc
from ganbodypose.detect.topdown.name import TopDownOptions
from ganbodypose.skeletons import COCO_17, HALPE_26, Skeleton

# Mean and deviation of the channels R, G, B of 0..255.
_NORMALISATION = {
    "imagenet": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "unit": ((0.0, 0.0, 0.0), (255.0, 255.0, 255.0)),
    "none": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
}
# The usual meaning of a number of keypoints; the first 17 of COCO-WholeBody's 133 are COCO's.
_SKELETON_OF = {17: COCO_17, 26: HALPE_26, 133: COCO_17}


class TopDownNetwork:
    """Pixels of a crop -> keypoints in it. The input is float32 [1,3,H,W]; the output one heatmap per keypoint
    [1,J,h,w], or SimCC's two vectors [1,J,k*W], [1,J,k*H]. UserError where the file is none of these."""

    def __init__(self, options: TopDownOptions, threads: int = 1) -> None:
        self._path, self.udp = options.path, options.udp
        self._session = _session(options, threads)
        source = self._session.get_inputs()[0]
        self._input = source.name
        self.size_wh = self._input_size(source.shape, options.size)
        mean, deviation = (np.array(v, np.float32) for v in _NORMALISATION[options.normalise])
        self._mean, self._scale = mean, 1 / deviation
        blank = self._run(np.zeros((self.size_wh[1], self.size_wh[0], 3), np.uint8))
        self._decode = self._decoder(blank)
        self.skeleton = self._skeleton_of(blank[0].shape[1], options.skeleton)

    def __call__(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """RGB uint8 [H,W,3] -> xy [J,2] in pixels of the crop, confidence [J]."""
        xy, confidence = self._decode(self._run(pixels))
        joints = len(self.skeleton)
        return xy[:joints], confidence[:joints]

    def _run(self, pixels: np.ndarray) -> list[np.ndarray]:
        values = (pixels - self._mean) * self._scale
        batch = np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)
        try:
            return list(self._session.run(None, {self._input: batch}))
        except Exception as error:  # onnxruntime's own exceptions have no common public base
            width, height = self.size_wh
            raise UserError(f"{self._path} cannot take a {width}x{height} picture: {error}") from error

    def _input_size(self, shape: list[Any], wanted: tuple[int, int] | None) -> tuple[int, int]:
        if len(shape) != 4 or (isinstance(shape[1], int) and shape[1] != 3):
            raise UserError(f"{self._path} takes {shape}, not pictures [1,3,H,W]: it is no pose network.")
        own = (shape[3], shape[2]) if all(isinstance(n, int) for n in shape[2:]) else None
        if own is None and wanted is None:
            raise UserError(f"{self._path} takes pictures of any size: say which, as in ?size=192x256.")
        if own and wanted and own != wanted:
            raise UserError(f"{self._path} takes {own[0]}x{own[1]} pictures, not {wanted[0]}x{wanted[1]}.")
        size = own or wanted
        assert size is not None
        return size

    def _decoder(self, outputs: list[np.ndarray]) -> Any:
        shapes = [o.shape for o in outputs]
        if outputs[0].ndim == 4:
            return lambda out: decode_heatmaps(out[0][0], self.size_wh, self.udp)
        if len(shapes) >= 2 and all(len(s) == 3 for s in shapes[:2]) and shapes[0][1] == shapes[1][1]:
            lengths = shapes[0][2], shapes[1][2]
            if lengths[0] % self.size_wh[0] == 0 and lengths[1] % self.size_wh[1] == 0:
                return lambda out: decode_simcc(out[0][0], out[1][0], self.size_wh)
        found = ", ".join(str(list(s)) for s in shapes)
        raise UserError(
            f"{self._path} gives {found}: neither heatmaps [1,J,h,w] nor SimCC [1,J,k*W], [1,J,k*H]."
        )

    def _skeleton_of(self, joints: int, wanted: Skeleton | None) -> Skeleton:
        skeleton = wanted or _SKELETON_OF.get(joints)
        if skeleton is None:
            raise UserError(f"{self._path} gives {joints} keypoints: say which, as in ?skeleton=coco_17.")
        if len(skeleton) != joints and _SKELETON_OF.get(joints) is not skeleton:
            raise UserError(
                f"{self._path} gives {joints} keypoints, but {skeleton.name} has {len(skeleton)}: "
                "name another skeleton."
            )
        return skeleton


def _session(options: TopDownOptions, threads: int) -> onnxruntime.InferenceSession:
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(options.path), settings, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions have no common public base
        raise UserError(f"{options.path} cannot be read as an ONNX network: {error}") from error
