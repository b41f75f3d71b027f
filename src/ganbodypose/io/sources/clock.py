"""Stamps of a stream -> presentation times."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.stream import VideoStream

from ganbodypose.core import UserError

RESTART_S = 1.0  # a larger step back is another recording joined on, a smaller one a faulty stamp


@dataclass(frozen=True)
class Section:
    """The frames with start_s <= time_s < end_s."""

    start_s: float = 0.0
    end_s: float = float("inf")


def time_base_of(stream: VideoStream) -> Fraction:
    """Seconds between two stamps; whether PyAV gives a Fraction (before 19) or a rational number of its own."""
    unit = stream.time_base or Fraction(1, av.time_base)
    return Fraction(unit.numerator, unit.denominator)


class PresentationClock:
    """Seconds since the stream's start, strictly increasing, from stamps in units of `time_base` seconds.

    `origin` is the stamp of time 0 (None: the first stamp seen), `period_s` the frame period that the
    container states (None: unknown, then the first interval is taken).

    A missing stamp is the last time plus one period. A stamp that repeats or steps back a little gives None:
    the picture would never be seen. After a large step back, time goes on one period after the last.
    """

    def __init__(self, time_base: Fraction, origin: int | None, period_s: float | None) -> None:
        self._time_base = time_base
        self._origin = origin
        self._period_s = period_s
        self._joined_s = 0.0
        self._last_s: float | None = None

    def seconds(self, stamp: int) -> float:
        """What the container says, unmended."""
        if self._origin is None:
            self._origin = stamp
        return (stamp - self._origin) * self._time_base.numerator / self._time_base.denominator

    def stamp(self, time_s: float) -> int:
        """The inverse of `seconds`."""
        return int(time_s / self._time_base) + (self._origin or 0)

    def time_of(self, stamp: int | None) -> float | None:
        """Time of the next picture, or None where it must be left out."""
        time_s = self._next() if stamp is None else self.seconds(stamp) + self._joined_s
        if self._last_s is not None:
            if time_s < self._last_s - RESTART_S:
                self._joined_s += self._next() - time_s
                time_s = self._next()
            elif time_s <= self._last_s:
                return None
            self._period_s = self._period_s or time_s - self._last_s
        self._last_s = time_s
        return time_s

    def _next(self) -> float:
        if self._last_s is None:
            return 0.0
        if not self._period_s:
            raise UserError("The video states neither times nor a frame rate; convert it to MP4.")
        return self._last_s + self._period_s
