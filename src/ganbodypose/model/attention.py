"""Multi-head self-attention over the feature map's pixels, time x body parts (paper eqs. 5-9).

A pixel sees all parts of the frames inside a window: behind it (causal) or around it. Time enters as rotary
embedding of queries and keys, which depends on time differences only; so a stream may run for ever.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.cuboid import PARTS
from ganbodypose.model.temporal import Memory, extend


def rotate_by_time(x: torch.Tensor, start: int) -> torch.Tensor:
    """Rotary embedding of [B,H,T,PARTS,D]: channel pairs turned by angles that grow with the frame number."""
    steps, half = x.shape[2], x.shape[-1] // 2
    frequency = 0.5 ** torch.arange(half, dtype=torch.float32, device=x.device)
    angle = torch.arange(start, start + steps, dtype=torch.float32, device=x.device)[:, None] * frequency
    cos, sin = angle.cos()[:, None].to(x.dtype), angle.sin()[:, None].to(x.dtype)  # [T,1,D/2]
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


def window_mask(steps: int, context: int, causal: bool, device: torch.device) -> torch.Tensor:
    """Which of the `context + steps` frames each of `steps` frames may see: bool [steps, context + steps]."""
    query = torch.arange(steps, device=device)[:, None]
    key = torch.arange(context + steps, device=device)[None]
    if causal:
        return (key >= query) & (key <= query + context)
    return (key >= query) & (key <= query + context) & (key >= context // 2) & (key < context // 2 + steps)


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """softmax(Q K^T / sqrt(D)) V (eqs. 6-8) where `mask` is True: [B,H,N,D], [B,H,M,D], [B,H,M,D] -> [B,H,N,D].

    In single precision on a CPU, where its backward pass in bfloat16 takes three times as long.
    """
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    with torch.autocast(q.device.type, enabled=False):
        return F.scaled_dot_product_attention(q.float(), k.float(), v.float(), attn_mask=mask)


class SelfAttention(nn.Module):
    """One layer: LayerNorm, eqs. 5-9 with heads, added to its input. [B,T,PARTS,C] -> the same."""

    def __init__(self, channels: int, width: int, heads: int, window: int, causal: bool) -> None:
        super().__init__()
        self.width, self.heads, self.frames, self.causal = width, heads, window - 1, causal
        self.norm = nn.LayerNorm(channels)
        self.qkv = nn.Linear(channels, 3 * width)  # W^Q, W^K, W^V of all heads (eq. 5)
        self.out = nn.Linear(width, channels)  # W^O (eq. 9)

    def forward(
        self, x: torch.Tensor, memory: torch.Tensor | None, seen: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """`memory` [B,frames,PARTS,2*width]: keys and values of the past; `seen` bool [B,frames+T]: what exists."""
        steps, parts = x.shape[1:3]
        q, kv = self.qkv(self.norm(x)).split([self.width, 2 * self.width], -1)
        context = extend(kv, memory, self.frames, self.causal)
        # A causal window that starts afresh has no past worth attending to.
        past = 0 if memory is None and self.causal else self.frames
        k, v = context[:, context.shape[1] - past - steps :].chunk(2, -1)
        q = rotate_by_time(self._heads(q), past if self.causal else past // 2)
        k = rotate_by_time(self._heads(k), 0)
        mask = window_mask(steps, self.frames, self.causal, x.device) & seen[:, None]
        mask = mask[:, None, :, None, -past - steps :, None].expand(-1, -1, -1, parts, -1, parts)
        y = attend(
            q.flatten(2, 3),
            k.flatten(2, 3),
            self._heads(v).flatten(2, 3),
            mask.flatten(2, 3).flatten(3),
        )
        y = y.transpose(1, 2).reshape(-1, steps, parts, self.width)
        return x + self.out(y), context[:, steps:]

    def _heads(self, y: torch.Tensor) -> torch.Tensor:
        """[B,T,P,C] -> [B,H,T,P,C/H]"""
        return y.unflatten(-1, (self.heads, -1)).permute(0, 3, 1, 2, 4)


class FeatureEnhancer(nn.Module):
    """The stack of attention layers, with a learned tag for each body part."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        channels = config.part_channels
        self.frames, self.causal = config.attention_window - 1, config.causal
        self.part_tag = nn.Parameter(torch.zeros(PARTS, channels))
        self.layers = nn.ModuleList(
            SelfAttention(
                channels,
                config.attention_width or channels,
                config.attention_heads,
                config.attention_window,
                config.causal,
            )
            for _ in range(config.attention_layers)
        )
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: torch.Tensor, memory: Memory | None = None) -> tuple[torch.Tensor, Memory]:
        memory, new = memory or {}, {}
        now = x[..., 0, 0].detach() * 0 + 1  # ones that an export does not freeze to one batch size
        if self.causal:
            seen = extend(now, memory.get("seen"), self.frames, True)
            new["seen"] = seen[:, x.shape[1] :]
        else:
            seen = now.new_ones(x.shape[0], self.frames + x.shape[1])
        x = x + self.part_tag
        for i, layer in enumerate(self.layers):
            x, new[f"attention{i}"] = layer(x, memory.get(f"attention{i}"), seen > 0)
        return self.norm(x), new
