"""What a deviation is worth: a percentile among correct repetitions.

A score of 70 says: of correct repetitions, 70 % deviate from their reference at least as much as this one. Correct
repetitions are UI-PRMD's of the exercise where that is known, each compared with another person's
(`benchmarks/correct_repetitions.py`, subjects 1 to 7); otherwise those of the reference recording itself, or of all ten
movements of UI-PRMD where it holds too few.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from ganbodypose.core import UserError

LEAST_OWN = 5
_TABLE = "correct_repetitions.json"


@dataclass(frozen=True)
class Scale:
    """Deviations of correct repetitions [N] m, and whose they are, in words."""

    deviations_m: np.ndarray
    source: str

    def score(self, deviation_m: float) -> float:
        """0 to 100: the percentage of correct repetitions that deviate at least as much."""
        order = np.sort(self.deviations_m)
        above = len(order) - np.searchsorted(order, deviation_m, side="left")
        return 100 * float(above) / len(order)


def own_scale(deviations_m: np.ndarray) -> Scale | None:
    """Of the reference recording's own repetitions; None where they are too few to rank among."""
    if len(deviations_m) < LEAST_OWN:
        return None
    return Scale(np.asarray(deviations_m), f"the reference's own {len(deviations_m)} other repetitions")


def published_scale(exercise: str | None = None) -> Scale:
    """Of an exercise by its name ('deep squat'), or of all ten; UserError for a name that is not among them."""
    table = _table()
    if exercise is None:
        return Scale(
            np.concatenate(list(table.values())), "correct repetitions of ten rehabilitation movements"
        )
    if exercise not in table:
        raise UserError(f"No exercise is called {exercise!r}; known are {', '.join(table)}.")
    return Scale(table[exercise], f"correct repetitions of the {exercise}")


def published_scales() -> tuple[str, ...]:
    """The exercises that `published_scale` knows."""
    return tuple(_table())


@cache
def _table() -> dict[str, np.ndarray]:
    """Percentiles 0 to 100 of deviations in m, by exercise."""
    text = (files("ganbodypose.quality.comparison") / _TABLE).read_text(encoding="utf-8")
    return {name: np.array(values) / 1000 for name, values in json.loads(text)["deviation_mm"].items()}
