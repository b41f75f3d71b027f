"""What a movement model says about the repetitions of one recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_POOR_SCORE = 10


@dataclass(frozen=True)
class JudgedRepetition:
    """`score` 0 to 100 is a percentile among correct repetitions, `probability` that it is correct (None where
    the model never saw an incorrect one), `reasons` what spoke against it."""

    start_s: float
    end_s: float
    score: float
    probability: float | None
    reasons: tuple[str, ...]

    @property
    def poor(self) -> bool:
        """More likely incorrect than not; where that is unknown, among the worst tenth of correct ones."""
        return self.score < _POOR_SCORE if self.probability is None else self.probability < 0.5

    def told(self, number: int) -> str:
        chance = "" if self.probability is None else f", probability of being correct {self.probability:.0%}"
        why = f": {'; '.join(self.reasons)}" if self.reasons else ""
        return f"Repetition {number} (at {self.start_s:.1f} s): score {self.score:.0f}{chance}{why}."

    def as_json(self) -> dict[str, Any]:
        return {
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "score": round(self.score, 1),
            "probability": None if self.probability is None else round(self.probability, 3),
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True)
class JudgedExercise:
    """All repetitions of one recording, judged by one model; caution: why to believe it less, in one sentence."""

    exercise: str
    repetitions: tuple[JudgedRepetition, ...]
    caution: str = ""

    @property
    def median_score(self) -> float:
        return float(np.median([one.score for one in self.repetitions]))

    @property
    def summary(self) -> str:
        """All repetitions in one sentence."""
        sure = [one for one in self.repetitions if one.probability is not None]
        right = (
            f"{sum(not one.poor for one in sure)} of {len(sure)} repetitions likely correct, " if sure else ""
        )
        score = f"median score {self.median_score:.0f} of 100 (percentile among correct repetitions)"
        return f"{self.title}: {right}{score}."

    @property
    def findings(self) -> tuple[str, ...]:
        """The summary, and one sentence for each repetition that is more likely incorrect than not."""
        return (
            self.summary,
            *([self.caution] if self.caution else []),
            *(one.told(number) for number, one in enumerate(self.repetitions, 1) if one.poor),
        )

    @property
    def title(self) -> str:
        return self.exercise[:1].upper() + self.exercise[1:]

    def as_json(self) -> dict[str, Any]:
        return {"name": self.exercise, "repetitions": [one.as_json() for one in self.repetitions]}
