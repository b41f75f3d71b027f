"""Networks trained for equal CPU time on the same data, each in a folder of its own; what is done is not done again."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ganbodypose.core import UserError
from ganbodypose.training.detector_noise import NoiseLevel
from ganbodypose.training.loop import CHECKPOINT, TrainConfig
from ganbodypose.training.publish import load_trained
from ganbodypose.training.train import TrainOptions, ValidationMaker, train


@dataclass(frozen=True)
class Lesson:
    """What to train, for how long, on what noise, and how often to look at it."""

    model: str
    minutes: float
    noise: NoiseLevel = field(default_factory=NoiseLevel)
    validations: int = 1
    seed: int = 1


def train_equally(models: Sequence[str], minutes: float, data: Path, folder: Path) -> list[Path]:
    """The folders of the runs `folder`/MODEL, each trained for `minutes` of CPU time or already so."""
    return [learn(Lesson(model, minutes), data, folder / model) for model in models]


def learn(lesson: Lesson, data: Path, run: Path, validation: ValidationMaker | None = None) -> Path:
    """Trains into `run`, or goes on where it was stopped; the log goes to standard error."""
    if is_finished(lesson, run):
        return run
    config = TrainConfig(
        cpu_minutes=lesson.minutes,
        # A trifle late, so that the last time is at the end of training and not just before.
        validate_minutes=1.001 * lesson.minutes / lesson.validations,
        noise=lesson.noise,
        seed=lesson.seed,
    )
    run.mkdir(parents=True, exist_ok=True)
    with contextlib.redirect_stdout(sys.stderr):
        train(TrainOptions(lesson.model, data, run, config, resume=True), validation)
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
