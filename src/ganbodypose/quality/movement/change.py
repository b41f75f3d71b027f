"""What changed from one recording to another, and whether the errors of the joints could explain it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ganbodypose.quality.movement.measure import Measure

SURE = 1.96  # standard deviations beyond which 5 % lie


@dataclass(frozen=True)
class Change:
    """One measure in an earlier and a later recording."""

    name: str
    before: Measure
    after: Measure

    @property
    def difference(self) -> float:
        return self.after.value - self.before.value

    @property
    def uncertainty(self) -> float:
        """What the errors of both recordings' joints make of the difference, as independent; NaN where unknown."""
        return float(np.hypot(self.before.uncertainty, self.after.uncertainty))

    @property
    def is_clear(self) -> bool:
        """The errors of the joints alone would make so large a difference less than once in twenty times."""
        return bool(abs(self.difference) > SURE * self.uncertainty)


def changes(before: Mapping[str, Measure], after: Mapping[str, Measure]) -> list[Change]:
    """Of the measures that both recordings have; the clearest first, those of unknown uncertainty last."""
    both = [Change(name, before[name], after[name]) for name in before if name in after]
    known = [change for change in both if np.isfinite(change.difference)]
    return sorted(known, key=lambda change: -_clearness(change))


def _clearness(change: Change) -> float:
    return abs(change.difference) / change.uncertainty if change.uncertainty > 0 else 0.0
