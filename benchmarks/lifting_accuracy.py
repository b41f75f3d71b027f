"""Accuracy of lifting on the fixed test split, beside baselines trained on the same data for the same CPU time.

    python benchmarks/lifting_accuracy.py --runs runs/live runs/simple_baseline --data DATA --out docs

RUNS are folders that `ganbodypose train` made. Writes results.json and results.md.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ganbodypose.baselines.mean_pose import MeanPose
from ganbodypose.metrics.evaluate import evaluate_poses
from ganbodypose.skeletons import BLAZEPOSE_33, H36M_17, skeleton_map
from ganbodypose.training.batches import make_batch, observe_motion
from ganbodypose.training.data import TrainingData, load_split
from ganbodypose.training.detector_noise import PERFECT
from ganbodypose.training.evaluation import PAIRS_FPS
from ganbodypose.training.publish import calibrate, evaluate, load_trained

SETS = {
    "simulated": "Simulated detections (noise as measured on BlazePose; weak depth and wrong intrinsics in half)",
    "perfect_2d": "Perfect 2D input, no depth, nothing hidden (intrinsics as above)",
    "pairs": "Rendered people seen by the real detector (BlazePose full)",
}
COLUMNS = {
    "mpjpe_mm": "MPJPE mm",
    "pa_mpjpe_mm": "PA-MPJPE mm",
    "auc": "AUC",
    "acceleration_error_mm_per_s2": "accel. error m/s²",
    "bone_length_variation": "bone length variation",
    "spearman": "Spearman (error)",
    "roc_auc_50mm": "ROC AUC (> 50 mm)",
    "calibration_error_mm": "calibration error mm",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--out", type=Path, default=Path("docs"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train, validation, test = (load_split(arguments.data, split) for split in ("train", "val", "test"))
    rows: dict[str, dict[str, Any]] = {"mean pose": evaluate(mean_pose_of(train), test)}
    if test.pairs is not None:
        rows["BlazePose full, its own 3D"] = {"pairs": detector_scores(test)}
    for run in arguments.runs:
        network, facts = load_trained(run)
        label = f"{facts['model']} ({facts['cpu_minutes']:g} CPU min, {facts['steps']} steps)"
        rows[label] = evaluate(network, test, calibrate(network, validation))
        print(label, {s: round(rows[label][s]["mpjpe_mm"], 1) for s in rows[label]}, flush=True)
    arguments.out.mkdir(exist_ok=True)
    (arguments.out / "results.json").write_text(json.dumps(rounded(rows), indent=1) + "\n")
    (arguments.out / "results.md").write_text(page(rows))


def mean_pose_of(train: TrainingData) -> MeanPose:
    """The mean of training poses as the virtual camera shows them."""
    rng = np.random.default_rng(0)
    batches = [make_batch(observe_motion(rng, train.motion, 64, 8, PERFECT)) for _ in range(20)]
    return MeanPose(torch.stack([batch.target for batch in batches])).eval()


def detector_scores(test: TrainingData) -> dict[str, Any]:
    """The detector's own world landmarks on the same frames as `pair_batches`."""
    pairs = test.pairs
    frames = 40
    clips = np.flatnonzero(pairs.length >= frames)
    rows = (pairs.start[clips][:, None] + np.arange(frames)).ravel()
    world = skeleton_map(BLAZEPOSE_33, H36M_17) @ pairs.own_3d_m[rows].astype(float)
    sequence = np.repeat(np.arange(len(clips)), frames)
    return evaluate_poses(world, pairs.joints_m[rows], fps=PAIRS_FPS, sequence_id=sequence)


def page(rows: dict[str, dict[str, Any]]) -> str:
    """results.md"""
    parts = [
        "# Results",
        "",
        "Made by `benchmarks/lifting_accuracy.py` from training runs on the fixed splits; root-relative, 17 joints,",
        "all frames of the test split (subjects and clips never trained or chosen on). Every network was trained on",
        "the same data and input noise, on one CPU thread, for the CPU time given.",
        "Expected errors are calibrated on validation subjects only.",
    ]
    for name, title in SETS.items():
        shown = {label: row[name] for label, row in rows.items() if name in row}
        frames = next(iter(shown.values()))["frames"]
        parts += ["", f"## {title}", "", f"{frames} frames.", ""]
        parts += ["| | " + " | ".join(COLUMNS.values()) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
        parts += [
            f"| {label} | " + " | ".join(cell(values, c) for c in COLUMNS) + " |"
            for label, values in shown.items()
        ]
    return "\n".join(parts) + "\n"


def cell(values: dict[str, Any], column: str) -> str:
    value = values.get(column)
    if value is None or not np.isfinite(value):
        return "-"
    if column.endswith("s2"):
        return f"{value / 1000:.2f}"
    return f"{value:.1f}" if column.endswith("_mm") else f"{value:.3f}"


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
