"""What one training step differentiates, as a single module: it can be wrapped for any number of machines."""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.gan import discriminator_loss, generator_loss
from ganbodypose.training.batches import Batch
from ganbodypose.training.losses import LossWeights, supervised_losses


class Objective(nn.Module):
    """The losses of `network` (anything called as `network(joints, condition) -> (Prediction, _)`) on a batch."""

    def __init__(self, network: nn.Module, weights: LossWeights) -> None:
        super().__init__()
        self.network, self.weights = network, weights
        self.reach_m = getattr(network, "config", NetworkConfig()).reach_m

    @property
    def has_adversary(self) -> bool:
        return getattr(self.network, "generator", None) is not None

    def forward(self, batch: Batch, adversarial: bool) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The sum of all losses, and its parts for the log."""
        prediction, _ = self.network(batch.joints, batch.condition)
        losses = supervised_losses(prediction, batch.target, self.weights, self.reach_m)
        if adversarial and self.has_adversary:
            losses |= self._adversarial_losses(batch, prediction.encoded.detach())
        return torch.stack(list(losses.values())).sum(), {k: v.detach() for k, v in losses.items()}

    def _adversarial_losses(self, batch: Batch, encoded: torch.Tensor) -> dict[str, torch.Tensor]:
        """Eq. 13 for the generator (it reaches G only) and eq. 14 for the discriminator (it reaches D only)."""
        discriminator = self.network.discriminator
        real, fake = self._real_features(batch), self.network.generator(encoded)
        judged = discriminator_loss(discriminator(real), discriminator(fake.detach()))
        frozen = {name: p.detach() for name, p in discriminator.named_parameters()}
        deceived = generator_loss(torch.func.functional_call(discriminator, frozen, (fake,)))
        return {"generator": self.weights.generator * deceived, "discriminator": judged}

    @torch.no_grad()
    def _real_features(self, batch: Batch) -> torch.Tensor:
        """The feature map of the true 3D cuboid; it must not move the statistics of batch normalisation."""
        self.network.eval()
        real, _ = self.network.encode(batch.clean_joints, batch.condition)
        self.network.train()
        return real
