"""Networks as they are used, in the place of the ones that are trained: called as `network(joints, condition)`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ganbodypose.lift.network import StepNetwork, run
from ganbodypose.lift.ways import Lift, Said, lift_both_ways, lift_mirrored
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


class AskedTwice(nn.Module):
    """Any network, asked as `way` of `lift.ways` asks it; not to be trained so."""

    def __init__(self, network: nn.Module, way: Callable[[Lift, np.ndarray, np.ndarray], Said]) -> None:
        super().__init__()
        self.network, self._way = network, way

    @torch.no_grad()
    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        return _answer(self._way(self._lift, joints.numpy(), condition.numpy()))

    def _lift(self, joints: np.ndarray, condition: np.ndarray) -> Said:
        said, _ = self.network(*(torch.from_numpy(part.copy()) for part in (joints, condition)))
        return said.joints_m.numpy(), said.log_error.numpy(), said.realness.numpy()


def as_used(network: nn.Module) -> nn.Module:
    """A network that is trained, as it is used: both ways or mirrored where its configuration says so."""
    config = getattr(network, "config", None)
    if config is None or not (config.both_ways or config.mirrored):
        return network
    return AskedTwice(network, lift_both_ways if config.both_ways else lift_mirrored).eval()


def published_network(model: str | Path) -> nn.Module:
    """A published or exported network, as it is used."""
    network = StepNetwork(model)
    return AskedTwice(Exported(network), lift_both_ways) if network.both_ways else Exported(network)


def _answer(said: Said) -> Answer:
    joints_m, log_error, realness = (torch.from_numpy(part) for part in said)
    return Prediction(joints_m, None, log_error, torch.empty(0), realness), {}
