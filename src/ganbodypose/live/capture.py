"""When each picture was taken, by the clock of this computer; and files replayed at their own rate."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from ganbodypose.core import VideoFrame


@dataclass(frozen=True)
class Captured:
    """A picture and when it came, in seconds of `time.monotonic`."""

    frame: VideoFrame
    captured_s: float


def as_they_come(frames: Iterable[VideoFrame]) -> Generator[Captured, None, None]:
    """Each picture is captured when the source hands it over."""
    for frame in frames:
        yield Captured(frame, time.monotonic())


def in_real_time(frames: Iterable[VideoFrame]) -> Generator[Captured, None, None]:
    """A recording as a camera would give it: each picture is captured when its time has come.

    A picture that is decoded too late still counts from its time, since a camera would have had it then.
    """
    start_s: float | None = None
    for frame in frames:
        if start_s is None:
            start_s = time.monotonic() - frame.time_s
        captured_s = start_s + frame.time_s
        time.sleep(max(captured_s - time.monotonic(), 0.0))
        yield Captured(frame, captured_s)
