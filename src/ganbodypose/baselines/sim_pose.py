"""Stand-in for Sim-Pose (Doersch & Zisserman, NeurIPS 2019): what carries over from synthetic to real data is motion.

The original sees optical flow and the motion of 2D keypoints in place of colours. Here that is how each keypoint
moves against itself some frames earlier; a residual network of fully connected layers answers, frame by frame.
"""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.baselines.common import (
    FRAME_CHANNELS,
    JOINTS,
    Answer,
    FrameHead,
    frame_features,
    repeat_edges,
)
from ganbodypose.baselines.simple_baseline import residual_body

LAGS = (1, 2, 4, 8)  # frames


def keypoint_motion(joints: torch.Tensor) -> torch.Tensor:
    """joints [B,T,17,5] -> x, y now minus x, y some frames earlier [B,T,LAGS*34]; 0 where either is missing."""
    steps = joints.shape[1]
    past = repeat_edges(joints, max(LAGS), 0)
    moved = []
    for lag in LAGS:
        before = past[:, max(LAGS) - lag :][:, :steps]
        seen = (joints[..., 4:] > 0) & (before[..., 4:] > 0)
        moved.append(((joints - before)[..., :2] * seen).flatten(2))
    return torch.cat(moved, -1)


class SimPose(nn.Module):
    """The same inputs as `GanBodyPose`; looks eight frames back."""

    adam_rate = 1e-3

    def __init__(self, width: int = 1024, blocks: int = 2, dropout: float = 0.1) -> None:
        super().__init__()
        inputs = FRAME_CHANNELS + len(LAGS) * JOINTS * 2
        self.body = residual_body(inputs, width, blocks, dropout)
        self.head = FrameHead(width)

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        """joints [B,T,17,5], condition [B,T,6] -> prediction; there is no memory."""
        x = torch.cat([frame_features(joints, condition), keypoint_motion(joints)], -1)
        return self.head(self.body(x.flatten(0, 1)).unflatten(0, x.shape[:2])), {}
