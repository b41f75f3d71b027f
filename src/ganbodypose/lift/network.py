"""An exported network on ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from ganbodypose.core import UserError
from ganbodypose.io.text import parse_json
from ganbodypose.lift.model_files import model_path
from ganbodypose.lift.ways import Said, lift_mirrored
from ganbodypose.quality.calibration import ErrorCalibration

_LOADING_ERRORS = (
    runtime_errors.Fail,
    runtime_errors.InvalidArgument,
    runtime_errors.InvalidGraph,
    runtime_errors.InvalidProtobuf,
    runtime_errors.NoSuchFile,
    runtime_errors.NotImplemented,
)
Memory = dict[str, np.ndarray]
# joints [P,17,3] m, log error [P,16], realness [P,5], memory
Step = tuple[np.ndarray, np.ndarray, np.ndarray, Memory]


class Lifter(Protocol):
    """What the engine asks of a network; its memory is explicit, one row a person."""

    calibration: ErrorCalibration

    def initial_memory(self, persons: int) -> Memory: ...

    def step(self, joints: np.ndarray, condition: np.ndarray, memory: Memory) -> Step: ...


class StepNetwork:
    """A published mode ("live") or the path of an exported network: sessions, names and shapes of its memory,
    calibration. both_ways: it was calibrated for whole recordings (`lift.recording`). mirrored: it was
    calibrated to see every frame mirrored, too, and has a memory of either (`lift.ways.lift_mirrored`).

    UserError where there is no such network.
    """

    def __init__(self, model: str | Path = "live", threads: int = 1) -> None:
        self._path, self._threads = model_path(str(model)), threads
        try:
            self._any_number = self._session(persons=None)
            metadata = self._any_number.get_modelmeta().custom_metadata_map
            self.calibration = ErrorCalibration.from_dict(parse_json(metadata["calibration"]))
            config = parse_json(metadata["config"])
            self.both_ways, self.mirrored = (bool(config.get(way)) for way in ("both_ways", "mirrored"))
        except (KeyError, ValueError, *_LOADING_ERRORS) as error:
            raise UserError(
                f"{self._path} is not a lifting network of this package; give one that it exported."
            ) from error
        # With the batch size known, shapes are computed once at loading: a quarter less time for one person.
        self._one = self._session(persons=1 + self.mirrored)
        inputs = self._any_number.get_inputs()[2:]
        self.memory_shapes = {i.name: [n if isinstance(n, int) else 0 for n in i.shape] for i in inputs}
        self.outputs = [o.name for o in self._any_number.get_outputs()]

    def _session(self, persons: int | None) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if persons is not None:
            options.add_free_dimension_override_by_name("persons", persons)
        return onnxruntime.InferenceSession(str(self._path), options, providers=["CPUExecutionProvider"])

    def initial_memory(self, persons: int) -> Memory:
        rows = (persons, 2) if self.mirrored else (persons,)
        return {name: np.zeros((*rows, *shape[1:]), np.float32) for name, shape in self.memory_shapes.items()}

    def step(self, joints: np.ndarray, condition: np.ndarray, memory: Memory) -> Step:
        """joints [P,17,5], condition [P,6] -> joints [P,17,3] m, log error [P,16], realness [P,5], memory."""
        session = self._one if len(joints) == 1 else self._any_number
        new: Memory = {}

        def lift(joints: np.ndarray, condition: np.ndarray) -> Said:
            rows = {name: value.reshape(-1, *self.memory_shapes[name][1:]) for name, value in memory.items()}
            values = session.run(self.outputs, {"joints": joints, "condition": condition, **rows})
            for name, value in zip(memory, values[3:], strict=True):
                new[name] = value.reshape(memory[name].shape)
            return values[0], values[1], values[2]

        said = lift_mirrored(lift, joints, condition) if self.mirrored else lift(joints, condition)
        return *said, new


def run(network: Lifter, joints: np.ndarray, condition: np.ndarray) -> Said:
    """The network over sequences [P,T,...], frame by frame from an empty memory."""
    memory, said = network.initial_memory(len(joints)), []
    for frame in range(joints.shape[1]):
        *now, memory = network.step(joints[:, frame], condition[:, frame], memory)
        said.append(now)
    poses, log_error, realness = (np.stack(part, 1) for part in zip(*said, strict=True))
    return poses, log_error, realness
