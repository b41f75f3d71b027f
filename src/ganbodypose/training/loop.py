"""Algorithm 1: supervised batches alternate with adversarial ones. Resumable, logged, with averaged weights.

Lightning Fabric carries the precision and the devices, so the same loop runs on one CPU, a GPU or, started by
`torchrun`, on many machines. A step's batch is made of shards whose content depends on seed, step and shard
only: resuming needs no state of a random generator, and the work divides evenly over the processes.
"""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import nn

from ganbodypose.core import UserError
from ganbodypose.model.config import NetworkConfig
from ganbodypose.training.batches import Batch, Observed, concatenate, make_batch
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData
from ganbodypose.training.objective import Objective
from ganbodypose.training.optimizers import Optimizers
from ganbodypose.training.windows import Kind, kinds_of_windows

Scores = dict[str, float]
CHECKPOINT = "checkpoint.pt"  # in the folder of a run


class Trainer:
    """Trains `network` (anything called as `network(joints, condition) -> (Prediction, _)`) in `folder`."""

    def __init__(
        self,
        network: nn.Module,
        data: TrainingData,
        config: TrainConfig,
        folder: Path,
        fabric: Fabric | None = None,
    ) -> None:
        self.fabric = fabric or Fabric(accelerator="cpu", devices=1)
        self.shards = config.shards or self.fabric.world_size
        self.kinds = kinds_of_windows(data, config)
        _check_shards(self.kinds, self.shards, self.fabric.world_size)
        self.network, self.config, self.folder = network, config, folder
        network.to(self.fabric.device)
        self.optimizers = Optimizers(network, config.learning_rate, config.weight_decay)
        self.objective, *wrapped = self.fabric.setup(Objective(network, config.loss), *self.optimizers)
        self.optimizers.replace(wrapped)
        self.frames = config.frames or getattr(network, "config", NetworkConfig()).window
        self.average = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self.step, self.cpu_s = 0, 0.0
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def checkpoint_path(self) -> Path:
        return self.folder / CHECKPOINT

    @property
    def spent(self) -> float:
        """Share of the budget, 0 to 1."""
        config = self.config
        share = self.step / config.steps if config.steps else self.cpu_s / (60 * config.cpu_minutes)
        return min(share, 1.0)

    def run(self, validate: Callable[[nn.Module], Scores]) -> None:
        """Until the budget is spent, or validation falls below `stop_below_mm` (Algorithm 1's threshold)."""
        config, saved_s, validated_s = self.config, self.cpu_s, self.cpu_s
        offset = self.cpu_s - time.process_time()
        while self.spent < 1:
            losses = self.train_step()
            # All processes go by the clock of the first, so that they end together.
            self.cpu_s = self.fabric.broadcast(offset + time.process_time())
            if self.step % 50 == 0:
                self._log("train.csv", self._mean_over_processes(losses))
            if self.cpu_s - saved_s > 60 * config.checkpoint_minutes:
                self.save()
                saved_s = self.cpu_s
            if self.cpu_s - validated_s > 60 * config.validate_minutes:
                scores = self.validate(validate)
                offset, validated_s = self.cpu_s - time.process_time(), self.cpu_s
                if scores["mpjpe_mm"] < config.stop_below_mm:
                    break
        self.validate(validate)
        self.save()

    def _mean_over_processes(self, losses: dict[str, torch.Tensor]) -> Scores:
        return {
            name: float(self.fabric.all_reduce(value, reduce_op="mean")) for name, value in losses.items()
        }

    def train_step(self) -> dict[str, torch.Tensor]:
        """One step; returns the parts of its loss."""
        self.optimizers.scale_learning_rate(self._learning_rate_share())
        batch = self._next_batch()
        self.objective.train()
        loss, losses = self.objective(batch, self.step % self.config.adversarial_every == 0)
        self.optimizers.zero_grad()
        self.fabric.backward(loss)
        self.optimizers.step()
        self._update_average()
        self.step += 1
        return losses

    def _next_batch(self) -> Batch:
        """This process's shards of the step's batch."""
        mine = range(self.fabric.global_rank, self.shards, self.fabric.world_size)
        return make_batch(concatenate([part for shard in mine for part in self._observe(shard)])).to(
            self.fabric.device
        )

    def _observe(self, shard: int) -> list[Observed]:
        rng = np.random.default_rng((self.config.seed, self.step, shard))
        return [kind.draw(rng, kind.windows // self.shards, self.frames) for kind in self.kinds]

    def _learning_rate_share(self) -> float:
        """Linear warm-up, then a cosine over the budget."""
        warm = min((self.step + 1) / self.config.warmup_steps, 1.0)
        return warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * self.spent)))

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.config.average_decay, (self.step + 1) / (self.step + 10))
        current = self.network.state_dict()
        floating = [name for name, value in current.items() if value.dtype.is_floating_point]
        torch._foreach_lerp_([self.average[n] for n in floating], [current[n] for n in floating], 1 - decay)
        for name in current.keys() - set(floating):
            self.average[name].copy_(current[name])

    def validate(self, validate: Callable[[nn.Module], Scores]) -> Scores:
        """Scores of the averaged weights."""
        current = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.average)
        self.network.eval()
        scores = validate(self.network)
        self.network.load_state_dict(current)
        self._log("validation.csv", scores)
        return scores

    def _log(self, name: str, scores: Scores) -> None:
        """A row of a CSV file, a point of each TensorBoard curve, a line on standard output."""
        if not self.fabric.is_global_zero:
            return
        row = {"step": self.step, "cpu_s": round(self.cpu_s, 1), **scores}
        path = self.folder / name
        first = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if first:
                writer.writerow(row)
            writer.writerow([f"{v:.5g}" if isinstance(v, float) else v for v in row.values()])
        self.fabric.log_dict({f"{path.stem}/{k}": v for k, v in scores.items()}, self.step)
        print(json.dumps({k: round(v, 4) for k, v in row.items()}), flush=True)

    def save(self) -> None:
        """Everything needed to go on, under a temporary name first."""
        if not self.fabric.is_global_zero:
            return
        state = {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizers": self.optimizers.state_dicts(),
            "step": self.step,
            "cpu_s": self.cpu_s,
            "config": json.dumps(asdict(self.config)),
        }
        temporary = self.checkpoint_path.with_suffix(".tmp")
        torch.save(state, temporary)
        temporary.replace(self.checkpoint_path)

    def resume(self) -> bool:
        """Continues from the folder's checkpoint, if there is one."""
        if not self.checkpoint_path.exists():
            return False
        state = torch.load(self.checkpoint_path, weights_only=True, map_location=self.fabric.device)
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        self.optimizers.load_state_dicts(state["optimizers"])
        self.step, self.cpu_s = state["step"], state["cpu_s"]
        for log in self.folder.glob("*.csv"):
            _forget_after(log, self.step)
        return True


def _forget_after(log: Path, step: int) -> None:
    """Drop the rows of steps that will be done again."""
    header, *rows = log.read_text().splitlines()
    kept = [row for row in rows if int(row.partition(",")[0]) <= step]
    log.write_text("\n".join([header, *kept]) + "\n")


def _check_shards(kinds: Sequence[Kind], shards: int, processes: int) -> None:
    """UserError where some of a step's windows would be left over."""
    windows = [kind.windows for kind in kinds]
    if shards % processes or any(number % shards for number in windows):
        raise UserError(
            f"{' and '.join(map(str, windows))} windows a step do not divide over {shards} shards and "
            f"{processes} processes; use another number of processes."
        )
