"""VideoPose3D (Pavllo et al., CVPR 2019): temporal convolutions with dilation 1, 3, 9, ... over whole poses.

Its receptive field is 3^levels frames. At the ends of a clip the first and the last frame are repeated, as in the
paper. The causal form looks back only and can stream.
"""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.baselines.common import FRAME_CHANNELS, Answer, FrameHead, frame_features, repeat_edges
from ganbodypose.model.temporal import Memory


class DilatedConv(nn.Module):
    """Three taps, `dilation` frames apart, BN, ReLU, dropout: [B,C_in,T] -> [B,C_out,T - 2 dilation]."""

    def __init__(self, channels_in: int, channels_out: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.frames = 2 * dilation
        self.conv = nn.Conv1d(channels_in, channels_out, 3, dilation=dilation, bias=False)
        self.after = nn.Sequential(nn.BatchNorm1d(channels_out, momentum=0.1), nn.ReLU(), nn.Dropout(dropout))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.after(self.conv(x))

    def look_back(self, x: torch.Tensor, memory: torch.Tensor | None) -> torch.Tensor:
        """x [B,C,T] after its past: `memory`, or the first frame repeated.

        What stood still for ever gives the same in every layer, so repeating here equals repeating the input.
        """
        past = x[..., :1].expand(-1, -1, self.frames) if memory is None else memory
        return torch.cat([past, x], -1)


class VideoPose3D(nn.Module):
    """`levels` dilated convolutions (3: 27 frames, 5: 243 frames), each but the first in a residual block."""

    adam_rate = 1e-3

    def __init__(
        self, levels: int = 3, causal: bool = False, width: int = 1024, dropout: float = 0.25
    ) -> None:
        super().__init__()
        self.frames, self.causal = 3**levels, causal
        channels = [FRAME_CHANNELS, *[width] * (levels - 1)]
        self.dilated = nn.ModuleList(DilatedConv(c, width, 3**i, dropout) for i, c in enumerate(channels))
        self.mix = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(width, width, 1, bias=False),
                nn.BatchNorm1d(width, momentum=0.1),
                nn.ReLU(),
                nn.Dropout(dropout),
            )
            for _ in range(levels - 1)
        )
        self.head = FrameHead(width)

    def forward(self, joints: torch.Tensor, condition: torch.Tensor, memory: Memory | None = None) -> Answer:
        """joints [B,T,17,5], condition [B,T,6] -> prediction; the causal form goes on from `memory`."""
        x = frame_features(joints, condition)
        if self.causal:
            features, memory = self._causal(x.transpose(1, 2), memory or {})
        else:
            half = self.frames // 2
            features, memory = self._centred(repeat_edges(x, half, half).transpose(1, 2)), {}
        return self.head(features.transpose(1, 2)), memory

    def _centred(self, x: torch.Tensor) -> torch.Tensor:
        """Frames T + 243 - 1 -> T."""
        x = self.dilated[0](x)
        for dilated, mix in zip(self.dilated[1:], self.mix, strict=True):
            edge = dilated.frames // 2
            x = x[..., edge:-edge] + mix(dilated(x))
        return x

    def _causal(self, x: torch.Tensor, memory: Memory) -> tuple[torch.Tensor, Memory]:
        """Frames T -> T; the ring buffers of all layers for the next call."""
        new: Memory = {}
        for level, dilated in enumerate(self.dilated):
            context = dilated.look_back(x, memory.get(f"dilated{level}"))
            new[f"dilated{level}"] = context[..., -dilated.frames :]
            y = dilated(context)
            x = y if level == 0 else x + self.mix[level - 1](y)
        return x, new
