"""TrajectoryNet (Liu et al., 2019; TCSVT 2021): frames as channels of convolutions over joints x coordinates.

A clip of fixed length is a picture of joints x coordinates whose channels are the frames, so every channel of a
feature map is a trajectory. Blocks of five convolutions with shortcuts, as the paper has it, 256 trajectories wide.
The GAN-BodyPose paper names TrajectoryNet and cites Chao et al. (CVPR 2017), who forecast motion from a picture;
the network of that name is this one. As a lifter it answers with the frames that it sees.
"""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.baselines.common import (
    JOINT_CHANNELS,
    JOINTS,
    Answer,
    cut,
    join,
    joint_features,
    predicted,
)


class TrajectoryBlock(nn.Module):
    """Five 3 x 3 convolutions, the later ones fed again by 1 x 1 convolutions of the earlier ones."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.around = nn.ModuleList(self._conv(width, 3, dropout) for _ in range(5))
        self.shortcut = nn.ModuleList(self._conv(width, 1, 0.0) for _ in range(3))

    @staticmethod
    def _conv(width: int, kernel: int, dropout: float) -> nn.Module:
        conv = nn.Conv2d(width, width, kernel, padding=kernel // 2)
        return nn.Sequential(conv, nn.LeakyReLU(0.2), nn.Dropout(dropout))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b, c, d, e = self.around
        first = a(x)
        second = b(first)
        fourth = d(c(second) + self.shortcut[2](second))
        return e(fourth + self.shortcut[1](first)) + self.shortcut[0](x)


class TrajectoryNet(nn.Module):
    """The same inputs as `GanBodyPose`; a clip is cut into segments of `frames`."""

    adam_rate = 1e-3

    def __init__(self, frames: int = 27, width: int = 256, blocks: int = 3, dropout: float = 0.1) -> None:
        super().__init__()
        self.frames = frames
        self.enter = nn.Sequential(nn.Conv2d(frames, width, 1), nn.LeakyReLU(0.2))
        self.blocks = nn.Sequential(*(TrajectoryBlock(width, dropout) for _ in range(blocks)))
        self.leave = nn.Sequential(nn.Conv2d(width, frames, 3, padding=1), nn.LeakyReLU(0.2))
        self.joints = nn.Linear(JOINTS * JOINT_CHANNELS, (JOINTS - 1) * 3)
        self.error = nn.Linear(JOINTS * JOINT_CHANNELS, JOINTS - 1)

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        """joints [B,T,17,5], condition [B,T,6] -> prediction; there is no memory."""
        steps = joints.shape[1]
        segments = cut(joint_features(joints, condition), self.frames)
        x = self.enter(segments.flatten(0, 1))  # [B*N,frames,17,C] -> trajectories
        x = self.leave(self.blocks(x)).unflatten(0, segments.shape[:2])
        x = (join(x, steps) + join(segments, steps)).flatten(2)
        return predicted(self.joints(x).unflatten(-1, (-1, 3)), self.error(x.detach()), x), {}
