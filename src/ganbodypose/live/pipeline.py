"""The live pipeline: one thread each for capture, detection and lifting, short queues between them.

    capture --(2, stale ones dropped when live)--> detect --(1)--> lift, smooth --(2, as before)--> consumer

Detection of one picture and lifting of the one before overlap, so two cores are used. A picture carries its
capture time; the delay is taken when the consumer gets the result. Reading a file drops nothing: each queue
makes the one before it wait.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from ganbodypose.core import FrameResult, UserError, VideoFrame, one_video, picture_size
from ganbodypose.io.run_ahead import RunAhead
from ganbodypose.live.capture import Captured, as_they_come, in_real_time
from ganbodypose.live.one_euro import PoseSmoother
from ganbodypose.live.settings import LiveControl, LiveSettings
from ganbodypose.live.statistics import DelayMeter, LiveStatistics

_WAITING = 2  # pictures, or results, that may wait at a thread that is busy for a moment

T = TypeVar("T")


class Session(Protocol[T]):
    """A tracker and a lifting engine: `estimator.PoseSession`."""

    def detect(self, frame: VideoFrame) -> T: ...
    def lift(self, detected: T) -> FrameResult: ...


SessionMaker = Callable[[LiveSettings, tuple[int, int]], Session]
"""Settings and picture size (width, height) -> a fresh session; UserError where they cannot be used."""


@dataclass(frozen=True)
class LiveFrame:
    """A result with its picture. captured_s is when the picture was taken, by `time.monotonic`; delay_s how
    much later the result was delivered."""

    frame: VideoFrame
    result: FrameResult
    captured_s: float
    delay_s: float


@dataclass(frozen=True)
class _Detected(Generic[T]):
    captured: Captured
    session: Session[T]
    detected: T


class LivePipeline(Iterator[LiveFrame], AsyncIterator[LiveFrame]):
    """Results of `frames`, in order: `for` or `async for`, inside `with`; starts at once.

    frames: pictures of one size at times that rise; where it has a `close`, closing the pipeline calls it;
    where it has a `size_wh`, the first session is made at once, or else when the first picture has come; where it
    has `dropped`, these count as dropped, too.
    control: the settings to begin with, which can be changed while it runs. drop_stale: prefer the newest
    picture over every picture. real_time: replay `frames` at the rate of their times, as a camera would.
    Errors of any thread come up in the loop, after the results before them.
    """

    def __init__(
        self,
        frames: Iterable[VideoFrame],
        make_session: SessionMaker,
        control: LiveControl | None = None,
        drop_stale: bool = False,
        real_time: bool = False,
    ) -> None:
        self.control = control or LiveControl(LiveSettings())
        self._delays = DelayMeter()
        size_wh = getattr(frames, "size_wh", None)
        session = None if size_wh is None else make_session(self.control.settings, size_wh)
        self._dropped_by_source: Callable[[], int] = partial(getattr, frames, "dropped", 0)
        pictures = one_video(frames)
        captured = in_real_time(pictures) if real_time else as_they_come(pictures)
        self._captured = RunAhead(captured, _WAITING, newest_only=drop_stale)
        self._detected = RunAhead(_detecting(self._captured, self.control, make_session, session), 1)
        self._lifted = RunAhead(_lifting(self._detected, self.control), _WAITING, newest_only=drop_stale)
        threads = (self._captured, self._detected, self._lifted)
        self._close = weakref.finalize(self, _close, frames, self.control, threads)

    def __next__(self) -> LiveFrame:
        captured, result = next(self._lifted)
        now_s = time.monotonic()
        delay_s = now_s - captured.captured_s
        self._delays.add(delay_s, now_s)
        return LiveFrame(captured.frame, result, captured.captured_s, delay_s)

    def __aiter__(self) -> AsyncIterator[LiveFrame]:
        return self

    async def __anext__(self) -> LiveFrame:
        import asyncio  # the usual loop does not wait for it

        live = await asyncio.to_thread(next, self, None)
        if live is None:
            raise StopAsyncIteration
        return live

    @property
    def statistics(self) -> LiveStatistics:
        """Of the results so far."""
        dropped = self._captured.dropped + self._lifted.dropped + self._dropped_by_source()
        return self._delays.statistics(dropped)

    def close(self) -> None:
        """Stop all threads and close the source. Safe to call twice."""
        self._close()

    def __enter__(self) -> LivePipeline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _close(frames: Iterable[VideoFrame], control: LiveControl, threads: tuple[RunAhead, ...]) -> None:
    control.close()
    close_source = getattr(frames, "close", None)
    if close_source and not isinstance(frames, Generator):  # a generator at work cannot be closed from here
        close_source()
    for thread in threads:  # upstream first: whoever waits for it then ends too
        thread.close()


def _detecting(
    captured: RunAhead[Captured], control: LiveControl, make_session: SessionMaker, session: Session | None
) -> Generator[_Detected, None, None]:
    made_for = control.settings
    while True:
        dropped = captured.dropped
        if control.wait_while_paused():
            captured.dropped = dropped  # what comes during a pause is left out, not lost
        picture = next(captured, None)
        if picture is None:
            return
        wanted = control.settings
        if session is None or (wanted.detector, wanted.persons) != (made_for.detector, made_for.persons):
            session, made_for = _renewed(session, wanted, picture.frame, control, make_session), wanted
        yield _Detected(picture, session, session.detect(picture.frame))


def _renewed(
    session: Session | None,
    wanted: LiveSettings,
    frame: VideoFrame,
    control: LiveControl,
    make_session: SessionMaker,
) -> Session:
    """A session as wanted; where that cannot be had, the one before goes on and the problem is told."""
    size_wh = picture_size(frame)
    try:
        control.problem = None
        return make_session(wanted, size_wh)
    except UserError as error:
        if session is None:
            raise
        control.problem = str(error)
        return session


def _lifting(
    detected: RunAhead[_Detected], control: LiveControl
) -> Generator[tuple[Captured, FrameResult], None, None]:
    smooth = PoseSmoother()
    for seen in detected:
        result = seen.session.lift(seen.detected)
        yield seen.captured, smooth(result, control.settings.smoothing)
