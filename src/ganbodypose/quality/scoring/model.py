"""MovementModel: what a movement is like when done correctly, learned from labelled repetitions.

    model = fit("squat", examples)         model.judge(repetition) -> Judgement

The score, 0 to 100, is a percentile among correct repetitions: the share of the correct repetitions in the
training data that were no better, each judged by a model that did not know that person. 50: as good as the
median correct repetition; 3: worse than 97 of 100. The probability of being correct takes correct and
incorrect to be equally frequent beforehand, and is unknown to a model that never saw an incorrect one.

Where good repetitions of the same person are known, `judge(repetition, own_good)` also compares with those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import expit

from ganbodypose.core import UserError
from ganbodypose.quality.scoring.canonical import ActiveSide
from ganbodypose.quality.scoring.features import Feature, Repetition
from ganbodypose.quality.scoring.linear import LinearScorer, fit_scorer, logistic_slope
from ganbodypose.quality.scoring.validation import out_of_fold

OWN_REPETITIONS = 3  # good ones of the same person that the personal scorer is trained for
_LEAST_GOOD = 5
_CORRECT_RANGE = (10, 90)  # percentiles of correct repetitions that are called usual


@dataclass(frozen=True)
class Example:
    """One repetition to learn from; `session` tells a person's recordings by different sensors apart."""

    repetition: Repetition
    good: bool
    person: str
    session: str = ""

    @property
    def own(self) -> tuple[str, str]:
        """What repetitions that may be compared as a person's own have in common."""
        return self.person, self.session


@dataclass(frozen=True)
class Calibration:
    """What a raw score means: the `slope` of its log-odds (NaN: no incorrect ones were seen) and the sorted
    scores [n] of correct repetitions by models that did not know the person. Their zero is not moved: from
    few people that would be mostly noise."""

    slope: float
    correct_scores: np.ndarray

    @staticmethod
    def learn(scores: np.ndarray, good: np.ndarray) -> Calibration:
        known = np.isfinite(scores)
        scores, good = scores[known], good[known]
        if good.all() or not good.any():
            return Calibration(np.nan, np.sort(scores[good]))
        return Calibration(logistic_slope(scores, good), np.sort(scores[good]))

    def probability(self, scores: np.ndarray) -> np.ndarray:
        return np.asarray(expit(self.slope * scores))

    def percentile(self, scores: np.ndarray) -> np.ndarray:
        rank = np.searchsorted(self.correct_scores, scores, side="right")
        return 100 * rank / max(1, len(self.correct_scores))


@dataclass(frozen=True)
class Judgement:
    """`score` in [0,100] and `probability` in [0,1] of being correct (NaN: unknown), as the module says.

    `values` and `contributions` [F] go with the model's features: what was measured, and what it added to the
    score (negative: spoke against). `mirrored`: done with the other side than most.
    """

    score: float
    probability: float
    values: np.ndarray
    contributions: np.ndarray
    mirrored: bool
    personal: bool


@dataclass(frozen=True)
class MovementModel:
    """A fitted model; `usual` [2,F] bounds the middle 80 % of correct repetitions, `repetition_s` is their
    median duration, `facts` say what it was fitted on and how well it did."""

    exercise: str
    features: tuple[Feature, ...]
    side: ActiveSide
    general: LinearScorer
    calibration: Calibration
    usual: np.ndarray
    repetition_s: float
    personal: LinearScorer | None = None
    personal_calibration: Calibration | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def judge(self, repetition: Repetition, own_good: Sequence[Repetition] = ()) -> Judgement:
        """Judge one repetition; `own_good` are good ones by the same person (best: three)."""
        values = _table([repetition], self.side)
        score = self.general.score(values)
        contributions, calibration = self.general.contributions(values), self.calibration
        use_own = bool(own_good) and self.personal is not None
        if use_own and self.personal is not None and self.personal_calibration is not None:
            change = values - _table(own_good, self.side).mean(0)
            score = score + self.personal.score(change)
            contributions = contributions + self.personal.contributions(change)
            calibration = self.personal_calibration
        return Judgement(
            score=float(calibration.percentile(score)[0]),
            probability=float(calibration.probability(score)[0]),
            values=values[0],
            contributions=contributions[0],
            mirrored=self.side.is_other(repetition.motion),
            personal=use_own,
        )


