"""Everything that can be said about one person's recording: how good the poses are, how the movement was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.geometry.camera import LEVEL_UP
from ganbodypose.quality.movement.measure import Measure
from ganbodypose.quality.movement.repetitions import Repetitions, find_repetitions
from ganbodypose.quality.movement.summary import summarize

_LEAST_FRAMES = 5


@dataclass(frozen=True)
class Assessment:
    """Of one person: `measures` by plain names; `findings` one sentence each, for people."""

    track_id: int
    frames: int
    duration_s: float
    measures: dict[str, Measure]
    repetitions: Repetitions
    findings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values; what is not known is None."""
        return {
            "person": self.track_id,
            "frames": self.frames,
            "duration_s": round(self.duration_s, 4),
            "findings": list(self.findings),
            "measures": {name: measure.as_json() for name, measure in self.measures.items()},
            "repetitions": self.repetitions.as_json(),
        }


def assess_person(person: PoseSequence) -> Assessment:
    """`person` holds the rows of one person in time order. UserError with fewer than five frames."""
    if len(person) < _LEAST_FRAMES:
        raise UserError(
            f"The recording holds {len(person)} frames of the person; {_LEAST_FRAMES} are the least."
        )
    joints = person.joints_3d_m.astype(np.float64)
    measures = summarize(joints, person.expected_error_m, person.time_s, LEVEL_UP)
    repetitions = find_repetitions(joints, person.time_s)
    return Assessment(
        track_id=int(person.track_id[0]),
        frames=len(person),
        duration_s=float(person.time_s[-1] - person.time_s[0]),
        measures=measures,
        repetitions=repetitions,
        findings=tuple(_findings(repetitions)),
    )


def _findings(repetitions: Repetitions) -> Iterator[str]:
    if repetitions.count.value > 1:
        yield (
            f"{repetitions.count.value:.0f} repetitions, one every {repetitions.period.value:.1f} s "
            f"({repetitions.tempo.value:.0f} per minute)."
        )
