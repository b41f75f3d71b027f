"""Which optimiser moves which parameter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

DISCRIMINATOR_RATE = 2e-4
# What reads the input or gives the output, and tables: their rows are no directions of a hidden space.
_EDGES = ("coordinates.", "error.", "joints.", "cnn.condition.", "discriminator.", "part_tag")


class Optimizers:
    """Muon for the hidden matrices, AdamW for the rest; the discriminator has slow, constant steps of its own.

    Muon (Jordan et al., 2024) makes the update of a matrix orthogonal, so that all its directions learn. A kernel
    of a convolution is a matrix too: output channels times all the rest. `network` must be on its device already.
    A network with an `adam_rate` comes with the optimiser of its paper: AdamW for all of it, at that rate. (Making
    matrices as wide as some rivals' orthogonal would cost several times their gradients.)
    """

    def __init__(self, network: nn.Module, learning_rate: float, weight_decay: float) -> None:
        own_rate = getattr(network, "adam_rate", None)
        learning_rate = own_rate or learning_rate
        named = dict(network.named_parameters())
        judge = [p for name, p in named.items() if name.startswith("discriminator.")]
        wide = [p for name, p in named.items() if p.ndim >= 2 and not any(e in name for e in _EDGES)]
        hidden = [] if own_rate else wide
        known = {id(p) for p in (*judge, *hidden)}
        rest = [p for p in named.values() if id(p) not in known]
        groups: list[dict[str, Any]] = [{"params": rest, "betas": (0.9, 0.98), "weight_decay": weight_decay}]
        if judge:
            groups.append(
                {"params": judge, "betas": (0.5, 0.99), "weight_decay": 0.0, "lr": DISCRIMINATOR_RATE}
            )
        self._optimizers: list[torch.optim.Optimizer] = [torch.optim.AdamW(groups, learning_rate, fused=True)]
        self._matrices = [(p, nn.Parameter(p.data.flatten(1))) for p in hidden]  # the same memory
        if hidden:
            matrices = [matrix for _, matrix in self._matrices]
            self._optimizers.append(
                torch.optim.Muon(matrices, learning_rate, weight_decay, adjust_lr_fn="match_rms_adamw")
            )
        self._main, self._parameters = [*rest, *hidden], [*named.values()]
        self._learning_rate = learning_rate

    def __iter__(self) -> Iterator[torch.optim.Optimizer]:
        return iter(self._optimizers)

    def replace(self, wrapped: list[Any]) -> None:
        """The same optimisers as Fabric wrapped them."""
        self._optimizers = list(wrapped)

    def scale_learning_rate(self, share: float) -> None:
        """Set all but the discriminator's to a share of the full rate."""
        for optimizer in self._optimizers:
            optimizer.param_groups[0]["lr"] = self._learning_rate * share

    def zero_grad(self) -> None:
        for p in self._parameters:
            p.grad = None

    def step(self) -> None:
        """One step, the gradient of all but the discriminator clipped to length 1."""
        nn.utils.clip_grad_norm_(self._main, 1.0)
        for kernel, matrix in self._matrices:
            matrix.grad = None if kernel.grad is None else kernel.grad.flatten(1)
        for optimizer in self._optimizers:
            optimizer.step()

    def state_dicts(self) -> list[dict[str, Any]]:
        return [optimizer.state_dict() for optimizer in self._optimizers]

    def load_state_dicts(self, states: list[dict[str, Any]]) -> None:
        for optimizer, state in zip(self._optimizers, states, strict=True):
            optimizer.load_state_dict(state)
