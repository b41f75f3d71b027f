"""The GAN as feature optimiser (paper eqs. 10-14): it acts on feature maps, pixel by pixel.

The discriminator tells feature maps of real, clean poses (the same backbone fed a true 3D cuboid) from
generated ones. Losses are least squares, per pixel and averaged to the paper's scalar.
"""

from __future__ import annotations

import torch
from torch import nn


class Generator(nn.Module):
    """G(X W^Z): [...,C] -> [...,C] (eqs. 10, 11). f_G is a residual two-layer perceptron on Z."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.to_latent = nn.Linear(channels, channels, bias=False)  # W^Z
        self.refine = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.to_latent(x)
        return z + self.refine(z)


class Discriminator(nn.Module):
    """Realness of every pixel of a feature map: [...,C] -> [...] (eq. 12)."""

    def __init__(self, channels: int, hidden: int = 96) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(channels, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.score(x).squeeze(-1)


def generator_loss(fake_score: torch.Tensor) -> torch.Tensor:
    """Eq. 13."""
    return 0.5 * (fake_score - 1).square().mean()


def discriminator_loss(real_score: torch.Tensor, fake_score: torch.Tensor) -> torch.Tensor:
    """Eq. 14."""
    return 0.5 * (real_score - 1).square().mean() + 0.5 * fake_score.square().mean()
