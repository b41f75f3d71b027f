"""A LiteRT network reduced to the outputs that are used."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

Shape = tuple[int, ...]

# Where the vectors stand in a SubGraph table of the TFLite schema.
_SUBGRAPH_OUTPUTS, _SUBGRAPH_OPERATORS = 8, 10


def keep_outputs(model: bytes, shapes: Sequence[Shape]) -> bytes:
    """The TFLite `model` with only the outputs of the given shapes and the operators that they need.

    The landmark networks spend up to half of their time on a segmentation mask. Only the two index vectors of
    the flatbuffer are shortened, in place: weights stay where they are, the other outputs are bit-identical.
    """
    edited = bytearray(model)
    graph = schema.Model.GetRootAs(edited, 0).Subgraphs(0)
    outputs = [int(o) for o in graph.OutputsAsNumpy()]
    kept = [o for o in outputs if tuple(graph.Tensors(o).ShapeAsNumpy().tolist()) in shapes]
    if len(kept) < len(outputs):
        operators = _operators_for(graph, kept)
        table = graph._tab
        start = table.Vector(table.Offset(_SUBGRAPH_OPERATORS))
        targets = [table.Indirect(start + 4 * k) for k in operators]
        offsets = [target - (start + 4 * k) for k, target in enumerate(targets)]  # each from its own place
        struct.pack_into(f"<{1 + len(offsets)}I", edited, start - 4, len(offsets), *offsets)
        start = table.Vector(table.Offset(_SUBGRAPH_OUTPUTS))
        struct.pack_into(f"<{1 + len(kept)}I", edited, start - 4, len(kept), *kept)
    return bytes(edited)


def _operators_for(graph: schema.SubGraph, outputs: Sequence[int]) -> list[int]:
    """Indices of the operators that `outputs` depend on, in the order of the graph (which is topological)."""
    needed, operators = set(outputs), []
    for k in reversed(range(graph.OperatorsLength())):
        operator = graph.Operators(k)
        if not needed.isdisjoint(operator.OutputsAsNumpy().tolist()):
            operators.append(k)
            needed.update(operator.InputsAsNumpy().tolist())
    return operators[::-1]


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep LiteRT's notes off the user's terminal: it writes INFO lines straight to the error stream.

    Whatever else is written there meanwhile comes out at the end.
    """
    try:
        terminal = os.dup(2)
    except OSError:  # no error stream at all
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            held.seek(0)
            if rest := b"".join(line for line in held if not line.startswith(b"INFO:")):
                os.write(2, rest)


class Network:
    """Runs a TFLite network that takes one picture.

    `model` is the file's content; `shapes` names the wanted outputs, whose shapes differ from one another;
    pixels 0..255 are scaled linearly to `value_range`.
    """

    def __init__(
        self, model: bytes, shapes: Sequence[Shape], value_range: tuple[float, float], threads: int = 1
    ) -> None:
        with _without_chatter():
            self._interpreter = Interpreter(model_content=keep_outputs(model, shapes), num_threads=threads)
            self._interpreter.allocate_tensors()
        source = self._interpreter.get_input_details()[0]
        self._input = self._interpreter.tensor(source["index"])
        found = {tuple(d["shape"].tolist()): d["index"] for d in self._interpreter.get_output_details()}
        self._outputs = [self._interpreter.tensor(found[shape]) for shape in shapes]
        self._low, high = np.float32(value_range[0]), value_range[1]
        self._scale = np.float32((high - self._low) / 255)
        self.pixels = np.empty(source["shape"][1:], np.uint8)

    def __call__(self) -> list[np.ndarray]:
        """The outputs for the picture in `pixels` uint8 [S,S,3], in the order of `shapes`.

        They are views of the network's memory: use them up and drop them before the next call.
        """
        values = self._input()[0]
        np.multiply(self.pixels, self._scale, out=values)
        if self._low:
            values += self._low
        del values  # LiteRT refuses to run while its memory is borrowed
        self._interpreter.invoke()
        return [output() for output in self._outputs]
