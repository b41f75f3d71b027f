"""Real models and real pictures: provisioned on first use, skipped with the reason where that fails; and small ONNX
networks with the true signatures of pose networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import av
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ganbodypose.core import UserError
from ganbodypose.detect import create_detector
from ganbodypose.detect.blazepose.detector import BlazePose
from ganbodypose.skeletons import COCO_17


@pytest.fixture(scope="session")
def detector_named() -> Callable[[str], BlazePose]:
    """blazepose-full, -lite or -heavy, made once."""

    @cache
    def named(name: str) -> BlazePose:
        try:
            detector = create_detector(name)
        except UserError as error:
            pytest.skip(f"cannot be fetched here: {error}")
        assert isinstance(detector, BlazePose)
        return detector

    return named


@pytest.fixture(scope="session")
def detector(detector_named: Callable[[str], BlazePose]) -> BlazePose:
    return detector_named("blazepose-full")


@pytest.fixture(scope="session")
def demo_frames(demo_video: Path) -> dict[int, np.ndarray]:
    """Every 15th frame of the demo video up to 210, RGB."""
    frames = {}
    with av.open(str(demo_video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 15 == 0:
                frames[number] = frame.to_ndarray(format="rgb24")
            if number == 210:
                break
    return frames


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


@pytest.fixture
def rtmo_model(tmp_path):
    """rtmo_model([(keypoints [17,2] in its input, score), ...]): sees these people in every picture."""

    def make(people, side=256) -> Path:
        boxes = np.array([[*xy.min(0), *xy.max(0), score] for xy, score in people]).reshape(-1, 5)
        points = np.array([np.c_[xy, np.full(17, score)] for xy, score in people]).reshape(-1, 17, 3)
        nodes = [
            helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
            helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
            helper.make_node("Add", ["boxes", "nothing"], ["dets"]),
            helper.make_node("Add", ["points", "nothing"], ["keypoints"]),
        ]
        outputs = [("dets", [1, "n", 5]), ("keypoints", [1, "n", 17, 3])]
        weights = {"boxes": boxes[None], "points": points[None], "zero": 0.0}
        return save(tmp_path / "rtmo.onnx", nodes, [("input", [1, 3, side, side])], outputs, weights)

    return make


# A standing person in an input of 192 x 256; their left is on the picture's right.
STANDING = {
    "nose": (96, 40),
    "eye": (4, 36),
    "ear": (8, 38),
    "shoulder": (22, 66),
    "elbow": (30, 98),
    "wrist": (32, 126),
    "hip": (14, 130),
    "knee": (15, 178),
    "ankle": (16, 222),
}


@pytest.fixture
def standing() -> np.ndarray:
    """Keypoints [17,2] of COCO."""
    points = []
    for joint in COCO_17.joints:
        side, _, part = joint.rpartition("_")
        x, y = STANDING[part]
        points.append((x if not side else 96 + x if side == "left" else 96 - x, y))
    return np.array(points, float)
