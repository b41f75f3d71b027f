"""GAN-BodyPose: cuboid -> 3D-CNN -> self-attention -> generator -> joints and their expected error."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ganbodypose.model.attention import FeatureEnhancer
from ganbodypose.model.cnn3d import CNN3D
from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.cuboid import build_cuboid
from ganbodypose.model.gan import Discriminator, Generator
from ganbodypose.model.heads import CoordinateHead, ErrorHead
from ganbodypose.model.temporal import Memory


@dataclass
class Prediction:
    """joints_m [B,T,17,3] virtual-camera frame, relative to the pelvis; log_p [B,T,16,3,bins] or None: of the classes;
    log_error [B,T,16] log metres; encoded [B,T,5,C]: X, before the generator; realness [B,T,5] of G(Z)."""

    joints_m: torch.Tensor
    log_p: torch.Tensor | None
    log_error: torch.Tensor
    encoded: torch.Tensor
    realness: torch.Tensor


class GanBodyPose(nn.Module):
    """The network of the paper (figure 1), causal by default so that it can stream.

    Input: joints [B,T,17,5] (x, y, z, has_depth, confidence; see `cuboid`) and condition [B,T,6] (up direction in
    the virtual frame or zeros, whether it is known, log of the extent, frame interval / (1/30 s)).
    `forward(..., memory)` continues a stream: `memory` is what the previous call returned.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.part_channels
        self.cnn = CNN3D(config)
        self.attention = FeatureEnhancer(config) if config.attention_layers else None
        self.generator = Generator(channels, config.gan_hidden) if config.gan else None
        self.discriminator = Discriminator(channels)
        self.coordinates = CoordinateHead(config)
        self.error = ErrorHead(config)

    def encode(
        self, joints: torch.Tensor, condition: torch.Tensor, memory: Memory | None = None
    ) -> tuple[torch.Tensor, Memory]:
        """The feature map X [B,T,5,C] that enters the generator."""
        x, new = self.cnn(build_cuboid(joints), condition, memory)
        if self.attention is not None:
            x, seen = self.attention(x, memory)
            new |= seen
        return x, new

    def forward(
        self, joints: torch.Tensor, condition: torch.Tensor, memory: Memory | None = None
    ) -> tuple[Prediction, Memory]:
        x, memory = self.encode(joints, condition, memory)
        encoded, x = x, x if self.generator is None else self.generator(x)
        xyz, log_p, spread = self.coordinates(x)
        realness = self.discriminator(x)
        log_error = self.error(x, spread, realness)
        joints_m = nn.functional.pad(xyz, (0, 0, 1, 0))  # the pelvis is the origin
        return Prediction(joints_m, log_p, log_error, encoded, realness), memory

    def initial_memory(self, persons: int) -> Memory:
        """The memory before the first frame: zeros, nothing seen."""
        joints = torch.zeros(persons, 1, 17, 5, device=next(self.parameters()).device)
        with torch.no_grad():
            _, memory = self.encode(joints, joints.new_zeros(persons, 1, 6))
        return {name: torch.zeros_like(value) for name, value in memory.items()}