def fit(exercise: str, examples: Sequence[Example], facts: Mapping[str, Any] | None = None) -> MovementModel:
    """Learn a movement. UserError with fewer than five good repetitions.

    With one person only, the calibration is by repetitions and says nothing about other people.
    """
    good = np.array([example.good for example in examples], bool)
    if good.sum() < _LEAST_GOOD:
        raise UserError(f"{exercise}: give at least {_LEAST_GOOD} good repetitions, not {int(good.sum())}.")
    repetitions = [example.repetition for example in examples]
    side = ActiveSide.learn([repetition.motion for repetition in repetitions])
    features = tuple(repetitions[0].described(side))
    table, person = _table(repetitions, side), np.array([example.person for example in examples])
    usual = np.nan_to_num(_percentiles(table[good], _CORRECT_RANGE))
    durations = [repetition.duration_s for repetition, right in zip(repetitions, good, strict=True) if right]
    scores = _scores_of_strangers(table, good, person)
    return MovementModel(
        exercise,
        features,
        side,
        fit_scorer(table, good, person),
        Calibration.learn(scores, good),
        usual,
        float(np.median(durations)),
        *_fit_personal(table, good, examples, scores),
        facts=facts or {},
    )


def _table(repetitions: Sequence[Repetition], side: ActiveSide) -> np.ndarray:
    """[n,F]"""
    return np.array([list(repetition.described(side).values()) for repetition in repetitions])


def _percentiles(table: np.ndarray, percentiles: tuple[int, int]) -> np.ndarray:
    known = np.isfinite(table).any(0)
    result = np.full((len(percentiles), table.shape[1]), np.nan)
    result[:, known] = np.nanpercentile(table[:, known], percentiles, axis=0)
    return result


def _scores_of_strangers(table: np.ndarray, good: np.ndarray, person: np.ndarray) -> np.ndarray:
    """Scores [n] by models that do not know the person; where nobody else did it well, the repetition. NaN where
    what is left is no longer of the same classes."""

    def score(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        if not good[train].any() or good[train].all() != good.all():
            return np.full(int(test.sum()), np.nan)
        return fit_scorer(table[train], good[train], person[train]).score(table[test])

    scores = out_of_fold(person, score)
    return scores if np.isfinite(scores[good]).any() else out_of_fold(np.arange(len(person)), score)


def _fit_personal(
    table: np.ndarray, good: np.ndarray, examples: Sequence[Example], general_scores: np.ndarray
) -> tuple[LinearScorer | None, Calibration | None]:
    """The scorer of differences from a person's own first good repetitions; None unless two people at least
    have more than that, and bad ones."""
    change, usable = _changes_from_own(table, examples)
    labels, people = good[usable], np.array([example.person for example in examples])[usable]
    if labels.all() or not labels.any() or len(np.unique(people)) < 2:
        return None, None
    change = change[usable]

    def score(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        if labels[train].all() or not labels[train].any():
            return np.full(int(test.sum()), np.nan)
        return _fit_changes(change[train], labels[train], people[train]).score(change[test])

    calibration = Calibration.learn(out_of_fold(people, score) + general_scores[usable], labels)
    if np.isnan(calibration.slope):
        return None, None
    return _fit_changes(change, labels, people), calibration


def _fit_changes(change: np.ndarray, good: np.ndarray, person: np.ndarray) -> LinearScorer:
    return fit_scorer(change, good, person, centre=np.zeros(change.shape[1]))


def own_references(examples: Sequence[Example]) -> dict[tuple[str, str], list[int]]:
    """By person and session, the first OWN_REPETITIONS good examples; only where there are as many."""
    found: dict[tuple[str, str], list[int]] = {}
    for index, example in enumerate(examples):
        first = found.setdefault(example.own, [])
        if example.good and len(first) < OWN_REPETITIONS:
            first.append(index)
    return {own: first for own, first in found.items() if len(first) == OWN_REPETITIONS}


def _changes_from_own(table: np.ndarray, examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """Features [n,F] minus the mean of the person's own reference, and which rows can be used [n]: those with a
    reference that are not part of it."""
    references = own_references(examples)
    change, usable = np.full(table.shape, np.nan), np.zeros(len(table), bool)
    for index, example in enumerate(examples):
        reference = references.get(example.own)
        if reference and index not in reference:
            change[index] = table[index] - table[reference].mean(0)
            usable[index] = True
    return change, usable
