"""Networks trained for equal CPU time on the same data, each in a folder of its own; what is done is not done again."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from torch import nn

from ganbodypose.core import UserError
from ganbodypose.metrics.evaluate import PCK_JOINTS
from ganbodypose.metrics.pose import pck
from ganbodypose.model.config import PRESETS
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData, load_split
from ganbodypose.training.detector_noise import NoiseLevel
from ganbodypose.training.evaluation import motion_batches, position_error_m, predict
from ganbodypose.training.loop import CHECKPOINT
from ganbodypose.training.publish import load_trained
from ganbodypose.training.train import RUN, TrainOptions, train

loaded_split = cache(load_split)  # many networks learn from and are judged on the same data
SHARED = "shared_with"  # in the facts of a run: another run's training, not counted twice
_WINDOWS = 96  # of the validation split, to look at a network while it learns


@dataclass(frozen=True)
class Lesson:
    """What to train, for how long, on what noise, and how often to look at it."""

    model: str
    minutes: float
    noise: NoiseLevel = field(default_factory=NoiseLevel)
    validations: int = 1
    seed: int = 1


class Accuracy:
    """Share of joints within 150 mm, and MPJPE, on windows of the validation split under one noise level."""

    def __init__(self, data: TrainingData, noise: NoiseLevel) -> None:
        self._batches = list(motion_batches(data, noise, limit=_WINDOWS))

    def __call__(self, network: nn.Module) -> dict[str, float]:
        outcome = predict(network, self._batches)
        share = pck(outcome.predicted_m[..., PCK_JOINTS, :], outcome.target_m[..., PCK_JOINTS, :])
        return {"mpjpe_mm": 1000 * float(position_error_m(outcome).mean()), "pck150": share}


def train_equally(models: Sequence[str], minutes: float, data: Path, folder: Path) -> list[Path]:
    """The folders of the runs `folder`/MODEL, each trained for `minutes` of CPU time or already so.

    Networks that only differ in how they are used (`studio` is `live` both ways) are trained once.
    """
    return [_learn_or_share(Lesson(model, minutes), data, folder) for model in models]


def _learn_or_share(lesson: Lesson, data: Path, folder: Path) -> Path:
    run, twin = folder / lesson.model, _trained_alike(lesson.model)
    if twin is not None and not is_finished(lesson, run):
        trained = learn(replace(lesson, model=twin), data, folder / twin)
        facts = json.loads((trained / RUN).read_text()) | {"model": lesson.model, SHARED: twin}
        run.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(trained / CHECKPOINT, run / CHECKPOINT)
        (run / RUN).write_text(json.dumps(facts, indent=1) + "\n")
    return learn(lesson, data, run)


def _trained_alike(model: str) -> str | None:
    """The preset whose training is that of `model`, which is used both ways."""
    if model not in PRESETS or not PRESETS[model].both_ways:
        return None
    alike = replace(PRESETS[model], both_ways=False)
    return next((name for name, config in PRESETS.items() if config == alike), None)


def trained_already(models: Sequence[str], folder: Path) -> list[Path]:
    """Those of the runs `folder`/MODEL that are there and have spent the time they were given."""
    return [folder / model for model in models if has_ended(folder / model)]


def minutes_spent(folder: Path) -> float:
    """CPU minutes of all trainings in `folder` together."""
    trained = [load_trained(checkpoint.parent)[1] for checkpoint in folder.glob(f"*/{CHECKPOINT}")]
    return sum(facts["cpu_minutes"] for facts in trained if SHARED not in facts)


def has_ended(run: Path) -> bool:
    """Whether `run` holds a training that went on to its end."""
    if not (run / CHECKPOINT).exists():
        return False
    _, facts = load_trained(run)
    return bool(facts["cpu_minutes"] >= round(facts["config"]["cpu_minutes"], 1))


def learn(lesson: Lesson, data: Path, run: Path) -> Path:
    """Trains into `run`, or goes on where it was stopped; the log goes to standard error."""
    if is_finished(lesson, run):
        return run
    config = TrainConfig(
        cpu_minutes=lesson.minutes,
        # A trifle late, so that the last time is at the end of training and not just before.
        validate_minutes=1.001 * lesson.minutes / lesson.validations,
        checkpoint_minutes=min(3.0, lesson.minutes / 5),
        # Not most of a short training.
        warmup_steps=min(TrainConfig.warmup_steps, round(20 * lesson.minutes)),
        noise=lesson.noise,
        seed=lesson.seed,
    )
    run.mkdir(parents=True, exist_ok=True)
    with contextlib.redirect_stdout(sys.stderr):
        options = TrainOptions(lesson.model, data, run, config, resume=True)
        train(options, lambda validation: Accuracy(validation, lesson.noise), loaded_split)
    return run


def is_finished(lesson: Lesson, run: Path) -> bool:
    """Whether `run` holds what the lesson asks for; UserError where it holds another network."""
    if not (run / CHECKPOINT).exists():
        return False
    _, facts = load_trained(run)
    if facts["model"] != lesson.model:
        raise UserError(
            f"{run} holds a run of {facts['model']}, not of {lesson.model}: choose another folder."
        )
    return bool(facts["cpu_minutes"] >= round(lesson.minutes, 1))
