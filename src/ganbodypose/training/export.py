"""Export to ONNX: batch normalisation folded, calibration inside.

A causal network becomes `step(frame, state)` with its state as explicit tensors; one that sees the future
becomes a function of a whole window of any length.
"""

from __future__ import annotations

import copy
import json
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn

from ganbodypose.io.atomic import replacing
from ganbodypose.model.cnn3d import FlatStem
from ganbodypose.model.network import GanBodyPose
from ganbodypose.model.temporal import FrameNorm
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.skeletons import H36M_17

STEP_OPSET, WINDOW_OPSET = 17, 18
OUTPUTS = ("joints_m", "log_error", "realness")


class StreamingStep(nn.Module):
    """`step(frame, state)`: joints [P,17,5], condition [P,6], memory... -> joints [P,17,3] m, log error [P,16],
    realness [P,5], memory... of a causal network."""

    def __init__(self, network: GanBodyPose) -> None:
        super().__init__()
        if not network.config.causal:
            raise ValueError("only a causal network can be exported as a streaming step")
        self.network = fold_norms(network).eval()
        self.memory_names = tuple(network.initial_memory(1))

    def forward(
        self, joints: torch.Tensor, condition: torch.Tensor, *memory: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        state = dict(zip(self.memory_names, memory, strict=True))
        prediction, new = self.network(joints[:, None], condition[:, None], state)
        outputs = (prediction.joints_m[:, 0], prediction.log_error[:, 0], prediction.realness[:, 0])
        return *outputs, *(new[name] for name in self.memory_names)


class Window(nn.Module):
    """joints [P,T,17,5], condition [P,T,6] -> joints [P,T,17,3] m, log error [P,T,16], realness [P,T,5]."""

    def __init__(self, network: GanBodyPose) -> None:
        super().__init__()
        self.network = fold_norms(network).eval()

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> tuple[torch.Tensor, ...]:
        prediction, _ = self.network(joints, condition)
        return prediction.joints_m, prediction.log_error, prediction.realness


def fold_norms(network: GanBodyPose) -> GanBodyPose:
    """A copy whose batch normalisations are folded into the layers before them."""
    network = copy.deepcopy(network).eval()
    stem = network.cnn.stem
    if isinstance(stem, FlatStem):
        stem.look_back.linear = _folded(stem.look_back.linear, stem.norm)
        stem.norm = nn.Identity()
    else:
        for grid in (stem.grid1, stem.grid2, stem.chain):
            grid.conv = nn.utils.fusion.fuse_conv_bn_eval(grid.conv, grid.norm)
            grid.norm = nn.Identity()
    for mixer in network.cnn.mixers:
        mixer.look_back.linear = _folded(mixer.look_back.linear, mixer.norm_in)
        mixer.expand = _folded(mixer.expand, mixer.norm_out)
        mixer.norm_in = mixer.norm_out = nn.Identity()
    return network


def _folded(linear: nn.Linear, norm: FrameNorm) -> nn.Linear:
    return nn.utils.fusion.fuse_linear_bn_eval(linear, norm.norm)


def export(network: GanBodyPose, path: Path, calibration: ErrorCalibration) -> None:
    """Writes the network as ONNX, under a temporary name first; `frames_around` in its metadata is how many
    frames before and behind a frame can change it (causal networks carry their past in the state)."""
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations and remarks inside torch
        if network.config.causal:
            _export_step(network, temporary)
        else:
            _export_window(network, temporary)
        model = onnx.load(temporary)
        metadata = {
            "calibration": json.dumps(calibration.as_dict()),
            "config": json.dumps(network.config.as_dict()),
            "joints": json.dumps(H36M_17.joints),
            "frames_around": str(network.config.frames_around),
        }
        onnx.helper.set_model_props(model, metadata)
        onnx.save(model, temporary)


def _export_step(network: GanBodyPose, path: Path) -> None:
    step = StreamingStep(network)
    memory = network.initial_memory(2)
    names_in = ["joints", "condition", *memory]
    names_out = [*OUTPUTS, *(f"next_{name}" for name in memory)]
    torch.onnx.export(
        step,
        (torch.zeros(2, 17, 5), torch.zeros(2, 6), *memory.values()),
        path,
        dynamo=False,
        opset_version=STEP_OPSET,
        input_names=names_in,
        output_names=names_out,
        dynamic_axes={name: {0: "persons"} for name in names_in + names_out},
    )


def _export_window(network: GanBodyPose, path: Path) -> None:
    persons, frames = torch.export.Dim("persons", min=1, max=1024), torch.export.Dim("frames", min=2)
    torch.onnx.export(
        Window(network),
        (torch.zeros(2, 40, 17, 5), torch.zeros(2, 40, 6)),
        path,
        dynamo=True,
        opset_version=WINDOW_OPSET,
        input_names=["joints", "condition"],
        output_names=list(OUTPUTS),
        dynamic_shapes=({0: persons, 1: frames}, {0: persons, 1: frames}),
        external_data=False,
        verbose=False,
    )
