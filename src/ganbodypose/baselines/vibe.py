"""VIBE's temporal encoder and motion discriminator (Kocabas et al., CVPR 2020), on keypoints.

An embedding of the keypoints stands in place of the picture's 2048 features, joints in place of SMPL's parameters.
The encoder (two GRU layers of 1024, residual), the regressor that corrects its answer three times, and the
discriminator (two GRU layers, pooling by self-attention) have the paper's sizes.
"""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.baselines.common import (
    FRAME_CHANNELS,
    JOINTS,
    POSE_CHANNELS,
    Answer,
    frame_features,
    predicted,
)
from ganbodypose.model.temporal import Memory


class IterativeRegressor(nn.Module):
    """Features [B,T,C] -> pose [B,T,48], corrected `iterations` times from a learned mean pose."""

    def __init__(self, channels: int, width: int, iterations: int = 3, dropout: float = 0.1) -> None:
        super().__init__()
        self.iterations = iterations
        self.mean_pose = nn.Parameter(torch.zeros(POSE_CHANNELS))
        self.body = nn.Sequential(
            nn.Linear(channels + POSE_CHANNELS, width),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.Dropout(dropout),
        )
        self.joints = nn.Linear(width, POSE_CHANNELS)
        nn.init.xavier_uniform_(self.joints.weight, gain=0.01)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pose = self.mean_pose.expand(*x.shape[:2], -1)
        for _ in range(self.iterations):
            pose = pose + self.joints(self.body(torch.cat([x, pose], -1)))
        return pose


class MotionDiscriminator(nn.Module):
    """How real a motion [B,T,48] is: [B]. The frames that count are chosen by self-attention."""

    def __init__(self, width: int = 1024, attention_layers: int = 3, dropout: float = 0.2) -> None:
        super().__init__()
        self.gru = nn.GRU(POSE_CHANNELS, width, num_layers=2, batch_first=True)
        layers: list[nn.Module] = []
        for _ in range(attention_layers - 1):
            layers += [nn.Linear(width, width), nn.Tanh(), nn.Dropout(dropout)]
        self.attention = nn.Sequential(*layers, nn.Linear(width, 1))
        self.score = nn.Linear(width, 1)

    def forward(self, motion: torch.Tensor) -> torch.Tensor:
        y, _ = self.gru(motion)
        return self.score((self.attention(y).softmax(1) * y).sum(1)).squeeze(-1)


class Vibe(nn.Module):
    """The same inputs as `GanBodyPose`; causal, and goes on from its memory."""

    adam_rate = 1e-3

    judges_motion = True  # the trainer shows the discriminator true and predicted motions

    def __init__(self, channels: int = 2048, width: int = 1024) -> None:
        super().__init__()
        self.embed = nn.Linear(FRAME_CHANNELS, channels)
        self.gru = nn.GRU(channels, width, num_layers=2, batch_first=True)
        self.widen = nn.Linear(width, channels)
        self.regressor = IterativeRegressor(channels, width)
        self.error = nn.Linear(channels, JOINTS - 1)
        self.discriminator = MotionDiscriminator(width)

    def forward(self, joints: torch.Tensor, condition: torch.Tensor, memory: Memory | None = None) -> Answer:
        """joints [B,T,17,5], condition [B,T,6] -> prediction, memory."""
        x = torch.relu(self.embed(frame_features(joints, condition)))
        y, hidden = self.gru(x, None if memory is None else memory["hidden"])
        features = x + self.widen(torch.relu(y))
        xyz = self.regressor(features).unflatten(-1, (-1, 3))
        return predicted(xyz, self.error(features.detach()), features), {"hidden": hidden}
