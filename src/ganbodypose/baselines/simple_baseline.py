"""SimpleBaseline (Martinez et al., ICCV 2017): one frame, two residual blocks of fully connected layers."""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.baselines.common import FRAME_CHANNELS, Answer, FrameHead, frame_features


def _layer(inputs: int, width: int, dropout: float) -> list[nn.Module]:
    return [nn.Linear(inputs, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout)]


class _Residual(nn.Module):
    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(*_layer(width, width, dropout), *_layer(width, width, dropout))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x)


def residual_body(inputs: int, width: int, blocks: int, dropout: float) -> nn.Sequential:
    """[N,inputs] -> [N,width]."""
    return nn.Sequential(*_layer(inputs, width, dropout), *(_Residual(width, dropout) for _ in range(blocks)))


class SimpleBaseline(nn.Module):
    """The same inputs as `GanBodyPose`, frame by frame; beside the joints it gives a log error."""

    adam_rate = 1e-3

    def __init__(self, width: int = 1024, blocks: int = 2, dropout: float = 0.1) -> None:
        super().__init__()
        self.body = residual_body(FRAME_CHANNELS, width, blocks, dropout)
        self.head = FrameHead(width)

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        """joints [B,T,17,5], condition [B,T,6] -> prediction; there is no memory."""
        x = frame_features(joints, condition)
        return self.head(self.body(x.flatten(0, 1)).unflatten(0, x.shape[:2])), {}
