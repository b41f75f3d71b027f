"""From stamps to times."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ganbodypose.core import UserError
from ganbodypose.io.sources.clock import PresentationClock

MS = Fraction(1, 1000)


def times(
    stamps: list[int | None], origin: int | None = 0, period_s: float | None = 0.04
) -> list[float | None]:
    clock = PresentationClock(MS, origin, period_s)
    return [None if (t := clock.time_of(s)) is None else round(t, 9) for s in stamps]


def test_stamps_are_times() -> None:
    assert times([0, 40, 50, 1000]) == [0.0, 0.04, 0.05, 1.0]


def test_origin() -> None:
    assert times([5000, 5040], origin=5000) == [0.0, 0.04]
    assert times([5000, 5040], origin=None) == [0.0, 0.04]
    assert times([5040, 5080], origin=5000) == [0.04, 0.08]


def test_missing_stamps_go_on_at_the_stated_rate() -> None:
    assert times([None, None, None]) == [0.0, 0.04, 0.08]
    assert times([0, None, 100, None]) == [0.0, 0.04, 0.1, 0.14]


def test_missing_stamps_go_on_at_the_first_interval_when_no_rate_is_stated() -> None:
    assert times([0, 20, None, None], period_s=None) == [0.0, 0.02, 0.04, 0.06]


def test_no_rate_is_invented() -> None:
    with pytest.raises(UserError, match="neither times nor a frame rate"):
        times([None, None], period_s=None)


def test_repeated_and_slightly_early_stamps_are_left_out() -> None:
    assert times([0, 40, 40, 30, 80]) == [0.0, 0.04, None, None, 0.08]


def test_joined_recordings_go_on() -> None:
    assert times([0, 5000, 0, 100, 120]) == [0.0, 5.0, 5.04, 5.14, 5.16]


@pytest.mark.parametrize("time_base", [MS, Fraction(1, 90_000), Fraction(1001, 30_000)])
def test_stamp_is_the_inverse_of_seconds(time_base: Fraction) -> None:
    clock = PresentationClock(time_base, 123, None)
    assert clock.stamp(clock.seconds(1000)) in (999, 1000)
    assert clock.seconds(clock.stamp(10.0)) <= 10.0
