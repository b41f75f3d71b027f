"""SimpleBaseline (Martinez et al., 2017): one frame, two residual blocks of fully connected layers."""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.model.cnn3d import CONDITION_CHANNELS
from ganbodypose.model.cuboid import INPUT_CHANNELS
from ganbodypose.model.network import Prediction
from ganbodypose.skeletons import H36M_17

JOINTS = len(H36M_17)


class _Residual(nn.Module):
    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        layer = lambda: (nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout))  # noqa: E731
        self.layers = nn.Sequential(*layer(), *layer())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x)


class SimpleBaseline(nn.Module):
    """The same inputs as `GanBodyPose`, frame by frame; beside the joints it gives a log error."""

    def __init__(self, width: int = 1024, blocks: int = 2, dropout: float = 0.1) -> None:
        super().__init__()
        inputs = JOINTS * INPUT_CHANNELS + CONDITION_CHANNELS
        self.body = nn.Sequential(
            nn.Linear(inputs, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Dropout(dropout),
            *(_Residual(width, dropout) for _ in range(blocks)),
        )
        self.joints = nn.Linear(width, (JOINTS - 1) * 3)
        self.error = nn.Linear(width, JOINTS - 1)

    def forward(
        self, joints: torch.Tensor, condition: torch.Tensor
    ) -> tuple[Prediction, dict[str, torch.Tensor]]:
        """joints [B,T,17,5], condition [B,T,6] -> prediction; there is no memory."""
        shape = joints.shape[:2]
        x = self.body(torch.cat([joints.flatten(2), condition], -1).flatten(0, 1))
        xyz = self.joints(x).view(*shape, JOINTS - 1, 3)
        log_error = self.error(x.detach()).view(*shape, JOINTS - 1) - 3.0
        features = x.view(*shape, -1)
        joints_m = torch.cat([torch.zeros_like(xyz[:, :, :1]), xyz], 2)
        return Prediction(joints_m, None, log_error, features, xyz.new_zeros(*shape, 5)), {}
