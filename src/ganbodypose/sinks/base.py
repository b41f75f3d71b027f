"""What a sink is, and what several of them share."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ganbodypose.core import FrameResult, PersonResult
from ganbodypose.live.pipeline import LiveFrame

_HOLD_S = 1.0


class Sink(Protocol):
    """One receiver. All methods are called on one thread; `send` may take its time and may raise.

    name: for people. waiting: how many frames may wait for it. lost: frames that a receiver behind it was too
    slow for, so far. `open` raises UserError for what the user can mend (a port in use, a missing package). After an
    error, `close` and `open` are called before the next `send`.
    """

    name: str
    waiting: int
    lost: int

    def open(self) -> None: ...
    def send(self, live: LiveFrame) -> None: ...
    def close(self) -> None: ...


class OnePerson:
    """Picks one person of each frame, for receivers of one: the same as before while there, else the first."""

    def __init__(self) -> None:
        self._track_id: int | None = None
        self._seen_s = 0.0

    def of(self, result: FrameResult) -> PersonResult | None:
        """None where nobody is there, or the one followed is away for less than a second."""
        known = None if self._track_id is None else result.person(self._track_id)
        waiting = self._track_id is not None and 0 <= result.time_s - self._seen_s < _HOLD_S
        person = known or (None if waiting else next(iter(result.persons), None))
        if person is not None:
            self._track_id, self._seen_s = person.track_id, result.time_s
        return person


def is_complete(person: PersonResult) -> bool:
    """All joints and the place of the pelvis are known."""
    return bool(np.isfinite(person.joints_3d_m).all() and np.isfinite(person.root_camera_m).all())
