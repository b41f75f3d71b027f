"""Export of the streaming step to ONNX: explicit state, batch normalisation folded, calibration inside."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import onnx
import torch
from torch import nn

from ganbodypose.model.network import GanBodyPose
from ganbodypose.model.temporal import FrameNorm
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.skeletons import H36M_17

OPSET = 17


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


def fold_norms(network: GanBodyPose) -> GanBodyPose:
    """A copy whose batch normalisations are folded into the layers before them."""
    network = copy.deepcopy(network).eval()
    for grid in (network.cnn.grid1, network.cnn.grid2, network.cnn.chain):
        grid.conv = nn.utils.fusion.fuse_conv_bn_eval(grid.conv, grid.norm)
        grid.norm = nn.Identity()
    for mixer in network.cnn.mixers:
        mixer.look_back.linear = _folded(mixer.look_back.linear, mixer.norm_in)
        mixer.expand = _folded(mixer.expand, mixer.norm_out)
        mixer.norm_in = mixer.norm_out = nn.Identity()
    return network


def _folded(linear: nn.Linear, norm: FrameNorm) -> nn.Linear:
    return nn.utils.fusion.fuse_linear_bn_eval(linear, norm.norm)


def export_step(network: GanBodyPose, path: Path, calibration: ErrorCalibration) -> None:
    """Writes the step as ONNX under a temporary name, then renames it."""
    step = StreamingStep(network)
    memory = network.initial_memory(2)
    inputs = (torch.zeros(2, 17, 5), torch.zeros(2, 6), *memory.values())
    names_in = ["joints", "condition", *memory]
    names_out = ["joints_m", "log_error", "realness", *(f"next_{name}" for name in memory)]
    temporary = path.with_suffix(".tmp")
    torch.onnx.export(
        step,
        inputs,
        temporary,
        dynamo=False,
        opset_version=OPSET,
        input_names=names_in,
        output_names=names_out,
        dynamic_axes={name: {0: "persons"} for name in names_in + names_out},
    )
    model = onnx.load(temporary)
    metadata = {
        "calibration": json.dumps(calibration.as_dict()),
        "config": json.dumps(network.config.as_dict()),
        "joints": json.dumps(H36M_17.joints),
    }
    onnx.helper.set_model_props(model, metadata)
    onnx.save(model, temporary)
    temporary.replace(path)
