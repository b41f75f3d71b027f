"""A task of its own that some networks learn first, on the same motion and noise (P-STMO's masked poses)."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import nn

from ganbodypose.model.config import NetworkConfig
from ganbodypose.training.batches import make_batch, observe_motion
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData

SHARE = 0.2  # of the whole budget
LEARNING_RATE = 1e-3
_NO_SHARD = 1 << 20  # the training's shards have smaller numbers


def pretrain(network: nn.Module, data: TrainingData, config: TrainConfig) -> float:
    """CPU seconds spent on `network.pretraining()`, a module that gives its loss; 0 where there is no such task."""
    if not hasattr(network, "pretraining"):
        return 0.0
    task = network.pretraining().train()
    optimizer = torch.optim.AdamW(task.parameters(), LEARNING_RATE)
    frames = config.frames or NetworkConfig().window
    started, step = time.process_time(), 0
    while not _spent(step, time.process_time() - started, config):
        rng = np.random.default_rng((config.seed, step, _NO_SHARD))
        batch = make_batch(observe_motion(data.motion, config.noise, rng, config.motion_windows, frames))
        loss = task(batch.joints, batch.condition)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
    return time.process_time() - started


def _spent(step: int, cpu_s: float, config: TrainConfig) -> bool:
    return step >= SHARE * config.steps if config.steps else cpu_s >= SHARE * 60 * config.cpu_minutes
