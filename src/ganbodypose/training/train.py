"""Train one network by name, from scratch or from where a run stopped."""

from __future__ import annotations

import ctypes
import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from lightning_fabric.loggers import TensorBoardLogger
from lightning_fabric.plugins.environments import TorchElasticEnvironment
from lightning_fabric.strategies import DDPStrategy
from torch import nn

from ganbodypose.baselines.registry import build_network
from ganbodypose.core import UserError
from ganbodypose.datasets.mocap import Split
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData, load_split
from ganbodypose.training.detector_noise import PERFECT, NoiseLevel
from ganbodypose.training.evaluation import motion_batches, pair_batches, position_error_m, predict
from ganbodypose.training.loop import CHECKPOINT, Scores, Trainer
from ganbodypose.training.precision import fabric_precision
from ganbodypose.training.pretraining import pretrain
from ganbodypose.training.recordings import mix_of

RUN = "run.json"  # in the folder of a run: what was trained
VALIDATION_WINDOWS = 192
ValidationMaker = Callable[[TrainingData], Callable[[nn.Module], Scores]]
Loader = Callable[[Path, Split], TrainingData]


@dataclass(frozen=True)
class TrainOptions:
    """model: one of `baselines.registry.NETWORKS`. data: folder with mocap/ and perhaps pairs/. out: folder of the run.

    precision and devices are Fabric's; "bf16-mixed" takes two thirds of the time of "32-true" on a CPU with
    bfloat16 instructions. init: a file of weights to start from (`publish` writes them). resume: go on with the
    checkpoint in `out`.
    """

    model: str
    data: Path
    out: Path
    config: TrainConfig
    threads: int = 1
    precision: str = "bf16-mixed"
    devices: int = 1
    init: Path | None = None
    resume: bool = False


def train(
    options: TrainOptions, validation: ValidationMaker | None = None, load: Loader = load_split
) -> None:
    """Trains until the budget is spent; the folder then holds the checkpoint, logs and `run.json`.

    validation makes of the validation split what scores the network now and then (`Validation` if not given). load
    reads a split of `options.data`.
    """
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    fabric = Fabric(
        accelerator="auto" if torch.cuda.is_available() else "cpu",
        **_processes(options.devices),
        **fabric_precision(options.precision),
        loggers=TensorBoardLogger(options.out, name="tensorboard", version=""),
    )
    fabric.launch()
    torch.manual_seed(options.config.seed)
    network = build_network(options.model)
    if options.init is not None:
        load_weights(network, options.init)
    data = load(options.data, "train")
    goes_on = options.resume and (options.out / CHECKPOINT).exists()
    pretraining_s = 0.0 if goes_on else pretrain(network, data, options.config)
    trainer = Trainer(network, data, options.config, options.out, fabric)
    trainer.cpu_s = pretraining_s
    if goes_on:
        trainer.resume()
    facts = {"model": options.model, "seed": options.config.seed, "precision": options.precision}
    facts |= {"init": None if options.init is None else options.init.name}
    facts |= {"clips": data.clips(), "mix": [source.name for source in mix_of(options.data)]}
    (options.out / RUN).write_text(json.dumps(facts | {"config": asdict(options.config)}, indent=1))
    trainer.run((validation or Validation)(load(options.data, "val")))


def _processes(devices: int) -> dict[str, Any]:
    """For Fabric. torchrun, Ray Train and the like start all processes and say in the environment who is who.

    Most steps leave the discriminator alone, which data parallelism has to be told.
    """
    if "RANK" in os.environ:
        here = int(os.environ["LOCAL_WORLD_SIZE"])
        nodes = int(os.environ["WORLD_SIZE"]) // here
        strategy = DDPStrategy(find_unused_parameters=True, cluster_environment=TorchElasticEnvironment())
        return {"devices": here, "num_nodes": nodes, "strategy": strategy}
    return {
        "devices": devices,
        "strategy": DDPStrategy(find_unused_parameters=True) if devices > 1 else "auto",
    }


class Validation:
    """Mean error (mm) on simulated detections, perfect 2D, pairs and a depth sensor of the validation split."""

    def __init__(self, data: TrainingData) -> None:
        simulated = motion_batches(data, NoiseLevel(), limit=VALIDATION_WINDOWS)
        perfect = motion_batches(data, PERFECT, depth_share=0.0, limit=VALIDATION_WINDOWS)
        self._sets = {
            "mpjpe_mm": list(simulated),
            "perfect_2d_mm": list(perfect),
            "pairs_mm": list(pair_batches(data.pairs)),
            "sensor_mm": list(pair_batches(data.sensor)),
        }

    def __call__(self, network: nn.Module) -> Scores:
        return {
            name: 1000 * float(position_error_m(predict(network, batches)).mean())
            for name, batches in self._sets.items()
            if batches
        }


def load_weights(network: nn.Module, path: Path) -> None:
    """Weights from an .npz as `save_weights` makes it; UserError when they are of another network."""
    try:
        with np.load(path, allow_pickle=False) as data:
            state = {name: torch.from_numpy(data[name]).float() for name in data.files}
        network.load_state_dict(state)
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(f"{path} holds no weights of this network: {str(error).splitlines()[0]}") from error


def save_weights(network: nn.Module, path: Path) -> None:
    """Half-precision .npz of all weights and buffers, to start other runs from."""
    half = {name: value.half().numpy() for name, value in network.state_dict().items()}
    np.savez_compressed(path, **half)


def keep_freed_memory() -> None:
    """Tell glibc to keep what is freed: mapping large tensors anew at each step costs a tenth of the time."""
    if platform.libc_ver()[0] == "glibc":
        libc, mmap_threshold, trim_threshold = ctypes.CDLL(None), -3, -1
        libc.mallopt(mmap_threshold, 1 << 30)
        libc.mallopt(trim_threshold, (1 << 31) - 1)
