"""ST-GCN (Yan et al., AAAI 2018) as a lifter: graph convolutions over the body, convolutions over time.

The ten layers, the spatial partitioning and the kernel of nine frames are the paper's. As a lifter keeps every
frame, there are no temporal strides, and a regression of each joint stands in place of pooling and classes.
"""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.baselines.common import JOINT_CHANNELS, JOINTS, Answer, JointHead, joint_features
from ganbodypose.skeletons import H36M_17

CHANNELS = (64, 64, 64, 64, 128, 128, 128, 256, 256, 256)
TEMPORAL_KERNEL = 9


def spatial_partition() -> torch.Tensor:
    """Normalised adjacency [3,17,17]: a joint itself, its neighbour nearer to the pelvis, those farther away."""
    A = torch.zeros(3, JOINTS, JOINTS)
    A[0] = torch.eye(JOINTS)
    for parent, child in H36M_17.bones:
        A[1, child, parent] = A[2, parent, child] = 1
    degree = A.sum((0, 2))
    return A / degree[:, None]


class StGcnLayer(nn.Module):
    """Graph convolution with a learned weight per edge, then nine frames of time: [B,C,T,17] -> [B,C',T,17]."""

    def __init__(self, channels_in: int, channels_out: int, residual: bool, dropout: float) -> None:
        super().__init__()
        self.register_buffer("A", spatial_partition())
        self.edge_importance = nn.Parameter(torch.ones(3, JOINTS, JOINTS))
        self.graph = nn.Conv2d(channels_in, 3 * channels_out, 1)
        kernel, padding = (TEMPORAL_KERNEL, 1), (TEMPORAL_KERNEL // 2, 0)
        self.time = nn.Sequential(
            nn.BatchNorm2d(channels_out),
            nn.ReLU(),
            nn.Conv2d(channels_out, channels_out, kernel, padding=padding),
            nn.BatchNorm2d(channels_out),
            nn.Dropout(dropout),
        )
        self.shortcut = self._shortcut(channels_in, channels_out) if residual else None

    @staticmethod
    def _shortcut(channels_in: int, channels_out: int) -> nn.Module:
        if channels_in == channels_out:
            return nn.Identity()
        return nn.Sequential(nn.Conv2d(channels_in, channels_out, 1), nn.BatchNorm2d(channels_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.graph(x).unflatten(1, (3, -1))
        y = torch.einsum("bkctj,kij->bcti", y, self.get_buffer("A") * self.edge_importance)
        y = self.time(y)
        return torch.relu(y if self.shortcut is None else y + self.shortcut(x))


class StGcn(nn.Module):
    """The same inputs as `GanBodyPose`; any number of frames."""

    adam_rate = 1e-3

    def __init__(self, channels: tuple[int, ...] = CHANNELS, dropout: float = 0.1) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(JOINT_CHANNELS * JOINTS)
        ends = zip((JOINT_CHANNELS, *channels[:-1]), channels, strict=True)
        self.layers = nn.Sequential(*(StGcnLayer(a, b, i > 0, dropout) for i, (a, b) in enumerate(ends)))
        self.head = JointHead(channels[-1])

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        """joints [B,T,17,5], condition [B,T,6] -> prediction; there is no memory."""
        x = joint_features(joints, condition)
        x = self.norm(x.flatten(2).transpose(1, 2)).unflatten(1, x.shape[2:])  # [B,17,C,T]
        return self.head(self.layers(x.permute(0, 2, 3, 1)).permute(0, 2, 3, 1)), {}
