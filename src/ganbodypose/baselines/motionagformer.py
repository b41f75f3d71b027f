"""MotionAGFormer-XS (Mehraban et al., WACV 2024): attention and graph streams side by side, adaptively fused.

Today's efficient standard: 12 layers of 64 channels over 27 frames. Each stream mixes joints, then frames; the
temporal graph joins the frames in which a joint is most alike.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from ganbodypose.baselines.common import (
    JOINT_CHANNELS,
    JOINTS,
    Answer,
    JointHead,
    cut,
    join,
    joint_features,
)
from ganbodypose.skeletons import H36M_17


class Attention(nn.Module):
    """Multi-head self-attention among N nodes: [S,N,C] -> the same."""

    def __init__(self, channels: int, heads: int = 8) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels, bias=False)
        self.out = nn.Linear(channels, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


def normalised(A: torch.Tensor) -> torch.Tensor:
    """D^-1/2 A D^-1/2 of adjacency [...,N,N]."""
    scale = A.sum(-1).rsqrt()
    return scale[..., :, None] * A * scale[..., None, :]


def body_graph() -> torch.Tensor:
    """Normalised adjacency [17,17] of the skeleton, each joint joined to itself."""
    A = torch.eye(JOINTS)
    for parent, child in H36M_17.bones:
        A[parent, child] = A[child, parent] = 1
    return normalised(A)


class GraphConv(nn.Module):
    """ReLU(x + BN(A V x + U x)) among N nodes: [S,N,C] -> the same.

    A is the body's where it is given, else each node is joined to the `neighbours` most alike (itself included).
    """

    def __init__(self, channels: int, nodes: int, A: torch.Tensor | None = None, neighbours: int = 2) -> None:
        super().__init__()
        self.register_buffer("A", A)
        self.neighbours = neighbours
        self.U, self.V = nn.Linear(channels, channels), nn.Linear(channels, channels)
        self.norm = nn.BatchNorm1d(nodes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        A = self._most_alike(x) if self.A is None else self.A
        return torch.relu(x + self.norm(A @ self.V(x) + self.U(x)))

    @torch.no_grad()
    def _most_alike(self, x: torch.Tensor) -> torch.Tensor:
        likeness = x @ x.transpose(1, 2)
        least = likeness.topk(min(self.neighbours, x.shape[1]), -1).values[..., -1:]
        # A long vector may be more alike to others than a short one to itself: keep every row non-empty.
        return normalised((likeness >= least).to(x.dtype))


class MixerBlock(nn.Module):
    """A mixer and an MLP, each pre-normed, with a shortcut and a learned scale: [S,N,C] -> the same."""

    def __init__(self, channels: int, mixer: nn.Module, mlp_ratio: int = 4) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(2))
        self.scales = nn.ParameterList(nn.Parameter(torch.full((channels,), 1e-5)) for _ in range(2))
        self.mixer = mixer
        self.mlp = nn.Sequential(
            nn.Linear(channels, mlp_ratio * channels), nn.GELU(), nn.Linear(mlp_ratio * channels, channels)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.scales[0] * self.mixer(self.norms[0](x))
        return x + self.scales[1] * self.mlp(self.norms[1](x))


class DualStream(nn.Module):
    """Attention and graph streams over joints, then frames, added with weights that each node chooses."""

    def __init__(self, channels: int, frames: int) -> None:
        super().__init__()
        self.attention = nn.ModuleList(MixerBlock(channels, Attention(channels)) for _ in range(2))
        graphs = (GraphConv(channels, JOINTS, body_graph()), GraphConv(channels, frames))
        self.graph = nn.ModuleList(MixerBlock(channels, graph) for graph in graphs)
        self.fusion = nn.Linear(2 * channels, 2)
        nn.init.zeros_(self.fusion.weight)
        nn.init.constant_(self.fusion.bias, 0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[S,frames,17,C] -> the same."""
        streams = [self._stream(x, *blocks) for blocks in (self.attention, self.graph)]
        weight = self.fusion(torch.cat(streams, -1)).softmax(-1)
        return streams[0] * weight[..., :1] + streams[1] * weight[..., 1:]

    @staticmethod
    def _stream(x: torch.Tensor, over_joints: nn.Module, over_frames: nn.Module) -> torch.Tensor:
        shape = x.shape
        x = over_joints(x.flatten(0, 1)).view(shape).transpose(1, 2)
        x = over_frames(x.flatten(0, 1)).unflatten(0, (shape[0], shape[2]))
        return x.transpose(1, 2)


class MotionAGFormer(nn.Module):
    """The same inputs as `GanBodyPose`; a clip is cut into segments of `frames`."""

    adam_rate = 5e-4

    def __init__(self, frames: int = 27, channels: int = 64, layers: int = 12, head_width: int = 512) -> None:
        super().__init__()
        self.frames = frames
        self.embed = nn.Linear(JOINT_CHANNELS, channels)
        self.joint_tag = nn.Parameter(torch.zeros(JOINTS, channels))
        self.layers = nn.Sequential(*(DualStream(channels, frames) for _ in range(layers)))
        self.represent = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, head_width), nn.Tanh())
        self.head = JointHead(head_width)

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        """joints [B,T,17,5], condition [B,T,6] -> prediction; there is no memory."""
        segments = cut(joint_features(joints, condition), self.frames)
        x = self.layers(self.embed(segments.flatten(0, 1)) + self.joint_tag)
        x = join(self.represent(x).unflatten(0, segments.shape[:2]), joints.shape[1])
        return self.head(x), {}
