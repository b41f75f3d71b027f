"""Networks as they are used, in the place of the ones that are trained: called as `network(joints, condition)`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from ganbodypose.lift.both_ways import Said, lift_both_ways, run
from ganbodypose.lift.network import StepNetwork
from ganbodypose.model.network import Prediction
from ganbodypose.quality.calibration import ErrorCalibration

Answer = tuple[Prediction, dict[str, torch.Tensor]]  # the memory is not given back


class Exported(nn.Module):
    """A causal network on ONNX Runtime: windows joints [B,T,17,5], condition [B,T,6] in, `Prediction` out."""

    def __init__(self, network: StepNetwork) -> None:
        super().__init__()
        self._network = network

    @property
    def calibration(self) -> ErrorCalibration:
        return self._network.calibration

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        return _answer(run(self._network, joints.numpy(), condition.numpy()))


class BothWays(nn.Module):
    """Any network, as `lift.both_ways` uses it on whole recordings; not to be trained so."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    @torch.no_grad()
    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        return _answer(lift_both_ways(self._lift, joints.numpy(), condition.numpy()))

    def _lift(self, joints: np.ndarray, condition: np.ndarray) -> Said:
        said, _ = self.network(*(torch.from_numpy(part.copy()) for part in (joints, condition)))
        return said.joints_m.numpy(), said.log_error.numpy(), said.realness.numpy()


def as_used(network: nn.Module) -> nn.Module:
    """A network that is trained, as it is used: both ways where its configuration says so."""
    config = getattr(network, "config", None)
    return BothWays(network).eval() if config is not None and config.both_ways else network


def published_network(model: str | Path) -> nn.Module:
    """A published or exported network, as it is used."""
    network = StepNetwork(model)
    return BothWays(Exported(network)) if network.both_ways else Exported(network)


def _answer(said: Said) -> Answer:
    joints_m, log_error, realness = (torch.from_numpy(part) for part in said)
    return Prediction(joints_m, None, log_error, torch.empty(0), realness), {}
