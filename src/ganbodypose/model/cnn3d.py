"""The 3D-CNN (paper eqs. 1-3): convolution, batch normalisation, ReLU and pooling over time x kinematic grid.

A pyramid: few channels at full grid resolution, then a kernel along each chain that leaves one pixel per body
part with many channels, then residual blocks that span all parts with growing steps in time.
"""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.cuboid import GRID_INDEX, INPUT_CHANNELS, PARTS
from ganbodypose.model.temporal import FrameNorm, Memory, TemporalLinear, extend

CONDITION_CHANNELS = 6  # up direction (3), whether it is known, log extent, frame interval


class GridConv(nn.Module):
    """Conv3d -> BN -> ReLU on [B,C,T,5,5] (eqs. 1, 2); time is padded by memory, the grid by zeros."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: tuple[int, int, int], causal: bool
    ) -> None:
        super().__init__()
        self.causal, self.frames = causal, kernel[0] - 1
        padding = (0, kernel[1] // 2, kernel[2] // 2 if kernel[2] < 5 else 0)
        self.conv = nn.Conv3d(channels_in, channels_out, kernel, padding=padding, bias=False)
        self.norm = nn.BatchNorm3d(channels_out, momentum=0.02)

    def forward(self, x: torch.Tensor, memory: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        steps = x.shape[2]
        context = extend(x.transpose(1, 2), memory, self.frames, self.causal)
        y = torch.relu(self.norm(self.conv(context.transpose(1, 2))))
        return y, context[:, steps:]


class PartMixer(nn.Module):
    """Residual block over all five parts: dilated in time into a bottleneck, and back (eqs. 1, 2)."""

    def __init__(self, channels: int, bottleneck: int, dilation: int, causal: bool) -> None:
        super().__init__()
        self.look_back = TemporalLinear(channels, bottleneck, dilation, causal)
        self.norm_in = FrameNorm(bottleneck)
        self.expand = nn.Linear(bottleneck, channels, bias=False)
        self.norm_out = FrameNorm(channels)

    def forward(self, x: torch.Tensor, memory: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        y, memory = self.look_back(x, memory)
        y = self.norm_out(self.expand(torch.relu(self.norm_in(y))))
        return torch.relu(x + y), memory


class GridStem(nn.Module):
    """The convolutions on the grid: cuboid [B,5,T,5,5] -> [B,T,5 parts * C]."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        first, second = config.grid_channels
        channels, causal = config.part_channels, config.causal
        self.grid1 = GridConv(INPUT_CHANNELS, first, (3, 3, 3), causal)
        self.grid2 = GridConv(first, second, (1, 3, 3), causal)
        self.chain = GridConv(second, channels, (3, 1, 5), causal)
        self.pool = nn.MaxPool3d((1, 1, 5))  # eq. 3: the strongest response along each chain
        self.pooled = nn.Conv3d(second, channels, 1)

    def forward(self, cuboid: torch.Tensor, memory: Memory) -> tuple[torch.Tensor, Memory]:
        new = {}
        x, new["grid1"] = self.grid1(cuboid, memory.get("grid1"))
        x, _ = self.grid2(x, None)
        chain, new["chain"] = self.chain(x, memory.get("chain"))
        x = chain + self.pooled(self.pool(x))  # [B,C,T,5,1]
        return x.squeeze(-1).permute(0, 2, 3, 1).flatten(2), new


class FlatStem(nn.Module):
    """In place of `GridStem`, for ablation: one convolution over time that knows no grid."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = PARTS * config.part_channels
        self.look_back = TemporalLinear(INPUT_CHANNELS * GRID_INDEX.numel(), width, 1, config.causal)
        self.norm = FrameNorm(width)

    def forward(self, cuboid: torch.Tensor, memory: Memory) -> tuple[torch.Tensor, Memory]:
        x, flat = self.look_back(cuboid.transpose(1, 2).flatten(2), memory.get("flat"))
        return torch.relu(self.norm(x)), {"flat": flat}


class CNN3D(nn.Module):
    """Cuboid [B,5,T,5,5] and condition [B,T,6] -> feature map [B,T,5 parts,C]."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        channels = config.part_channels
        self.part_channels = channels
        self.stem = GridStem(config) if config.grid_channels else FlatStem(config)
        self.condition = nn.Linear(CONDITION_CHANNELS, PARTS * channels)
        self.mixers = nn.ModuleList(
            PartMixer(PARTS * channels, config.mix_channels, d, config.causal) for d in config.dilations
        )

    def forward(
        self, cuboid: torch.Tensor, condition: torch.Tensor, memory: Memory | None = None
    ) -> tuple[torch.Tensor, Memory]:
        memory = memory or {}
        x, new = self.stem(cuboid, memory)
        x = x + self.condition(condition)  # [B,T,5*C]
        for i, mixer in enumerate(self.mixers):
            x, new[f"mixer{i}"] = mixer(x, memory.get(f"mixer{i}"))
        return x.unflatten(-1, (PARTS, self.part_channels)), new
