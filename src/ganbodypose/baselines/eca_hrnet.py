"""Stand-in for ECA-HRNet (Bao et al., Sci. Rep. 2023): parallel resolutions with efficient channel attention.

The original finds keypoints in pictures. Here the picture is the detected keypoints, drawn as heatmaps: a high and a
low resolution are kept side by side and exchange (HRNet, Sun et al. 2019), every residual block weighs its channels
(ECA, Wang et al. 2020), and the joints are read off refined heatmaps by soft-argmax, beside pooled features.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from ganbodypose.baselines.common import JOINT_CHANNELS, JOINTS, Answer, FrameHead, joint_features

CELLS, REACH = 16, 2.5  # cells of a side; half a side in units of the person's extent


def grid() -> torch.Tensor:
    """The cells' centres along a side [CELLS]."""
    return torch.linspace(-REACH, REACH, CELLS)


def drawn(joints: torch.Tensor) -> torch.Tensor:
    """joints [N,17,>=5] -> heatmaps [N,17,CELLS,CELLS]: a peak at each keypoint, as high as its confidence."""
    width = 2 * REACH / (CELLS - 1)
    x, y = (torch.exp(-0.5 * ((grid().to(joints) - joints[..., i, None]) / width).square()) for i in range(2))
    return joints[..., 4, None, None] * y[..., :, None] * x[..., None, :]


def soft_argmax(heatmaps: torch.Tensor) -> torch.Tensor:
    """heatmaps [N,17,CELLS,CELLS] -> x, y [N,17,2]."""
    p = heatmaps.flatten(2).softmax(-1).view_as(heatmaps)
    cells = grid().to(heatmaps)
    return torch.stack([p.sum(2) @ cells, p.sum(3) @ cells], -1)


class EcaBlock(nn.Module):
    """Two 3 x 3 convolutions with a shortcut; channels weighed by a convolution over the channels' means."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.attention = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.body(x)
        weight = self.attention(y.mean((2, 3))[:, None]).sigmoid()[:, 0, :, None, None]
        return torch.relu(x + weight * y)


class Stage(nn.Module):
    """A block at each resolution, then each adds what the other found."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.high, self.low = EcaBlock(channels), EcaBlock(2 * channels)
        self.down = nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1)
        self.up = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, high: torch.Tensor, low: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        high, low = self.high(high), self.low(low)
        return high + F.interpolate(self.up(low), scale_factor=2.0), low + self.down(high)


class EcaHrnet(nn.Module):
    """The same inputs as `GanBodyPose`, frame by frame."""

    adam_rate = 1e-3

    def __init__(self, channels: int = 32, stages: int = 3, width: int = 512) -> None:
        super().__init__()
        self.enter = nn.Conv2d(JOINTS, channels, 3, padding=1)
        self.split = nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1)
        self.stages = nn.ModuleList(Stage(channels) for _ in range(stages))
        self.heatmaps = nn.Conv2d(channels, JOINTS, 1)
        pooled = JOINTS * 2 + 3 * channels + JOINTS * JOINT_CHANNELS
        self.lift = nn.Sequential(nn.Linear(pooled, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.head = FrameHead(width)

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        """joints [B,T,17,5], condition [B,T,6] -> prediction; there is no memory."""
        shape = joints.shape[:2]
        seen = joint_features(joints, condition).flatten(0, 1)
        high = torch.relu(self.enter(drawn(seen)))
        low = torch.relu(self.split(high))
        for stage in self.stages:
            high, low = stage(high, low)
        xy = soft_argmax(self.heatmaps(high).float())
        parts = (xy.flatten(1), high.mean((2, 3)), low.mean((2, 3)), seen.flatten(1))
        return self.head(self.lift(torch.cat(parts, -1)).unflatten(0, shape)), {}
