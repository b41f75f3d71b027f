"""The overlay video, drawn and encoded on a thread of its own."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from ganbodypose.core import FrameResult, VideoFrame
from ganbodypose.report.overlay import OverlayVideo


class OverlayThread:
    """Draws and encodes beside the pose work, at most three pictures behind it.

    An error comes up at one of the next writes or at the end.
    """

    def __init__(self, overlay: OverlayVideo) -> None:
        self._overlay = overlay
        self._thread = ThreadPoolExecutor(1, "overlay")
        self._pending: deque[Future[None]] = deque()

    def write(self, frame: VideoFrame, result: FrameResult) -> None:
        self._pending.append(self._thread.submit(self._overlay.write, frame, result))
        if len(self._pending) > 3:
            self._pending.popleft().result()

    def __enter__(self) -> OverlayThread:
        self._overlay.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=error is not None)
        failure = error or next((f.exception() for f in self._pending if f.exception()), None)
        self._overlay.__exit__(type(failure) if failure else None, failure, trace)
        if failure and not error:
            raise failure
