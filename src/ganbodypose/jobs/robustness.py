"""A method under corrupted pictures or keypoints: curves of error and pose quality over the level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.corruption import LEVELS
from ganbodypose.corruption.keypoints import KEYPOINT_CORRUPTIONS
from ganbodypose.corruption.pictures import PICTURE_CORRUPTIONS
from ganbodypose.detect import DEFAULT_DETECTOR
from ganbodypose.io.atomic import make_folder, replacing
from ganbodypose.io.text import as_json_text
from ganbodypose.jobs.evaluate import protocol_named
from ganbodypose.protocols.lifting import LiftedBy
from ganbodypose.protocols.robustness import CLEAN, Condition, Frames, Robustness, summarise
from ganbodypose.protocols.score import Pair, Progress, run_trials, silent
from ganbodypose.protocols.trial import Trial
from ganbodypose.report.chart_page import write_robustness_page

ALL = (*PICTURE_CORRUPTIONS, *KEYPOINT_CORRUPTIONS)


@dataclass(frozen=True)
class RobustnessOptions:
    """corruptions: names, all that apply when empty; levels: which of 1 to 5; seconds: of each video, from its start;
    trials: of a dataset, spread over it."""

    corruptions: tuple[str, ...] = ()
    levels: tuple[int, ...] = LEVELS
    model: str = "live"
    detector: str = DEFAULT_DETECTOR
    seconds: float | None = None
    trials: int = 64

    def __post_init__(self) -> None:
        unknown = [name for name in self.corruptions if name not in ALL]
        if unknown:
            raise UserError(f"There is no corruption {unknown[0]!r}; choose from {', '.join(ALL)}.")
        if not self.levels or not set(self.levels) <= set(LEVELS):
            raise UserError("Levels are whole numbers from 1 to 5.")

    def conditions(self, among: Sequence[str]) -> list[Condition]:
        """The clean input, then every level of every corruption that applies."""
        chosen = [name for name in among if not self.corruptions or name in self.corruptions]
        if not chosen:
            raise UserError(f"None of the corruptions applies here; choose from {', '.join(among)}.")
        return [(CLEAN, 0), *((name, level) for name in chosen for level in sorted(self.levels))]


def robustness_on_dataset(
    protocol: str, data: Path, options: RobustnessOptions, progress: Progress = silent
) -> Robustness:
    """Corrupted keypoints of a protocol's trials, against the truth. progress(frames done, of how many)."""
    chosen, conditions = protocol_named(protocol), options.conditions(list(KEYPOINT_CORRUPTIONS))
    every = [trial for trial in chosen.trials(data) if trial.valid.any()]
    trials = every[:: max(1, len(every) // options.trials)][: options.trials]
    if not trials:
        raise UserError("There is nothing to evaluate: no recording belongs to this protocol.")
    subject, frames = LiftedBy(options.model), sum(map(len, trials))

    def outcomes() -> Iterator[tuple[Condition, Frames]]:
        for number, condition in enumerate(conditions, start=1):
            worse = [with_corruption(trial, condition, k) for k, trial in enumerate(trials)]
            outcome = run_trials(worse, subject, chosen.match)
            progress(number * frames, len(conditions) * frames)
            yield condition, Frames.together([_frames(pair) for pair in outcome.pairs])

    return summarise(options.model, protocol, "the dataset's truth", outcomes())


def _frames(pair: Pair) -> Frames:
    assert pair.pose_quality is not None and pair.expected_error_m is not None  # our networks say both
    return Frames(pair.predicted_m, pair.truth_m, pair.pose_quality, pair.expected_error_m)


def with_corruption(trial: Trial, condition: Condition, number: int) -> Trial:
    """The trial with corrupted keypoints; `number` makes those of each trial different."""
    name, level = condition
    if level == 0:
        return trial
    rng = np.random.default_rng([number, level, ALL.index(name)])
    return replace(trial, keypoints=KEYPOINT_CORRUPTIONS[name](trial.keypoints, level, rng))


def write_files(result: Robustness, folder: Path) -> list[Path]:
    """robustness.json and robustness.html in `folder`, which is made if missing."""
    path = make_folder(folder) / "robustness.json"
    with replacing(path) as part:
        part.write_text(as_json_text(result.as_json(), indent=1) + "\n", encoding="utf-8")
    return [path, write_robustness_page(folder / "robustness.html", result)]
