"""Losses of the supervised task; the adversarial ones are with the GAN (`model.gan`)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ganbodypose.model.network import Prediction
from ganbodypose.skeletons import H36M_17

_BONES = torch.tensor(H36M_17.bones)


@dataclass(frozen=True)
class LossWeights:
    """Relative weights; positions count 1 (per metre)."""

    classes: float = 0.02
    velocity: float = 0.5
    bone_constancy: float = 0.2
    error: float = 0.05
    generator: float = 0.02


def position_loss(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """MPJPE in metres (eq. 16) of [B,T,17,3], without the pelvis, which is the origin."""
    return (prediction - target)[:, :, 1:].norm(dim=-1).mean()


def class_loss(log_p: torch.Tensor, target: torch.Tensor, reach_m: float) -> torch.Tensor:
    """Cross-entropy (eq. 4): log p [B,T,16,3,bins] against coordinates [B,T,16,3] shared by their two bins."""
    bins = log_p.shape[-1]
    position = ((target.clamp(-reach_m, reach_m) + reach_m) / (2 * reach_m) * (bins - 1)).clamp(
        max=bins - 1.001
    )
    low = position.floor().long()
    part = position - low
    at = lambda index: log_p.gather(-1, index[..., None]).squeeze(-1)  # noqa: E731
    return -((1 - part) * at(low) + part * at(low + 1)).mean()


def velocity_loss(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean error of the change from frame to frame, m."""
    return (prediction - target).diff(dim=1).norm(dim=-1).mean()


def bone_constancy_loss(prediction: torch.Tensor) -> torch.Tensor:
    """Mean deviation of the bone lengths from their mean over the window, m."""
    length = (prediction[:, :, _BONES[:, 1]] - prediction[:, :, _BONES[:, 0]]).norm(dim=-1)
    return (length - length.mean(1, keepdim=True)).abs().mean()


def error_loss(log_error: torch.Tensor, error: torch.Tensor) -> torch.Tensor:
    """Negative log likelihood of an exponential law: its minimum is where exp(log_error) is the mean error."""
    return (error.clamp(min=1e-4) * torch.exp(-log_error) + log_error).mean()


def supervised_losses(
    prediction: Prediction, target: torch.Tensor, weights: LossWeights, reach_m: float
) -> dict[str, torch.Tensor]:
    """The weighted losses of a prediction against the truth [B,T,17,3] m."""
    error = (prediction.joints_m - target)[:, :, 1:].norm(dim=-1).detach()
    losses = {
        "position": position_loss(prediction.joints_m, target),
        "velocity": weights.velocity * velocity_loss(prediction.joints_m, target),
        "bones": weights.bone_constancy * bone_constancy_loss(prediction.joints_m),
        "error": weights.error * error_loss(prediction.log_error, error),
    }
    if prediction.log_p is not None:
        losses["classes"] = weights.classes * class_loss(prediction.log_p, target[:, :, 1:], reach_m)
    return losses
