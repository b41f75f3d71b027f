"""Calibrate, evaluate and publish a trained network: `python -m ganbodypose.training.publish RUN --name live`."""

from __future__ import annotations

import argparse
import json
import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ganbodypose.baselines.registry import build_network
from ganbodypose.core import ModelCard
from ganbodypose.io.checksum import sha256_of_file
from ganbodypose.lift.model_files import WEIGHTS
from ganbodypose.quality.calibration import ErrorCalibration, fit_calibration
from ganbodypose.training.data import TrainingData, load_split
from ganbodypose.training.detector_noise import PERFECT, NoiseLevel
from ganbodypose.training.evaluation import (
    MOTION_FPS,
    PAIRS_FPS,
    Outcome,
    motion_batches,
    pair_batches,
    predict,
    scores,
)
from ganbodypose.training.export import export_step

LICENCE = "Apache-2.0"
DATA = (
    "CMU Graphics Lab Motion Capture Database (free; attribution: mocap.cs.cmu.edu, NSF EIA-0196217)",
    "UI-PRMD, Vicon (ODC-PDDL 1.0)",
    "DeepMimic, ReActIdle, acRNN and ConvSeq2Seq motion clips (MIT)",
    "Pictures rendered from CC0 bodies in these motions, seen by BlazePose (Apache-2.0)",
)


def load_trained(run: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The averaged network of a training run, in evaluation mode, and facts for its card."""
    facts = json.loads((run / "run.json").read_text())
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    network = build_network(facts["model"])
    network.load_state_dict(state["average"])
    facts |= {"steps": state["step"], "cpu_minutes": round(state["cpu_s"] / 60, 1)}
    return network.eval(), facts


def calibrate(network: nn.Module, validation: TrainingData) -> ErrorCalibration:
    """Fitted on validation subjects: simulated detections and detector pairs, with equal weight."""
    motion = predict(network, motion_batches(validation, NoiseLevel()))
    pairs = predict(network, pair_batches(validation)) if validation.pairs is not None else motion
    repeat = max(1, round(motion.target_m[..., 0, 0].size / pairs.target_m[..., 0, 0].size))
    raw, true = _errors(motion)
    pair_raw, pair_true = (np.tile(a, (repeat, 1)) for a in _errors(pairs))
    return fit_calibration(np.concatenate([raw, pair_raw]), np.concatenate([true, pair_true]))


def _errors(outcome: Outcome) -> tuple[np.ndarray, np.ndarray]:
    true = np.linalg.norm(outcome.predicted_m - outcome.target_m, axis=-1)
    return outcome.raw_error_m.reshape(-1, 17), true.reshape(-1, 17)


def evaluate(
    network: nn.Module, data: TrainingData, calibration: ErrorCalibration | None = None
) -> dict[str, Any]:
    """Scores on simulated detections, on perfect 2D input and on detector pairs of one split."""
    sets = {
        "simulated": (motion_batches(data, NoiseLevel()), MOTION_FPS),
        "perfect_2d": (motion_batches(data, PERFECT, depth_share=0.0), MOTION_FPS),
        "pairs": (pair_batches(data), PAIRS_FPS),
    }
    return {
        name: scores(predict(network, batches), fps, calibration) for name, (batches, fps) in sets.items()
    }


def publish(run: Path, data: Path, name: str, folder: Path = WEIGHTS) -> ModelCard:
    """Writes `name`.onnx and its card `name`.json into `folder`."""
    network, facts = load_trained(run)
    calibration = calibrate(network, load_split(data, "val"))
    test = evaluate(network, load_split(data, "test"), calibration)
    path = folder / f"{name}.onnx"
    export_step(network, path, calibration)
    minutes, seed = facts["cpu_minutes"], facts["seed"]
    command = f"ganbodypose train --preset {facts['model']} --cpu-minutes {minutes:g} --seed {seed}"
    sha256 = sha256_of_file(path)
    card = ModelCard(name, LICENCE, DATA, command, seed, {"training": facts, "test": test}, sha256)
    text = json.dumps(asdict(card), indent=1)
    (folder / f"{name}.json").write_text(re.sub(r"(\d\.\d{4})\d+", r"\1", text) + "\n")
    return card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a training run")
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--name", default="live")
    parser.add_argument("--folder", type=Path, default=WEIGHTS, help="where the published networks lie")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    card = publish(arguments.run, arguments.data, arguments.name, arguments.folder)
    print(json.dumps(card.scores, indent=1))


if __name__ == "__main__":
    main()
