"""What a network costs, measured in a process of its own so that memory is its own too (paper eqs. 15, 18-20)."""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ganbodypose.baselines.common import JOINTS
from ganbodypose.baselines.registry import build_network
from ganbodypose.datasets.mocap import read_split
from ganbodypose.experiments.accuracy import kept
from ganbodypose.metrics.cost import (
    epoch_time_s,
    execution_time_s,
    model_size_mb,
    peak_memory_mb,
    processing_speed,
)
from ganbodypose.model.cnn3d import CONDITION_CHANNELS
from ganbodypose.model.cost import count_flops, count_parameters
from ganbodypose.model.cuboid import INPUT_CHANNELS
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData
from ganbodypose.training.loop import Trainer
from ganbodypose.training.motion import MotionBank
from ganbodypose.training.sequences import as_used

CLIP_FRAMES = 243
_RUNS, _STEPS = 10, 3


@dataclass(frozen=True)
class Cost:
    """Of lifting a clip of 243 frames on one thread, per frame, in CPU time (what it takes where nothing else runs);
    epoch_s: one pass over the training motion, None
    where there is no data. Parameters without a discriminator, which inference does not need."""

    parameters: int
    flops_per_frame: float
    frame_s: float
    memory_mb: float
    size_mb: float
    epoch_s: float | None

    def as_values(self) -> dict[str, float]:
        """Under the columns' names and units of Tables 2 and 4."""
        values = {
            "frames_per_s": processing_speed(self.frame_s),
            "frame_ms": 1000 * self.frame_s,
            "parameters_m": self.parameters / 1e6,
            "flops_g": self.flops_per_frame / 1e9,
            "memory_mb": self.memory_mb,
            "size_mb": self.size_mb,
        }
        return values if self.epoch_s is None else values | {"epoch_s": self.epoch_s}


def cost_of(model: str, data: Path, cache: Path) -> Cost:
    """Of the network called `model`, with its training time on `data`; measured once, so that all tables agree."""

    def compute() -> dict[str, Any]:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            return asdict(alone.submit(measure, model, data).result())

    key = {"model": model, "parameters": count_parameters(build_network(model))}
    return Cost(**kept(cache / f"cost-{model}.json", key, compute))


def measure(model: str, data: Path | None) -> Cost:
    """`cost_of` in this very process."""
    torch.set_num_threads(1)
    network = build_network(model).eval()
    used = as_used(network)
    joints, condition = (
        torch.randn(1, CLIP_FRAMES, JOINTS, INPUT_CHANNELS),
        torch.zeros(1, CLIP_FRAMES, CONDITION_CHANNELS),
    )
    with torch.no_grad():
        clip_s = execution_time_s(lambda: used(joints, condition), _RUNS, warm_up=2, clock=time.process_time)
    memory_mb = peak_memory_mb()
    judge = getattr(network, "discriminator", None)
    return Cost(
        count_parameters(network) - (0 if judge is None else count_parameters(judge)),
        count_flops(used, joints, condition)["total"] / CLIP_FRAMES,
        clip_s / CLIP_FRAMES,
        memory_mb,
        _file_size_mb(network),
        None if data is None else _epoch_s(network, data),
    )


def _file_size_mb(network: nn.Module) -> float:
    """Of its weights as PyTorch writes them, in single precision."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.pt"
        torch.save(network.state_dict(), path)
        return model_size_mb(path)


def _epoch_s(network: nn.Module, data: Path) -> float:
    """CPU time of one pass over the frames of the training motion, from a few steps in single precision."""
    clips = list(read_split(data / "mocap", "train"))
    frames, motion = sum(len(clip.joints_m) for clip in clips), TrainingData(MotionBank(clips), None)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(network, motion, TrainConfig(steps=1000), Path(folder))
        step_s = statistics.median(_cpu_time_s(trainer) for _ in range(_STEPS))
    return epoch_time_s(step_s, frames, trainer.config.motion_windows * trainer.frames)


def _cpu_time_s(trainer: Trainer) -> float:
    start = time.process_time()
    trainer.train_step()
    return time.process_time() - start
