"""What OpenVINO and lower precision would save of BlazePose's landmark network, and how far they move its answers.

    pip install openvino
    python benchmarks/landmark_precision.py [--model full] [--frames 115]

The demo video's main person is followed by the detector as it is; on the same crops the others answer too. Distances
are medians and 95th percentiles over 33 keypoints: pixels of the crop's 256, and millimetres of world landmarks. Times
are medians of processor time on one thread, taken in turns. int8 stands for its rounding alone: the weights of all
convolutions on 255 steps a channel, computed in float32.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import openvino
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from ganbodypose.detect import create_detector
from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose import landmarks
from ganbodypose.detect.blazepose.detector import BlazePose
from ganbodypose.detect.blazepose.landmarks import BlazePoseDetection
from ganbodypose.detect.blazepose.network import keep_outputs
from ganbodypose.detect.weights import demo_video_path, weights_path
from ganbodypose.io.video import open_video

SHAPES = (
    landmarks.LANDMARKS_SHAPE,
    landmarks.PRESENCE_SHAPE,
    landmarks.HEATMAP_SHAPE,
    landmarks.WORLD_SHAPE,
)
_BUFFER_DATA = 4  # where the bytes stand in a Buffer table of the TFLite schema
Outputs = dict[tuple[int, ...], np.ndarray]
Runtime = Callable[[np.ndarray], Outputs]  # picture [1,256,256,3] in [0,1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", choices=("lite", "full", "heavy"), default="full")
    parser.add_argument("--frames", type=int, default=115, help="of the demo video, every second one")
    options = parser.parse_args()
    model = keep_outputs(weights_path(f"pose_landmark_{options.model}").read_bytes(), SHAPES)
    runtimes: dict[str, Runtime] = {
        "LiteRT float32": litert(model),
        "OpenVINO float32": with_openvino(model, "f32"),
        "OpenVINO bfloat16": with_openvino(model, "bf16"),
        "int8 weights": litert(in_int8(model)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runtimes}
    moved: dict[str, list[np.ndarray]] = {name: [] for name in runtimes}
    for pixels, region, truth in crops(options.model, options.frames):
        for name, run in runtimes.items():
            before = time.process_time()
            outputs = run(pixels)
            seconds[name].append(time.process_time() - before)
            moved[name].append(moves(outputs, region, truth))
    print(f"blazepose-{options.model}, av {av.__version__}, openvino {openvino.__version__}")
    print(f"{'':20}{'CPU ms':>8}{'px':>8}{'95 %':>8}{'mm':>8}{'95 %':>8}")
    for name, of in moved.items():
        figures = np.percentile(np.stack(of), (50, 95), axis=(0, 2)).T.ravel()
        print(f"{name:20}{1000 * np.median(seconds[name]):8.2f}" + "".join(f"{f:8.2f}" for f in figures))


def crops(model: str, frames: int) -> Iterator[tuple[np.ndarray, Region, BlazePoseDetection]]:
    """Every second frame's crop, its region and what the detector says of it."""
    detector, region = create_detector(f"blazepose-{model}"), None
    assert isinstance(detector, BlazePose)
    with open_video(demo_video_path()) as video:
        for frame in itertools.islice(video, 0, 2 * frames, 2):
            region = region or next(iter(detector.find_people(frame.rgb)), None)
            found = region and detector.estimate(frame.rgb, region)
            if found:
                yield detector._landmarks.pixels[None].astype(np.float32) / 255, region, found
            region = detector.next_region(found) if found else None


def moves(outputs: Outputs, region: Region, truth: BlazePoseDetection) -> np.ndarray:
    """[2,33]: pixels of the crop, and millimetres."""
    values, heatmap, world = (outputs[shape] for shape in SHAPES if shape != landmarks.PRESENCE_SHAPE)
    found = landmarks.decode(values, heatmap, world, 1.0, region)
    pixels = np.linalg.norm(found.keypoints.xy_px - truth.keypoints.xy_px, axis=1)
    millimetres = 1000 * np.linalg.norm(found.world_m - truth.world_m, axis=1)
    return np.stack([pixels / region.size_px * landmarks.INPUT_SIZE, millimetres])


def litert(model: bytes) -> Runtime:
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]

    def run(picture: np.ndarray) -> Outputs:
        interpreter.set_tensor(source, picture)
        interpreter.invoke()
        details = interpreter.get_output_details()
        return {tuple(d["shape"].tolist()): interpreter.get_tensor(d["index"]) for d in details}

    return run


def with_openvino(model: bytes, precision: str) -> Runtime:
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": precision}
    core = openvino.Core()
    with tempfile.TemporaryDirectory() as folder:  # it does not read TFLite from memory
        file = Path(folder) / "model.tflite"
        file.write_bytes(model)
        request = core.compile_model(core.read_model(file), "CPU", settings).create_infer_request()

    def run(picture: np.ndarray) -> Outputs:
        request.infer({0: picture})
        return {tuple(tensor.shape): np.array(tensor.data) for tensor in request.output_tensors}

    return run


def in_int8(model: bytes) -> bytes:
    """The model with the (float16) weights of its convolutions rounded to 255 steps a channel."""
    edited = bytearray(model)
    file = schema.Model.GetRootAs(edited, 0)
    graph = file.Subgraphs(0)
    operators = [graph.Operators(k) for k in range(graph.OperatorsLength())]
    code = lambda o: file.OperatorCodes(o.OpcodeIndex()).BuiltinCode()  # noqa: E731
    stored = {
        int(o.OutputsAsNumpy()[0]): int(o.InputsAsNumpy()[0])
        for o in operators
        if code(o) == schema.BuiltinOperator.DEQUANTIZE
    }
    for operator in (o for o in operators if code(o) == schema.BuiltinOperator.CONV_2D):
        tensor = graph.Tensors(stored[int(operator.InputsAsNumpy()[1])])
        table = file.Buffers(tensor.Buffer())._tab
        start, shape = table.Vector(table.Offset(_BUFFER_DATA)), tensor.ShapeAsNumpy()
        weights = np.frombuffer(edited, np.float16, int(np.prod(shape)), start).reshape(shape[0], -1)
        step = np.abs(weights).max(1, keepdims=True).astype(np.float32) / 127
        rounded = (np.round(weights / step) * step).astype(np.float16).tobytes()
        edited[start : start + len(rounded)] = rounded
    return bytes(edited)


if __name__ == "__main__":
    main()
