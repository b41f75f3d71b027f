"""How well a model of this movement judges people it has never seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganbodypose.metrics.ranking import roc_auc
from ganbodypose.quality.scoring.model import Example, MovementModel, fit, own_references
from ganbodypose.quality.scoring.validation import interval_over_people, leave_one_person_out, share_correct

Fit = Callable[[str, Sequence[Example]], MovementModel]


@dataclass(frozen=True)
class CrossValidation:
    """Probability [n] of being correct for every example by a model that knew nothing of the person, and
    by one that also knew three good repetitions of theirs (NaN for those three); `good` and `person` [n]."""

    probability: np.ndarray
    probability_knowing_own: np.ndarray
    good: np.ndarray
    person: np.ndarray

    def summary(self) -> dict[str, Any]:
        """Accuracy with its 95 % interval over people, ROC AUC, accuracy by person; then with own repetitions."""
        own = np.isfinite(self.probability_knowing_own)
        return {
            "unknown_person": _summary(self.probability, self.good, self.person),
            "with_own_good_repetitions": _summary(
                self.probability_knowing_own[own], self.good[own], self.person[own]
            ),
        }


def _summary(probability: np.ndarray, good: np.ndarray, person: np.ndarray) -> dict[str, Any] | None:
    """None where nothing could be judged."""
    if not len(probability) or np.isnan(probability).any():
        return None
    by_person = share_correct(probability > 0.5, good, person)
    return {
        "accuracy": float(np.mean((probability > 0.5) == good)),
        "interval_95": interval_over_people(np.array(list(by_person.values()))),
        "roc_auc": roc_auc(probability, good),
        "by_person": by_person,
    }


def cross_validate(exercise: str, examples: Sequence[Example], fit: Fit = fit) -> CrossValidation:
    """Leave one person out: for each, everything (sides, features' scales, weights, calibration) is learned
    anew from the others. UserError as `fit`, also where the others are too few."""
    good = np.array([example.good for example in examples], bool)
    person = np.array([example.person for example in examples])
    probability, knowing_own = np.full((2, len(examples)), np.nan)
    references = own_references(examples)
    for fold in leave_one_person_out(person):
        model = fit(exercise, [examples[i] for i in np.flatnonzero(fold.train).tolist()])
        for i in np.flatnonzero(fold.test).tolist():
            repetition, own = examples[i].repetition, references.get(examples[i].own, [])
            probability[i] = model.judge(repetition).probability
            if own and i not in own:
                own_good = [examples[k].repetition for k in own]
                knowing_own[i] = model.judge(repetition, own_good).probability
    return CrossValidation(probability, knowing_own, good, person)
