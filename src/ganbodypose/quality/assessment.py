"""Everything that can be said about one person's recording: how good the poses are, how the movement was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.geometry.camera import LEVEL_UP
from ganbodypose.quality.comparison.compare import Comparison, compare
from ganbodypose.quality.comparison.score import published_scales
from ganbodypose.quality.movement.angles import ANGLES
from ganbodypose.quality.movement.measure import Measure
from ganbodypose.quality.movement.repetitions import Repetitions, find_repetitions
from ganbodypose.quality.movement.summary import summarize
from ganbodypose.quality.pose import PoseQuality, assess_pose
from ganbodypose.quality.scoring.judged import JudgedExercise

_LEAST_FRAMES = 5
_UNEVEN_PERCENT = 15.0


@dataclass(frozen=True)
class Assessment:
    """Of one person: `measures` by plain names; comparison: with a reference, and exercise: how the repetitions were
    judged, if that was asked; `observations`: one sentence each, for people, about all but the exercise."""

    track_id: int
    frames: int
    duration_s: float
    pose: PoseQuality
    measures: dict[str, Measure]
    repetitions: Repetitions
    comparison: Comparison | None
    exercise: JudgedExercise | None
    observations: tuple[str, ...]

    @property
    def findings(self) -> tuple[str, ...]:
        """Everything in plain words, one sentence each."""
        return (*self.observations, *(self.exercise.findings if self.exercise else ()))

    def as_json(self) -> dict[str, Any]:
        """Plain values; what is not known is None."""
        return {
            "person": self.track_id,
            "frames": self.frames,
            "duration_s": round(self.duration_s, 4),
            "findings": list(self.findings),
            "pose": self.pose.as_json(),
            "measures": {name: measure.as_json() for name, measure in self.measures.items()},
            "repetitions": self.repetitions.as_json(),
            "comparison": self.comparison.as_json() if self.comparison else None,
            "exercise": self.exercise.as_json() if self.exercise else None,
        }


def assess_person(
    recording: PoseSequence,
    track_id: int,
    reference: PoseSequence | None = None,
    exercise: JudgedExercise | None = None,
) -> Assessment:
    """Of one person in a recording; `reference` holds the rows of one person, `exercise` says how this one's
    repetitions were judged and so which published repetitions the deviation from the reference is ranked among.
    UserError with fewer than five frames of the person, or too little to compare."""
    person = recording.person(track_id)
    if len(person) < _LEAST_FRAMES:
        raise UserError(
            f"Person {track_id} is in too few frames ({len(person)}); {_LEAST_FRAMES} are the least to assess."
        )
    joints = person.joints_3d_m.astype(np.float64)
    repetitions = find_repetitions(joints, person.time_s)
    spans_s = [(one.start_s, one.end_s) for one in repetitions.found]
    lifted = "model" in recording.meta
    measures = summarize(joints, person.expected_error_m, person.time_s, LEVEL_UP, spans_s, lifted)
    pose = assess_pose(recording, track_id)
    known = exercise.exercise if exercise and exercise.exercise in published_scales() else None
    comparison = compare(person, repetitions, reference, known) if reference is not None else None
    return Assessment(
        track_id=track_id,
        frames=len(person),
        duration_s=float(person.time_s[-1] - person.time_s[0]),
        pose=pose,
        measures=measures,
        repetitions=repetitions,
        comparison=comparison,
        exercise=exercise,
        observations=tuple(_observations(pose, measures, repetitions, comparison)),
    )


def _observations(
    pose: PoseQuality,
    measures: dict[str, Measure],
    repetitions: Repetitions,
    comparison: Comparison | None,
) -> Iterator[str]:
    yield pose.sentence()
    yield from (reason.sentence for reason in pose.reasons)
    walking = "gait, cadence" in measures
    if repetitions.count.value > 1 and (repetitions.alike or not walking):
        yield _repeating(repetitions)
    if walking:
        yield (
            f"Gait: {measures['gait, steps'].value:.0f} steps at {measures['gait, cadence'].value:.0f} per minute, "
            f"{measures['gait, step length'].value:.2f} m each."
        )
    yield from _asymmetries(measures)
    if comparison is not None:
        yield from comparison.findings()


def _repeating(repetitions: Repetitions) -> str:
    count = f"{repetitions.count.value:.0f}"
    if not repetitions.alike:
        return (
            f"Not one movement repeated: it turns {count} times, but not alike; if several exercises follow each "
            "other, run one at a time, with --start and --end."
        )
    return (
        f"{count} repetitions, one every {repetitions.period.value:.1f} s "
        f"({repetitions.tempo.value:.0f} per minute)."
    )


def _asymmetries(measures: dict[str, Measure]) -> Iterator[str]:
    """Where left and right differ by more than a notable amount, and by more than the joints' errors explain."""
    for angle in ANGLES:
        index = measures[f"{angle} symmetry, range of motion"]
        doubt = 2 * index.uncertainty if np.isfinite(index.uncertainty) else 0.0
        if abs(index.value) > max(_UNEVEN_PERCENT, doubt):
            left, right = (measures[f"{side} {angle}, range of motion"].value for side in ("left", "right"))
            yield f"Uneven: {angle} moves through {left:.0f} degrees on the left, {right:.0f} on the right."
