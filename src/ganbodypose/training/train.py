"""Train one network: `python -m ganbodypose.training.train live --data DIR --out DIR`."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from ganbodypose.baselines.simple_baseline import SimpleBaseline
from ganbodypose.model.config import PRESETS
from ganbodypose.model.network import GanBodyPose
from ganbodypose.training.data import load_split
from ganbodypose.training.detector_noise import PERFECT, NoiseLevel
from ganbodypose.training.evaluation import motion_batches, pair_batches, position_error_m, predict
from ganbodypose.training.loop import TrainConfig, Trainer

MODELS = (*PRESETS, "simple_baseline")


def build_network(model: str) -> nn.Module:
    """An untrained network by name."""
    return SimpleBaseline() if model == "simple_baseline" else GanBodyPose(PRESETS[model])


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    network = build_network(arguments.model)
    reach = PRESETS["live"].reach_m
    config = replace(TrainConfig(), cpu_minutes=arguments.cpu_minutes, seed=arguments.seed)
    trainer = Trainer(network, load_split(arguments.data, "train"), config, arguments.out, reach)
    if arguments.resume:
        trainer.resume()
    (arguments.out / "run.json").write_text(json.dumps({"model": arguments.model, "seed": arguments.seed}))
    validation = load_split(arguments.data, "val")

    def validate(candidate: nn.Module) -> dict[str, float]:
        sets = {
            "mpjpe_mm": motion_batches(validation, NoiseLevel(), limit=192),
            "perfect_2d_mm": motion_batches(validation, PERFECT, depth_share=0.0, limit=192),
            "pairs_mm": pair_batches(validation),
        }
        return {
            name: 1000 * float(position_error_m(predict(candidate, b)).mean()) for name, b in sets.items()
        }

    trainer.run(validate)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"), help="folder with mocap/"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint and the logs")
    parser.add_argument("--cpu-minutes", type=float, default=TrainConfig.cpu_minutes)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    arguments = parser.parse_args()
    if arguments.data is None:
        parser.error("give --data, or set GANBODYPOSE_DATA")
    return arguments


if __name__ == "__main__":
    main()
