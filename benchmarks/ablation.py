"""What each part of the network gives: variants trained for equal CPU time, judged on the validation split.

    python benchmarks/ablation.py --minutes 20 --data DATA --runs runs/ablation --out docs

Every variant gets the same data, noise, seed and CPU minutes on one thread. Finished variants are kept, an
unfinished one goes on from its checkpoint. Writes ablation.json and ablation.md.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from ganbodypose.model.config import PRESETS
from ganbodypose.model.network import GanBodyPose
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData, load_split
from ganbodypose.training.loop import Trainer
from ganbodypose.training.precision import fabric_precision
from ganbodypose.training.publish import calibrate, evaluate
from ganbodypose.training.train import Validation, keep_freed_memory


@dataclass(frozen=True)
class Variant:
    """Changes to the `live` network and to its training."""

    title: str
    network: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


VARIANTS = {
    "live": Variant("`live` as published"),
    "no-cnn3d": Variant("flat temporal convolution in place of the 3D-CNN", {"grid_channels": ()}),
    "no-attention": Variant("without attention", {"attention_layers": 0}),
    "no-gan": Variant("without GAN", {"gan": False}),
    "no-classes": Variant("regression in place of the classification head", {"bins": 0}),
    "no-pairs": Variant("without detector-in-the-loop pairs", {}, TrainConfig.share_of_motion(0)),
    "borrowed": Variant(
        "12 of 32 windows of motion with borrowed errors", {}, TrainConfig.share_of_motion(12, borrowed=12)
    ),
    "attention-2x512": Variant("attention 2 x 512", {"attention_width": 512}),
    "attention-2x1024": Variant("attention 2 x 1024", {"attention_width": 1024}),
    "attention-3x512": Variant("attention 3 x 512", {"attention_layers": 3, "attention_width": 512}),
    "attention-3x1024": Variant("attention 3 x 1024", {"attention_layers": 3, "attention_width": 1024}),
}
COLUMNS = {
    ("simulated", "mpjpe_mm"): "simulated MPJPE mm",
    ("simulated", "pa_mpjpe_mm"): "PA-MPJPE mm",
    ("perfect_2d", "mpjpe_mm"): "perfect 2D MPJPE mm",
    ("pairs", "mpjpe_mm"): "pairs MPJPE mm",
    ("pairs", "pa_mpjpe_mm"): "PA-MPJPE mm",
    ("pairs", "spearman"): "Spearman (error)",
    ("swaps", "unswapped_share"): "swaps undone",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="CPU time of each variant")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--runs", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--out", type=Path, default=Path("docs"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    train, validation = (load_split(arguments.data, split) for split in ("train", "val"))
    rows = {}
    for name in arguments.variants:
        rows[name] = trained(VARIANTS[name], arguments.runs / name, arguments.minutes, train, validation)
        print(name, {c: round(rows[name][c[0]][c[1]], 3) for c in COLUMNS}, flush=True)
    arguments.out.mkdir(exist_ok=True)
    (arguments.out / "ablation.json").write_text(json.dumps(rows, indent=1) + "\n")
    (arguments.out / "ablation.md").write_text(page(rows, arguments.minutes))


def trained(
    variant: Variant, folder: Path, minutes: float, train: TrainingData, validation: TrainingData
) -> dict[str, Any]:
    """Scores of a variant on the validation split; from its folder where it was finished before."""
    result = folder / "scores.json"
    if result.exists():
        return json.loads(result.read_text())
    torch.manual_seed(TrainConfig.seed)
    network = GanBodyPose(replace(PRESETS["live"], **variant.network))
    config = replace(TrainConfig(cpu_minutes=minutes), **variant.training)
    fabric = Fabric(accelerator="cpu", devices=1, **fabric_precision("bf16-mixed"))
    trainer = Trainer(network, train, config, folder, fabric)
    trainer.resume()
    trainer.run(Validation(validation))
    network.load_state_dict(trainer.average)
    scores = evaluate(network.eval(), validation, calibrate(network, validation))
    facts = {"steps": trainer.step, "parameters": sum(p.numel() for p in network.parameters())}
    result.write_text(json.dumps(scores | facts))
    return json.loads(result.read_text())


def page(rows: dict[str, dict[str, Any]], minutes: float) -> str:
    """ablation.md"""
    lines = [
        "# Ablation",
        "",
        f"Made by `benchmarks/ablation.py --minutes {minutes:g}`: each variant trained for",
        f"{minutes:g} CPU minutes on one thread, same data, noise and seed, and judged on the validation split.",
        "",
        "| | parameters | steps | " + " | ".join(COLUMNS.values()) + " |",
        "|---" * (len(COLUMNS) + 3) + "|",
    ]
    for name, scores in rows.items():
        cells = [f"{scores[kind][column]:.{1 if '_mm' in column else 3}f}" for kind, column in COLUMNS]
        size = f"{scores['parameters'] / 1e6:.2f} M"
        lines.append(f"| {VARIANTS[name].title} | {size} | {scores['steps']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
