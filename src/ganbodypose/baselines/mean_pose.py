"""The pose that is right on average, whatever is seen: the floor under every comparison."""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.model.network import Prediction


class MeanPose(nn.Module):
    """Answers every frame with the mean of training poses [...,17,3] (virtual frame, relative to the pelvis)."""

    def __init__(self, targets_m: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("pose", targets_m.flatten(0, -3).mean(0))

    def forward(
        self, joints: torch.Tensor, condition: torch.Tensor
    ) -> tuple[Prediction, dict[str, torch.Tensor]]:
        """joints [B,T,17,5], condition [B,T,6] -> prediction; there is no memory."""
        shape = joints.shape[:2]
        answer = self.get_buffer("pose").expand(*shape, 17, 3)
        no_word = joints.new_zeros(*shape, 16)
        return Prediction(answer, None, no_word, condition, joints.new_zeros(*shape, 5)), {}
