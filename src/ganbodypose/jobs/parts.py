"""A long recording in parts, each followed by a process of its own at the same time, then joined.

Only the people and their keypoints are found in parts: that is nearly all of the work. They are lifted over the
whole recording afterwards, so the lifting knows no joins. A part begins at a key frame, WARM_UP_S before the join,
and goes on for TAIL_S after the next one. So neighbours share more than the time for which a tracker remembers
somebody out of sight; `track.joining` finds out who is who, and where between the two the next part can be taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Event

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.io.sources.key_frames import KeyFrames, key_frames
from ganbodypose.io.video import open_video
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.worker_process import WorkerProcess
from ganbodypose.track import Tracked, join

WARM_UP_S, TAIL_S = 2.0, 2.0
LEAST_S = 30.0  # a shorter part is not worth a process
ATTEMPTS = 2
_LISTEN_S = 0.2  # how soon Ctrl-C is noticed


@dataclass(frozen=True)
class Part:
    """Followed from start_s to end_s (None: to the end), taken from about join_s to until_s."""

    start_s: float
    join_s: float
    until_s: float = np.inf
    end_s: float | None = None

    def takes(self, tracked: Tracked) -> bool:
        return self.join_s <= tracked.time_s < self.until_s


@dataclass(frozen=True)
class PartEnd:
    """The last that a worker says: what was wrong with the source."""

    warning: str | None
    is_damaged: bool


@dataclass(frozen=True)
class Followed:
    """Everybody in a whole recording, and what was wrong with it."""

    tracked: list[Tracked]
    warnings: tuple[str, ...]
    is_damaged: bool


def parts_of(source: str, options: RunOptions) -> list[Part]:
    """At most `options.parts` of a video file; none where it is too short or cannot be entered in the middle, and
    with a limit of persons (who the main subjects are is decided where a tracker begins, so in each part anew) or in
    slow motion, whose key frames have other times."""
    alone = options.persons is not None or options.filmed_fps is not None
    if options.parts == 1 or alone or not Path(source).is_file():
        return []
    return plan(key_frames(Path(source)), options.start_s or 0.0, options.end_s, options.parts)


def plan(frames: KeyFrames, start_s: float, end_s: float | None, most: int) -> list[Part]:
    """Parts of about the same length, at most so many; none where there would be one only."""
    last_s = min(frames.last_s, np.inf if end_s is None else end_s)
    starts = _starts(frames, start_s, last_s, min(most, int((last_s - start_s) // LEAST_S)))
    if len(starts) < 2:
        return []
    joins = [start_s, *(start + WARM_UP_S for start in starts[1:])]
    ends = [*(join_s + TAIL_S for join_s in joins[1:]), end_s]
    return [Part(*part) for part in zip(starts, joins, [*joins[1:], np.inf], ends, strict=True)]


def _starts(frames: KeyFrames, start_s: float, last_s: float, count: int) -> list[float]:
    """The start, and the key frames that come nearest to equal parts; fewer where key frames are rare."""
    starts = [start_s]
    for k in range(1, count):
        wanted = start_s + (last_s - start_s) * k / count - WARM_UP_S
        nearest = min(frames.times_s, key=lambda time_s: abs(time_s - wanted))
        if min(nearest - starts[-1], last_s - nearest) >= LEAST_S / 2:
            starts.append(nearest)
    return starts


def follow(
    source: str,
    options: RunOptions,
    parts: Sequence[Part],
    stop: Event,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Followed:
    """Everybody in all parts, a process for each at the same time; on_progress(pictures done, people in the last).

    A process that dies is replaced, once. UserError where it dies again or the source cannot be used;
    KeyboardInterrupt when `stop` is set. However this ends, no process is left.
    """
    with ExitStack() as stack:
        workers = [stack.enter_context(closing(_Worker(source, options, part))) for part in parts]
        while busy := [worker for worker in workers if worker.end is None]:
            ready = wait([worker.connection for worker in busy], _LISTEN_S)
            for worker in (worker for worker in busy if worker.connection in ready):
                if (tracked := worker.receive()) is not None:
                    on_progress(sum(worker.taken for worker in workers), len(tracked.people))
            if stop.is_set():
                raise KeyboardInterrupt
    return _joined(workers)


def follow_part(connection: Connection, source: str, options: RunOptions, part: Part) -> None:
    """In a process of its own: sends a `Tracked` for every picture, then a `PartEnd`; or a UserError."""
    try:
        with open_video(source, part.start_s, part.end_s, options.fps, options.filmed_fps) as video:
            session = options.estimator().tracking()
            for frame in video:
                connection.send(session.detect(frame))
            connection.send(PartEnd(video.warning, video.is_damaged))
    except UserError as error:
        connection.send(error)


class _Worker:
    """One part: the process at work on it, and what that has told. `taken`: pictures that count."""

    def __init__(self, source: str, options: RunOptions, part: Part) -> None:
        self.part = part
        self._given = (source, options, part)
        self._attempts = 0
        self._begin()

    def _begin(self) -> None:
        self._attempts += 1
        self.tracked: list[Tracked] = []
        self.taken = 0
        self.end: PartEnd | None = None
        self._process = WorkerProcess(follow_part, *self._given)

    @property
    def connection(self) -> Connection:
        return self._process.connection

    def receive(self) -> Tracked | None:
        """The next picture's people; None where it does not count, at the end and when the part is begun anew."""
        try:
            said = self.connection.recv()
        except (EOFError, OSError):
            self._try_again()
            return None
        if isinstance(said, UserError):
            raise said
        if isinstance(said, PartEnd):
            self.end = said
            self.close()
            return None
        self.tracked.append(said)
        if not self.part.takes(said):
            return None
        self.taken += 1
        return said

    def close(self) -> None:
        self._process.kill()

    def _try_again(self) -> None:
        self.close()
        if self._attempts == ATTEMPTS:
            raise UserError(
                f"The part of {self._given[0]} from {self.part.start_s:.1f} s on failed {ATTEMPTS} times: its process "
                f"{self._process.how_it_ended()}; use fewer --parts."
            )
        self._begin()


def _joined(workers: Sequence[_Worker]) -> Followed:
    ends = [worker.end for worker in workers if worker.end is not None]
    return Followed(
        join([worker.tracked for worker in workers], [worker.part.join_s for worker in workers[1:]]),
        tuple(dict.fromkeys(end.warning for end in ends if end.warning is not None)),
        any(end.is_damaged for end in ends),
    )
