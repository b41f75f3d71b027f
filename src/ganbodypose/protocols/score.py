"""All metrics of a subject on the trials of a protocol, overall and by group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.metrics.evaluate import evaluate_poses
from ganbodypose.protocols.trial import Prediction, Subject, Trial

SIDE_BY_SIDE = 64  # trials that a subject is given at once

# Where a protocol is the mean over its groups (Human3.6M: 15 actions), these are such means; counts stay sums.
_GROUP_MEANS = (
    "mpjpe_mm",
    "pa_mpjpe_mm",
    "n_mpjpe_mm",
    "mpjve_mm_per_s",
    "acceleration_error_mm_per_s2",
    "pck150",
    "auc",
)


@dataclass(frozen=True)
class Pair:
    """What is compared: predicted_m and truth_m [N,17,3] m in one frame; time_step [N]: consecutive numbers are
    consecutive frames; expected_error_m [N,17] or None."""

    predicted_m: np.ndarray
    truth_m: np.ndarray
    time_step: np.ndarray
    expected_error_m: np.ndarray | None = None
    pose_quality: np.ndarray | None = None


Match = Callable[[Trial, Prediction], Pair]
Progress = Callable[[int, int | None], object]


def silent(done: int, total: int | None) -> None:
    """No progress is shown."""
    del done, total


def valid_frames(trial: Trial, prediction: Prediction) -> Pair:
    """The frames that count, as they are."""
    if len(prediction.joints_m) != len(trial):
        raise UserError(
            f"The prediction for {trial.name} has {len(prediction.joints_m)} frames, but the recording has "
            f"{len(trial)}; give one pose per frame."
        )
    rows = np.flatnonzero(trial.valid)
    cut = lambda values: None if values is None else values[rows]  # noqa: E731
    return Pair(
        prediction.joints_m[rows],
        trial.truth_m[rows],
        rows,
        cut(prediction.expected_error_m),
        cut(prediction.pose_quality),
    )


@dataclass(frozen=True)
class Outcome:
    """Everything that was compared, trial after trial: group and name [trials], one `Pair` each, at one rate."""

    groups: Sequence[str]
    names: Sequence[str]
    pairs: Sequence[Pair]
    fps: float | None

    def scores(self, group: str | None = None) -> dict[str, Any]:
        """`metrics.evaluate_poses` of all trials, or of those of one group."""
        chosen = [pair for pair, g in zip(self.pairs, self.groups, strict=True) if group in (None, g)]
        expected = [pair.expected_error_m for pair in chosen if pair.expected_error_m is not None]
        return evaluate_poses(
            np.concatenate([pair.predicted_m for pair in chosen]),
            np.concatenate([pair.truth_m for pair in chosen]),
            np.concatenate(expected) if len(expected) == len(chosen) else None,
            fps=self.fps,
            sequence_id=_runs([pair.time_step for pair in chosen]),
        )


def run_trials(
    trials: Iterable[Trial],
    subject: Subject,
    match: Match = valid_frames,
    progress: Progress = silent,
    total: int | None = None,
) -> Outcome:
    """What `subject` makes of `trials`, which are read as they are needed. progress(frames done, `total`)."""
    groups, names, pairs, rates = [], [], [], set()
    done = 0
    for some in _chunks(trials, SIDE_BY_SIDE):
        for trial, prediction in zip(some, subject.predict(some), strict=True):
            groups.append(trial.group)
            names.append(trial.name)
            pairs.append(match(trial, prediction))
            rates.add(trial.fps)
            done += len(trial)
        progress(done, total)
    if not pairs:
        raise UserError("There is nothing to evaluate: no recording belongs to this protocol.")
    return Outcome(groups, names, pairs, rates.pop() if len(rates) == 1 else None)


def scores_by_the_book(outcome: Outcome, mean_over_groups: bool) -> dict[str, Any]:
    """Overall scores under plain names, and those of each group under `by_group`.

    mean_over_groups: position errors are the mean of the groups' means, as Human3.6M's protocols have it.
    """
    by_group = {group: outcome.scores(group) for group in dict.fromkeys(outcome.groups)}
    overall = outcome.scores()
    if mean_over_groups:
        means = {n: float(np.mean([g[n] for g in by_group.values()])) for n in _GROUP_MEANS if n in overall}
        overall |= means
    return overall | {"by_group": by_group if len(by_group) > 1 else {}}


def _runs(time_steps: Sequence[np.ndarray]) -> np.ndarray:
    """A number for each run of consecutive frames; frames of different runs are never subtracted."""
    starts = [np.diff(steps, prepend=-2) != 1 for steps in time_steps]
    return np.cumsum(np.concatenate(starts))


def _chunks(trials: Iterable[Trial], size: int) -> Iterator[list[Trial]]:
    iterator = iter(trials)
    while some := list(islice(iterator, size)):
        yield some


def flat(scores: Mapping[str, Any]) -> dict[str, float | int]:
    """Only the plain numbers, for a table."""
    return {name: value for name, value in scores.items() if isinstance(value, (int, float))}
