"""Calibrate, evaluate and publish a trained network."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ganbodypose.baselines.registry import build_network
from ganbodypose.core import ModelCard, UserError
from ganbodypose.io.checksum import sha256_of_file
from ganbodypose.lift.model_files import WEIGHTS
from ganbodypose.quality.calibration import ErrorCalibration, fit_calibration
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData, load_split
from ganbodypose.training.detector_noise import PERFECT, NoiseLevel
from ganbodypose.training.evaluation import (
    MOTION_FPS,
    PAIRS_FPS,
    SENSOR_FPS,
    Outcome,
    motion_batches,
    pair_batches,
    predict,
    scores,
)
from ganbodypose.training.export import export
from ganbodypose.training.loop import CHECKPOINT
from ganbodypose.training.sequences import as_used
from ganbodypose.training.swaps import swap_scores
from ganbodypose.training.train import RUN, save_weights

LICENCE = "Apache-2.0"
DATA = (
    "CMU Graphics Lab Motion Capture Database (free; attribution: mocap.cs.cmu.edu, NSF EIA-0196217)",
    "UI-PRMD, Vicon and Kinect v2 (ODC-PDDL 1.0)",
    "DeepMimic, ReActIdle, acRNN and ConvSeq2Seq motion clips (MIT)",
    "Pictures rendered from CC0 bodies in these motions, seen by BlazePose (Apache-2.0)",
)


def load_trained(run: Path) -> tuple[nn.Module, dict[str, Any]]:
    """The averaged network of a training run, in evaluation mode, and facts for its card; UserError if it has none."""
    try:
        facts = json.loads((run / RUN).read_text())
        state = torch.load(run / CHECKPOINT, weights_only=True)
    except (OSError, ValueError) as error:
        raise UserError(f"{run} holds no training run: give the --out of `ganbodypose train`.") from error
    network = build_network(facts["model"])
    network.load_state_dict(state["average"])
    facts |= {"steps": state["step"], "cpu_minutes": round(state["cpu_s"] / 60, 1)}
    return network.eval(), facts


def calibrate(network: nn.Module, validation: TrainingData) -> ErrorCalibration:
    """Fitted on validation subjects, on inputs as they occur: without depth from the simulated detector, with depth
    from the real one and from a depth sensor. Simulated depth is easier than either and would make it too hopeful."""
    inputs = (
        (1.0, motion_batches(validation, NoiseLevel(), depth_share=0.0)),
        (2.0, pair_batches(validation.pairs)),
        (0.5, pair_batches(validation.sensor)),
    )
    told = [(w, _signals_and_errors(predict(network, seen))) for w, b in inputs if (seen := list(b))]
    most = max(len(errors) for _, (_, errors) in told)
    repeated = [part for w, part in told for _ in range(max(1, round(w * most / len(part[1]))))]
    signals, errors = (np.concatenate(part) for part in zip(*repeated, strict=True))
    return fit_calibration(signals, errors)


def _signals_and_errors(outcome: Outcome) -> tuple[np.ndarray, np.ndarray]:
    """Of all frames together: [N,17,S], [N,17] m."""
    true = np.linalg.norm(outcome.predicted_m - outcome.target_m, axis=-1)
    return outcome.signals.reshape(-1, *outcome.signals.shape[2:]), true.reshape(-1, 17)


def evaluate(
    network: nn.Module, data: TrainingData, calibration: ErrorCalibration | None = None
) -> dict[str, Any]:
    """Scores of one split on simulated detections, perfect 2D, detector pairs, a depth sensor, exchanged sides."""
    sets = {
        "simulated": (motion_batches(data, NoiseLevel()), MOTION_FPS),
        "perfect_2d": (motion_batches(data, PERFECT, depth_share=0.0), MOTION_FPS),
        "pairs": (pair_batches(data.pairs), PAIRS_FPS),
        "sensor": (pair_batches(data.sensor), SENSOR_FPS),
    }
    found = {}
    for name, (batches, fps) in sets.items():
        if seen := list(batches):
            found[name] = scores(predict(network, seen), fps, calibration)
    return found | {"swaps": swap_scores(network, data)}


def publish(run: Path, data: Path, name: str, folder: Path = WEIGHTS, both_ways: bool = False) -> ModelCard:
    """Writes into `folder`: `name`.onnx, its card `name`.json, the training logs, and `start/name`.npz, the
    weights to start other trainings from. A causal network is published to be asked mirrored, too; both_ways: only
    the first two, for use on whole recordings (`lift.ways`). Raises UserError where `run` holds no trained network."""
    network, facts = load_trained(run)
    mirrored = network.config.causal and not both_ways
    network.config = replace(network.config, both_ways=both_ways, mirrored=mirrored)
    used = as_used(network)
    calibration = calibrate(used, load_split(data, "val"))
    test = evaluate(used, load_split(data, "test"), calibration)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    export(network, path, calibration)
    command = _command(facts) + (f"; ganbodypose export RUN --name {name} --both-ways" if both_ways else "")
    sha256 = sha256_of_file(path)
    card = ModelCard(
        name, *_licence_and_data(facts), command, facts["seed"], {"training": facts, "test": test}, sha256
    )
    (folder / f"{name}.json").write_text(card_text(card))
    if not both_ways:
        _keep_run(run, network, folder, name)
    return card


def _keep_run(run: Path, network: nn.Module, folder: Path, name: str) -> None:
    """The weights to start other trainings from, and the logs."""
    for part in ("start", "logs"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    save_weights(network, folder / "start" / f"{name}.npz")
    for log in run.glob("*.csv"):
        shutil.copyfile(log, folder / "logs" / f"{name}-{log.name}")


def card_text(card: ModelCard) -> str:
    """The card as JSON, with four decimals."""
    return re.sub(r"(\d\.\d{4})\d+", r"\1", json.dumps(asdict(card), indent=1)) + "\n"


def _licence_and_data(facts: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Own data are named as the user's mix names them, and their licence is the user's to know."""
    clips = ", ".join(f"{number} of {kind}" for kind, number in facts.get("clips", {}).items() if number)
    counts = (f"Clips: {clips}",) if clips else ()
    if not facts.get("mix"):
        return LICENCE, DATA + counts
    start = tuple(f"Of the weights it started from: {data}" for data in DATA) if facts["init"] else ()
    return "that of its data", (f"Own data: {', '.join(facts['mix'])}", *counts, *start)


def _command(facts: dict[str, Any]) -> str:
    start = f" --init {facts['init']}" if facts["init"] else ""
    budget = f"--cpu-minutes {facts['cpu_minutes']:g} --seed {facts['seed']}"
    usual, windows = TrainConfig(), ""
    for option, field in (("rendered", "pair_windows"), ("borrowed", "borrowed_windows")):
        asked = facts["config"].get(field, getattr(usual, field))
        windows += f" --{option} {asked}" if asked != getattr(usual, field) else ""
    return f"ganbodypose train --preset {facts['model']} {budget}{windows}{start}"
