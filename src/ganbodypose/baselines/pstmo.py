"""P-STMO (Shan et al., ECCV 2022): spatial MLP, temporal transformer, strided transformer; many frames to one.

Before training, the first two parts learn to fill in masked frames and joints (`MaskedPoseModel`). The sizes are
those of P-STMO-S. A pose is made from the window around its frame, edges repeated.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from ganbodypose.baselines.common import (
    FRAME_CHANNELS,
    JOINTS,
    Answer,
    FrameHead,
    frame_features,
    repeat_edges,
    windows_around,
)
from ganbodypose.model.cuboid import INPUT_CHANNELS

CHANNELS, HIDDEN, HEADS, DROPOUT = 256, 512, 8, 0.1
CHUNK = 128  # windows at a time: those of a long clip together would not fit into memory


class SpatialMlp(nn.Module):
    """Every frame by itself: [B,T,FRAME_CHANNELS] -> [B,T,256], one residual block 512 wide."""

    def __init__(self) -> None:
        super().__init__()
        layer = lambda inputs: [  # noqa: E731
            nn.Linear(inputs, HIDDEN),
            nn.BatchNorm1d(HIDDEN),
            nn.LeakyReLU(0.2),
            nn.Dropout(DROPOUT),
        ]
        self.enter = nn.Sequential(*layer(FRAME_CHANNELS))
        self.residual = nn.Sequential(*layer(HIDDEN), *layer(HIDDEN))
        self.leave = nn.Linear(HIDDEN, CHANNELS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.enter(x.flatten(0, 1))
        return self.leave(y + self.residual(y)).unflatten(0, x.shape[:2])


class SelfAttention(nn.Module):
    """Pre-norm multi-head self-attention with a shortcut: [B,N,256] -> the same."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(CHANNELS)
        self.qkv = nn.Linear(CHANNELS, 3 * CHANNELS)
        self.out = nn.Sequential(nn.Linear(CHANNELS, CHANNELS), nn.Dropout(DROPOUT))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(self.norm(x)).unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        return x + self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class TransformerLayer(nn.Module):
    """Attention and a feed-forward network. With `stride` 3 the latter makes one frame of three."""

    def __init__(self, stride: int = 1) -> None:
        super().__init__()
        self.attention, self.norm, self.stride = SelfAttention(), nn.LayerNorm(CHANNELS), stride
        self.widen = nn.Sequential(nn.Conv1d(CHANNELS, HIDDEN, 1), nn.ReLU(), nn.Dropout(DROPOUT))
        self.narrow = nn.Sequential(nn.Conv1d(HIDDEN, CHANNELS, stride, stride), nn.Dropout(DROPOUT))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.attention(x)
        y = self.narrow(self.widen(self.norm(x).transpose(1, 2))).transpose(1, 2)
        return x[:, self.stride // 2 :: self.stride] + y


class TemporalTransformer(nn.Module):
    """Layers with a learned position per frame: [B,frames,256] -> the same, or one frame where `strided`.

    `kept` [B,K] picks the frames that are looked at (masked pre-training).
    """

    def __init__(self, frames: int, layers: int, strided: bool = False) -> None:
        super().__init__()
        lengths = [frames // 3**i for i in range(layers)] if strided else [frames]
        self.positions = nn.ParameterList(nn.Parameter(0.02 * torch.randn(n, CHANNELS)) for n in lengths)
        self.layers = nn.ModuleList(TransformerLayer(3 if strided else 1) for _ in range(layers))
        self.norm = nn.LayerNorm(CHANNELS)

    def forward(self, x: torch.Tensor, kept: torch.Tensor | None = None) -> torch.Tensor:
        for i, layer in enumerate(self.layers):
            if i < len(self.positions):
                position = self.positions[i]
                x = x + (position if kept is None else position[kept])
            x = layer(x)
        return self.norm(x)


class PStmo(nn.Module):
    """The same inputs as `GanBodyPose`; it sees 3^levels frames (3: 27, 5: 243)."""

    adam_rate = 7e-4

    def __init__(self, levels: int = 3, layers: int = 3) -> None:
        super().__init__()
        self.frames = 3**levels
        self.spatial = SpatialMlp()
        self.temporal = TemporalTransformer(self.frames, layers)
        self.strided = TemporalTransformer(self.frames, levels, strided=True)
        self.norm = nn.BatchNorm1d(CHANNELS)
        self.head = FrameHead(CHANNELS)

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        """joints [B,T,17,5], condition [B,T,6] -> prediction; there is no memory."""
        windows = windows_around(self.spatial(frame_features(joints, condition)), self.frames)
        poses = torch.stack(
            [torch.cat([self._many_to_one(w) for w in clip.split(CHUNK)]) for clip in windows]
        )
        return self.head(self.norm(poses.transpose(1, 2)).transpose(1, 2)), {}

    def _many_to_one(self, windows: torch.Tensor) -> torch.Tensor:
        """Windows [N,frames,256] -> the features of their middle frames [N,256]."""
        return self.strided(self.temporal(windows)).squeeze(1)

    def pretraining(self) -> MaskedPoseModel:
        """The task that the first two parts learn before training."""
        return MaskedPoseModel(self)


class MaskedPoseModel(nn.Module):
    """Stage I: of each clip most frames, and in the rest some joints, are hidden and have to be filled in."""

    def __init__(self, network: PStmo, hidden_share: float = 0.8, hidden_joints: int = 2) -> None:
        super().__init__()
        self.network, self.hidden_joints = network, hidden_joints
        self.kept = max(1, round(network.frames * (1 - hidden_share)))
        self.joint_token = nn.Parameter(torch.zeros(INPUT_CHANNELS))
        self.frame_token = nn.Parameter(0.02 * torch.randn(CHANNELS))
        self.decoder = TemporalTransformer(network.frames, 2)
        self.reconstruct = nn.Linear(CHANNELS, JOINTS * 2)

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """joints [B,T,17,5], condition [B,T,6] -> mean distance of the reconstructed from the seen joints' x, y."""
        joints, condition = (self._fitted(x) for x in (joints, condition))
        batch, frames = joints.shape[:2]
        rows = torch.arange(batch)[:, None], torch.rand(batch, frames).argsort(1)[:, : self.kept]
        seen = self.network.spatial(frame_features(self._hide_joints(joints[rows]), condition[rows]))
        encoded = self.network.temporal(seen, rows[1])
        filled = self.frame_token.expand(batch, frames, -1).index_put(rows, encoded)
        xy = self.reconstruct(self.decoder(filled)).unflatten(-1, (JOINTS, 2))
        known = joints[..., 4] > 0
        return ((xy - joints[..., :2]).norm(dim=-1) * known).sum() / known.sum().clamp(min=1)

    def _fitted(self, x: torch.Tensor) -> torch.Tensor:
        """The clip's middle, or the clip with its edges repeated, as long as the network's window."""
        spare = self.network.frames - x.shape[1]
        if spare >= 0:
            return repeat_edges(x, spare // 2, spare - spare // 2)
        return x[:, -spare // 2 :][:, : self.network.frames]

    def _hide_joints(self, joints: torch.Tensor) -> torch.Tensor:
        hidden = torch.rand(joints.shape[:3]).argsort(-1) < self.hidden_joints
        return torch.where(hidden[..., None], self.joint_token, joints)
