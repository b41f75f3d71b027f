"""How far measures of people in video lie off, against what the errors of their joints let one expect.

The Monte Carlo of `uncertainty` takes joints to err independently of each other, in all directions alike and for half a
second. Real errors last longer, go mostly along the view, and move whole limbs; what that makes of an angle or a speed
differs by measure. So each kind of measure has a factor, fitted on rendered people of the validation subjects
(`benchmarks/measure_accuracy.py --fit`), of gait on recorded walks (`gait_accuracy.py --fit`), such that 95 % of the
true values lie within 1.96 uncertainties.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from ganbodypose.quality.movement.measure import Measure

FACTORS = Path(str(files("ganbodypose.quality.movement"))) / "measured.json"


def kind_of(name: str) -> str:
    """Of a measure's name: both sides are one kind."""
    return name.removeprefix("left ").removeprefix("right ")


@cache
def factors() -> dict[str, float]:
    """By kind of measure."""
    return json.loads(FACTORS.read_text(encoding="utf-8"))


def as_measured(measures: dict[str, Measure]) -> dict[str, Measure]:
    """Measures of joints that were lifted from video, with the uncertainties that were found; kinds that were not
    tested stay as they are."""
    return {
        name: replace(measure, uncertainty=measure.uncertainty * factors().get(kind_of(name), 1.0))
        for name, measure in measures.items()
    }
