"""Small ONNX networks with the true signatures of top-down pose networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

MEAN = np.array([123.675, 116.28, 103.53], np.float32)
DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)


def save(path: Path, nodes, inputs, outputs, weights) -> Path:
    tensor = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)  # noqa: E731
    graph = helper.make_graph(
        nodes,
        "pose",
        [tensor(*value) for value in inputs],
        [tensor(*value) for value in outputs],
        [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


@pytest.fixture
def heatmap_model(tmp_path):
    """heatmap_model(size_wh, joints=17, stride=4, dynamic=False): heatmap j is channel j % 3 of the picture, 0 to 1,
    as it was before ImageNet's normalisation."""

    def make(size_wh=(192, 256), joints=17, stride=4, dynamic=False) -> Path:
        channel = np.arange(joints) % 3
        weight = np.zeros((joints, 3, 1, 1))
        weight[np.arange(joints), channel, 0, 0] = DEVIATION[channel] / 255
        size = ["h", "w"] if dynamic else [size_wh[1], size_wh[0]]
        node = helper.make_node("Conv", ["input", "weight", "bias"], ["heatmaps"], strides=[stride, stride])
        return save(
            tmp_path / "heatmap.onnx",
            [node],
            [("input", [1, 3, *size])],
            [("heatmaps", [1, joints, "oh", "ow"])],
            {"weight": weight, "bias": MEAN[channel] / 255},
        )

    return make


@pytest.fixture
def simcc_model(tmp_path):
    """simcc_model(x_logits [J,k*W], y_logits [J,k*H], size_wh): answers every picture with these logits."""

    def make(x_logits, y_logits, size_wh=(192, 256)) -> Path:
        nodes = [
            helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
            helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
            helper.make_node("Add", ["x", "nothing"], ["simcc_x"]),
            helper.make_node("Add", ["y", "nothing"], ["simcc_y"]),
        ]
        return save(
            tmp_path / "simcc.onnx",
            nodes,
            [("input", [1, 3, size_wh[1], size_wh[0]])],
            [("simcc_x", [1, *np.shape(x_logits)]), ("simcc_y", [1, *np.shape(y_logits)])],
            {"x": np.asarray(x_logits)[None], "y": np.asarray(y_logits)[None], "zero": 0.0},
        )

    return make


@pytest.fixture
def yolox_model(tmp_path):
    """yolox_model(boxes [N,5]): sees these boxes (x0 y0 x1 y1 score, in its input) in every picture."""

    def make(boxes, side=64) -> Path:
        nodes = [
            helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
            helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
            helper.make_node("Add", ["boxes", "nothing"], ["dets"]),
        ]
        weights = {"boxes": np.asarray(boxes)[None], "zero": 0.0}
        shape = [1, *np.shape(boxes)]
        return save(
            tmp_path / "yolox.onnx", nodes, [("input", [1, 3, side, side])], [("dets", shape)], weights
        )

    return make
