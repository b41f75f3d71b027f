"""Memory of streaming layers.

Every layer that looks back takes and returns its memory, the part of the past that it still needs. A forward
pass over a window and stepping frame by frame are the same code, so they agree by construction.
"""

from __future__ import annotations

import torch
from torch import nn

Memory = dict[str, torch.Tensor]


def extend(x: torch.Tensor, memory: torch.Tensor | None, frames: int, causal: bool) -> torch.Tensor:
    """`x` [B,T,...] with `frames` of context: its memory (or zeros) before it, or zeros on both sides."""
    if not causal:
        before, after = frames // 2, frames - frames // 2
        return torch.cat(
            [x.new_zeros(x.shape[0], before, *x.shape[2:]), x, x.new_zeros(x.shape[0], after, *x.shape[2:])],
            1,
        )
    past = x.new_zeros(x.shape[0], frames, *x.shape[2:]) if memory is None else memory
    return torch.cat([past.to(x.dtype), x], 1)


class FrameNorm(nn.Module):
    """Batch normalisation over all but the last axis of [B,T,...,C] (eq. 2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(channels, momentum=0.02)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(x.reshape(-1, x.shape[-1])).view(x.shape)


class TemporalLinear(nn.Module):
    """Convolution over time of three taps, `dilation` frames apart, over all channels: [B,T,C_in] -> [B,T,C_out]."""

    def __init__(self, channels_in: int, channels_out: int, dilation: int, causal: bool) -> None:
        super().__init__()
        self.dilation, self.causal, self.channels_in = dilation, causal, channels_in
        self.linear = nn.Linear(3 * channels_in, channels_out, bias=False)

    @property
    def frames(self) -> int:
        """Frames of context."""
        return 2 * self.dilation

    def forward(self, x: torch.Tensor, memory: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        d, steps = self.dilation, x.shape[1]
        context = extend(x, memory, self.frames, self.causal)
        taps = torch.cat([context[:, i * d : i * d + steps] for i in range(3)], -1)
        return self.linear(taps), context[:, steps:]
