"""A thread and a short queue for each sink, so that no receiver can hold up anything else."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from ganbodypose.core import UserError
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.sinks.base import Sink

_LOG = logging.getLogger(__name__)
_FIRST_RETRY_S, _LAST_RETRY_S = 0.25, 4.0


@dataclass(frozen=True)
class SinkStatus:
    """sent: frames handed on; dropped: frames that came while it was busy, failing or its receiver too slow;
    failures: how often it failed; problem: what is wrong now, or None."""

    name: str
    sent: int
    dropped: int
    failures: int
    problem: str | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def in_words(self) -> str:
        failures = f", failed {self.failures}x" if self.failures else ""
        problem = f": {self.problem}" if self.problem else ""
        return f"{self.sent} sent, {self.dropped} dropped{failures}{problem}"


class Delivery:
    """Hands frames to one sink. `offer` never waits: the oldest waiting frame makes room and is counted.

    Opening happens here and now, so that what the user can mend (a port in use, a folder that is missing)
    raises UserError at once; after that a sink that fails is opened again and again, ever less often.
    """

    def __init__(self, sink: Sink) -> None:
        sink.open()
        self._sink = sink
        self._waiting: deque[LiveFrame] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._sent = self._dropped = self._failures = 0
        self._problem: str | None = None
        self._thread = threading.Thread(target=self._run, name=f"sink {sink.name}", daemon=True)
        self._thread.start()

    def offer(self, live: LiveFrame) -> None:
        with self._changed:
            if len(self._waiting) >= self._sink.waiting:
                self._waiting.popleft()
                self._dropped += 1
            self._waiting.append(live)
            self._changed.notify_all()

    @property
    def address(self) -> str:
        """Where it sends to; of a server, where to connect, with the token."""
        return getattr(self._sink, "address", self._sink.name)

    @property
    def status(self) -> SinkStatus:
        dropped = self._dropped + self._sink.lost
        return SinkStatus(self._sink.name, self._sent, dropped, self._failures, self._problem)

    def close(self, timeout_s: float = 2.0) -> None:
        """Hand over what waits, then stop; a sink that hangs is left behind (its thread is a daemon).
        Safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        is_open, retry_s = True, _FIRST_RETRY_S
        while (live := self._next()) is not None:
            try:
                if not is_open:
                    self._sink.open()
                    is_open = True
                self._sink.send(live)
            except Exception as error:  # whatever a receiver provokes must not end the delivery
                is_open = False
                self._fail(error)
                self._wait(retry_s)
                retry_s = min(2 * retry_s, _LAST_RETRY_S)
            else:
                self._sent += 1
                retry_s, self._problem = _FIRST_RETRY_S, None
        self._close_sink()

    def _next(self) -> LiveFrame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return self._waiting.popleft() if self._waiting else None

    def _fail(self, error: Exception) -> None:
        if self._problem is None:
            _LOG.warning("%s: %s; trying again", self._sink.name, error)
        self._failures += 1
        self._dropped += 1
        self._problem = str(error) if isinstance(error, UserError | OSError) else repr(error)
        self._close_sink()

    def _wait(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)
            if self._closed:
                self._dropped += len(self._waiting)
                self._waiting.clear()

    def _close_sink(self) -> None:
        try:
            self._sink.close()
        except Exception as error:  # it is being given up anyway
            _LOG.debug("closing %s: %s", self._sink.name, error)
