"""What one training step differentiates, as a single module: it can be wrapped for any number of machines."""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.gan import discriminator_loss, generator_loss
from ganbodypose.model.network import Prediction
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
        return getattr(self.network, "generator", None) is not None or self._judges_motion

    @property
    def _judges_motion(self) -> bool:
        """Whether the discriminator looks at whole motions (VIBE's) in place of feature maps."""
        return getattr(self.network, "judges_motion", False)

    def forward(self, batch: Batch, adversarial: bool) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The sum of all losses, and its parts for the log."""
        prediction, _ = self.network(batch.joints, batch.condition)
        losses = supervised_losses(prediction, batch.target, self.weights, self.reach_m)
        if adversarial and self.has_adversary:
            losses |= self._adversarial_losses(*self._real_and_fake(batch, prediction))
        return torch.stack(list(losses.values())).sum(), {k: v.detach() for k, v in losses.items()}

    def _real_and_fake(self, batch: Batch, prediction: Prediction) -> tuple[torch.Tensor, torch.Tensor]:
        """What the discriminator has to tell apart."""
        if self._judges_motion:
            return batch.target[:, :, 1:].flatten(2), prediction.joints_m[:, :, 1:].flatten(2)
        # The generator alone is to deceive, so the gradient stops at what it is given.
        return self._real_features(batch), self.network.generator(prediction.encoded.detach())

    def _adversarial_losses(self, real: torch.Tensor, fake: torch.Tensor) -> dict[str, torch.Tensor]:
        """Eq. 13 for what made the fake and eq. 14 for the discriminator (it reaches D only)."""
        discriminator = self.network.discriminator
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
