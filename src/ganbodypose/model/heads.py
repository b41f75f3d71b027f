"""Heads: coordinates by classification over bins per axis (for eq. 4) with a soft-argmax, and expected error."""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.cuboid import JOINTS_PER_PART, PARTS, slots_to_joints


class CoordinateHead(nn.Module):
    """Features [B,T,PARTS,C] -> (joints [B,T,16,3] m, log p [B,T,16,3,bins] or None, spread [B,T,PARTS,4]).

    The coordinate is the mean of the bins' centres under the softmax; `spread` is the log of their standard
    deviation, a first hint at the error.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.bins = config.bins
        self.linear = nn.Linear(config.part_channels, JOINTS_PER_PART * 3 * max(self.bins, 1))
        self.register_buffer("centers", torch.linspace(-config.reach_m, config.reach_m, max(self.bins, 1)))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor]:
        y = self.linear(x).float().unflatten(-1, (JOINTS_PER_PART, 3, max(self.bins, 1)))
        if not self.bins:
            return slots_to_joints(y.squeeze(-1)), None, x.new_zeros(*x.shape[:2], PARTS, JOINTS_PER_PART)
        log_p = y.log_softmax(-1)
        p = log_p.exp()
        mean = p @ self.centers
        variance = (p.detach() @ self.centers.square() - mean.detach().square()).clamp(min=1e-6)
        return slots_to_joints(mean), slots_to_joints(log_p), 0.5 * variance.sum(-1).log()


class ErrorHead(nn.Module):
    """Expected error of each joint, log of metres [B,T,16], from features that it does not train."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        inputs = config.part_channels + JOINTS_PER_PART + 1
        self.net = nn.Sequential(
            nn.Linear(inputs, config.error_hidden), nn.ReLU(), nn.Linear(config.error_hidden, JOINTS_PER_PART)
        )

    def forward(self, x: torch.Tensor, spread: torch.Tensor, realness: torch.Tensor) -> torch.Tensor:
        """`x` [B,T,PARTS,C], `spread` [B,T,PARTS,4], `realness` [B,T,PARTS]: the discriminator's score."""
        features = torch.cat([x, spread.to(x.dtype), realness[..., None].to(x.dtype)], -1).detach()
        return slots_to_joints(self.net(features).float()) - 3.0  # starts near 5 cm
