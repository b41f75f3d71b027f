"""Leave one person out: nobody is ever in both the training and the test part of a fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Fold:
    """Rows [n] to train on and to test on; `person` [n] is checked when it is made."""

    train: np.ndarray
    test: np.ndarray
    person: np.ndarray

    def __post_init__(self) -> None:
        both = set(self.person[self.train]) & set(self.person[self.test])
        if both:
            raise ValueError(f"{', '.join(map(str, sorted(both)))} would be in both training and test")


def leave_one_person_out(person: np.ndarray) -> Iterator[Fold]:
    """One fold for each person, in sorted order."""
    for one in np.unique(person):
        yield Fold(person != one, person == one, person)


def out_of_fold(
    person: np.ndarray, fitted_score: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """Scores [n] of everybody by a model that knows only the others.

    `fitted_score(train, test)`, both masks [n], fits on the one and gives the scores of the other.
    """
    scores = np.full(len(person), np.nan)
    for fold in leave_one_person_out(person):
        scores[fold.test] = fitted_score(fold.train, fold.test)
    return scores


def share_correct(good_is_likelier: np.ndarray, good: np.ndarray, person: np.ndarray) -> dict[str, float]:
    """Each person's share of repetitions that were told rightly."""
    right = good_is_likelier == good
    return {str(one): float(right[person == one].mean()) for one in np.unique(person)}


def interval_over_people(shares: np.ndarray, draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the mean of `shares` [people], people being drawn with replacement."""
    rng = np.random.default_rng(seed)
    means = shares[rng.integers(len(shares), size=(draws, len(shares)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
