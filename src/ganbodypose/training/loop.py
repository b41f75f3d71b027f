"""Algorithm 1: supervised batches alternate with adversarial ones. Resumable, logged, with averaged weights."""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ganbodypose.model.gan import discriminator_loss, generator_loss
from ganbodypose.training.batches import Batch, concatenate, make_batch, observe_motion, observe_pairs
from ganbodypose.training.data import TrainingData
from ganbodypose.training.detector_noise import NoiseLevel
from ganbodypose.training.losses import LossWeights, supervised_loss


@dataclass(frozen=True)
class TrainConfig:
    """One training run. The budget is CPU time of this process, so that runs on a busy machine compare."""

    cpu_minutes: float = 60.0
    seed: int = 1
    motion_windows: int = 32
    pair_windows: int = 12
    frames: int = 27
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    warmup_steps: int = 200
    adversarial_every: int = 4
    average_decay: float = 0.999
    checkpoint_minutes: float = 3.0
    validate_minutes: float = 6.0
    stop_below_mm: float = 0.0
    noise: NoiseLevel = field(default_factory=NoiseLevel)
    loss: LossWeights = field(default_factory=LossWeights)


class Trainer:
    """Trains `network` (anything called as `network(joints, condition) -> (Prediction, _)`) in `folder`."""

    def __init__(
        self, network: nn.Module, data: TrainingData, config: TrainConfig, folder: Path, reach_m: float
    ) -> None:
        self.network, self.data, self.config, self.folder, self.reach_m = (
            network,
            data,
            config,
            folder,
            reach_m,
        )
        self.main = [p for name, p in network.named_parameters() if not name.startswith("discriminator.")]
        self.optimizer = torch.optim.AdamW(
            self.main, config.learning_rate, (0.9, 0.98), weight_decay=config.weight_decay, fused=True
        )
        self.discriminator = getattr(network, "discriminator", None)
        self.adversary = (
            None
            if getattr(network, "generator", None) is None
            else torch.optim.AdamW(self.discriminator.parameters(), 2e-4, (0.5, 0.99))  # type: ignore[union-attr]
        )
        self.average = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self.step, self.cpu_s = 0, 0.0
        self.rng = np.random.default_rng(config.seed)
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def checkpoint_path(self) -> Path:
        return self.folder / "checkpoint.pt"

    def run(self, validate: Callable[[nn.Module], dict[str, float]]) -> None:
        """Until the CPU budget is spent, or validation falls below `stop_below_mm` (Algorithm 1's threshold)."""
        config, last_saved, last_validated = self.config, self.cpu_s, self.cpu_s
        offset = self.cpu_s - time.process_time()
        while self.cpu_s < 60 * config.cpu_minutes:
            losses = self._train_step()
            self.cpu_s = offset + time.process_time()
            if self.step % 50 == 0:
                self._log("train.csv", {"step": self.step, "cpu_s": round(self.cpu_s, 1), **losses})
            if self.cpu_s - last_saved > 60 * config.checkpoint_minutes:
                self.save()
                last_saved = self.cpu_s
            if self.cpu_s - last_validated > 60 * config.validate_minutes:
                scores = self._validate(validate)
                offset, last_validated = self.cpu_s - time.process_time(), self.cpu_s
                if scores["mpjpe_mm"] < config.stop_below_mm:
                    break
        self._validate(validate)
        self.save()

    def _train_step(self) -> dict[str, float]:
        config = self.config
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        batch = self._next_batch()
        self.network.train()
        prediction, _ = self.network(batch.joints, batch.condition)
        loss, losses = supervised_loss(prediction, batch.target, config.loss, self.reach_m)
        if self.adversary is not None and self.step % config.adversarial_every == 0:
            adversarial, extra = self._adversarial_loss(batch, prediction.encoded.detach())
            loss, losses = loss + config.loss.generator * adversarial, losses | extra
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.main, 1.0)
        self.optimizer.step()
        self._update_average()
        self.step += 1
        return losses

    def _adversarial_loss(self, batch: Batch, encoded: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
        """One step of the discriminator (eq. 14); returns the generator's loss (eq. 13), which reaches G only."""
        network = self.network
        network.eval()  # real cuboids must not move the statistics of batch normalisation
        with torch.no_grad():
            real, _ = network.encode(batch.clean_joints, batch.condition)
        network.train()
        fake = network.generator(encoded)
        loss = discriminator_loss(self.discriminator(real), self.discriminator(fake.detach()))  # type: ignore[misc]
        self.adversary.zero_grad(set_to_none=True)  # type: ignore[union-attr]
        loss.backward()
        self.adversary.step()  # type: ignore[union-attr]
        deceive = generator_loss(self.discriminator(fake))  # type: ignore[misc]
        return deceive, {"discriminator": float(loss.detach()), "generator": float(deceive.detach())}

    def _next_batch(self) -> Batch:
        config = self.config
        parts = [
            observe_motion(self.rng, self.data.motion, config.motion_windows, config.frames, config.noise)
        ]
        if config.pair_windows and self.data.pairs is not None:
            parts.append(observe_pairs(self.rng, self.data.pairs, config.pair_windows, config.frames))
        return make_batch(concatenate(parts))

    def _learning_rate(self) -> float:
        """Linear warm-up, then a cosine over the budget."""
        progress = min(self.cpu_s / (60 * self.config.cpu_minutes), 1.0)
        warm = min((self.step + 1) / self.config.warmup_steps, 1.0)
        return self.config.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.config.average_decay, (self.step + 1) / (self.step + 10))
        current = self.network.state_dict()
        floating = [name for name, value in current.items() if value.dtype.is_floating_point]
        torch._foreach_lerp_([self.average[n] for n in floating], [current[n] for n in floating], 1 - decay)
        for name in current.keys() - set(floating):
            self.average[name].copy_(current[name])

    def _validate(self, validate: Callable[[nn.Module], dict[str, float]]) -> dict[str, float]:
        current = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.average)
        self.network.eval()
        scores = validate(self.network)
        self.network.load_state_dict(current)
        self._log("validation.csv", {"step": self.step, "cpu_s": round(self.cpu_s, 1), **scores})
        return scores

    def _log(self, name: str, row: dict[str, float]) -> None:
        path = self.folder / name
        first = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if first:
                writer.writerow(row)
            writer.writerow([f"{v:.5g}" if isinstance(v, float) else v for v in row.values()])
        print(json.dumps({k: round(v, 4) for k, v in row.items()}), flush=True)

    def save(self) -> None:
        """Everything needed to go on, under a temporary name first."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "adversary": self.adversary.state_dict() if self.adversary else {},
            "step": self.step,
            "cpu_s": self.cpu_s,
            "rng": json.dumps(self.rng.bit_generator.state),
            "config": json.dumps(asdict(self.config)),
        }
        temporary = self.checkpoint_path.with_suffix(".tmp")
        torch.save(state, temporary)
        temporary.replace(self.checkpoint_path)

    def resume(self) -> bool:
        """Continues from the folder's checkpoint, if there is one."""
        if not self.checkpoint_path.exists():
            return False
        state = torch.load(self.checkpoint_path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        if self.adversary is not None:
            self.adversary.load_state_dict(state["adversary"])
        self.step, self.cpu_s = state["step"], state["cpu_s"]
        self.rng.bit_generator.state = json.loads(state["rng"])
        return True
