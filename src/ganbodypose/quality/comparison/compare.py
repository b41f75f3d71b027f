"""A recording against a reference, repetition by repetition; what repeats nothing is one repetition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.quality.comparison.deviation import PHASES, Deviation, deviation
from ganbodypose.quality.comparison.score import Scale, own_scale, published_scale
from ganbodypose.quality.movement.repetitions import Repetitions, find_repetitions
from ganbodypose.quality.repair.gaps import fill_gaps
from ganbodypose.skeletons import H36M_17

_MOST_REFERENCES = 10  # repetitions of the reference among which the most typical is chosen
_LEAST_ROWS = 5
_NOTABLE_M = 0.03

_Piece = tuple[np.ndarray, np.ndarray]  # joints [T,17,3] m, times [T] s


@dataclass(frozen=True)
class Comparison:
    """deviations: one per repetition, in time order; scores [0,100] of the same, on `scale`. expected_error_m: of a
    joint of the recording and of the reference, in the median; NaN where a file states none."""

    deviations: tuple[Deviation, ...]
    scores: tuple[float, ...]
    scale: Scale
    expected_error_m: tuple[float, float]

    @property
    def score(self) -> float:
        """The median repetition's."""
        return float(np.median(self.scores))

    @property
    def worst(self) -> Deviation:
        """The repetition that deviates most."""
        return max(self.deviations, key=lambda one: one.mean_m)

    def by_joint(self) -> np.ndarray:
        """Mean deviations [17] m over the repetitions."""
        return np.mean([one.by_joint() for one in self.deviations], axis=0)

    def by_phase(self) -> dict[str, np.ndarray]:
        """Mean deviations [17] m of each phase over the repetitions."""
        phases = [one.by_phase() for one in self.deviations]
        return {name: np.nanmean([phase[name] for phase in phases], axis=0) for name in PHASES}

    def findings(self) -> list[str]:
        """In plain words: the score, then where it goes wrong."""
        mean_mm = 1000 * np.mean([one.mean_m for one in self.deviations])
        lines = [
            f"Against the reference: {self.score:.0f} of 100. Of {self.scale.source}, {self.score:.0f} % are at least "
            f"as far from their reference; joints are off by {mean_mm:.0f} mm on average."
        ]
        phases = self.by_phase()
        table = np.stack([phases[name] for name in PHASES])
        phase, joint = np.unravel_index(np.nanargmax(table), table.shape)
        if table[phase, joint] > _NOTABLE_M:
            lines.append(
                f"Most different is the {H36M_17.joints[joint].replace('_', ' ')} at the "
                f"{PHASES[phase]}: {1000 * table[phase, joint]:.0f} mm off."
            )
        own, reference = (1000 * error for error in self.expected_error_m)
        if np.isfinite([own, reference]).all():
            lines.append(
                f"The poses are expected to be off by {own:.0f} mm, those of the reference by {reference:.0f} mm: "
                "differences no larger than that may be errors of measurement."
            )
        return lines

    def as_json(self) -> dict[str, Any]:
        """Plain values, lengths in mm."""
        named = lambda lengths: dict(zip(H36M_17.joints, (1000 * lengths).round(1).tolist(), strict=True))  # noqa: E731
        return {
            "score": round(self.score, 1),
            "percentile_among": self.scale.source,
            "repetitions": [
                {
                    "start_s": round(float(one.own_s[0]), 3),
                    "end_s": round(float(one.own_s[-1]), 3),
                    "score": round(score, 1),
                    "mean_deviation_mm": round(1000 * one.mean_m, 1),
                    "deviation_mm": named(one.by_joint()),
                }
                for one, score in zip(self.deviations, self.scores, strict=True)
            ],
            "phases_mm": {name: named(lengths) for name, lengths in self.by_phase().items()},
        }


def compare(
    person: PoseSequence, repetitions: Repetitions, reference: PoseSequence, exercise: str | None = None
) -> Comparison:
    """`person`, in these repetitions, against `reference`; both hold the rows of one person in time order.
    `exercise` chooses the published scale of that name. UserError where too little of either is known."""
    own = pieces(person, repetitions, "the recording")
    of_reference = find_repetitions(reference.joints_3d_m.astype(np.float64), reference.time_s)
    typical, others_m = most_typical(pieces(reference, of_reference, "the reference")[:_MOST_REFERENCES])
    deviations = tuple(deviation(*piece, *typical) for piece in own)
    scale = (None if exercise else own_scale(others_m)) or published_scale(exercise)
    scores = tuple(scale.score(one.mean_m) for one in deviations)
    return Comparison(deviations, scores, scale, (_expected_error_m(person), _expected_error_m(reference)))


def _expected_error_m(person: PoseSequence) -> float:
    """Of the joints but the pelvis, from which the others count."""
    known = person.expected_error_m[:, 1:]
    known = known[np.isfinite(known)]
    return float(np.median(known)) if known.size else np.nan


def pieces(person: PoseSequence, repetitions: Repetitions, whose: str) -> list[_Piece]:
    """The repetitions' joints and times, short gaps filled; everything, where nothing repeats itself or what does is
    not alike. UserError about `whose` where all are too short or have too many gaps."""
    joints = fill_gaps(person.joints_3d_m.astype(np.float64), person.time_s)
    known = np.isfinite(joints).all((1, 2))
    spans = [(one.start_s, one.end_s) for one in repetitions.found]
    if len(spans) < 2 or not repetitions.alike:
        spans = [(-np.inf, np.inf)]
    rows = [known & (person.time_s >= start) & (person.time_s <= end) for start, end in spans]
    found = [(joints[r], person.time_s[r]) for r in rows if r.sum() >= _LEAST_ROWS]
    if not found:
        raise UserError(
            f"Too little of {whose} can be compared: {_LEAST_ROWS} frames with all joints are the least; repair "
            "it (`ganbodypose convert --gaps repair`) or take a longer one."
        )
    return found


def most_typical(candidates: list[_Piece]) -> tuple[_Piece, np.ndarray]:
    """The repetition that is nearest to all others, and their deviations from it in m."""
    distances = np.zeros((len(candidates), len(candidates)))
    for i, own in enumerate(candidates):
        for j, other in enumerate(candidates[:i]):
            distances[i, j] = distances[j, i] = deviation(*own, *other).mean_m
    best = int(np.argmin(distances.sum(1)))
    return candidates[best], np.delete(distances[best], best)
