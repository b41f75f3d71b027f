"""Run an iterator on a background thread, a few items ahead of its consumer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Generic, TypeVar

T = TypeVar("T")


class RunAhead(Generic[T], Iterator[T]):
    """The items of `items`, made on a thread that stays at most `depth` ahead.

    When the buffer is full the thread waits, or, with `newest_only`, drops the oldest item: right for a live
    source, whose past nobody wants to see late; `dropped` counts them. An exception of the thread is raised
    again in the consumer, after the items made before it. `close` ends the thread; it is safe to call twice.
    """

    def __init__(self, items: Generator[T, None, None], depth: int, newest_only: bool = False) -> None:
        self.dropped = 0
        self._items = items
        self._depth = depth
        self._newest_only = newest_only
        self._ready: deque[T] = deque()
        self._changed = threading.Condition()
        self._error: BaseException | None = None
        self._finished = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="run-ahead", daemon=True)
        self._thread.start()

    def __next__(self) -> T:
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._finished or self._closed)
            if self._ready and not self._closed:
                self._changed.notify_all()
                return self._ready.popleft()
            error, self._error = self._error, None
        if error is not None:
            raise error
        raise StopIteration

    def close(self, timeout_s: float = 5.0) -> bool:
        """Stop and wait for the thread; False where it hangs in a device driver (it is a daemon)."""
        with self._changed:
            self._closed = True
            self._ready.clear()
            self._changed.notify_all()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with closing(self._items):
                for item in self._items:
                    if not self._hand_over(item):
                        break
                    del item  # else one frame more than `depth` would be held
        except BaseException as error:  # whatever it is, the consumer must see it, not a silent end
            self._error = error
        finally:
            with self._changed:
                self._finished = True
                self._changed.notify_all()

    def _hand_over(self, item: T) -> bool:
        with self._changed:
            if self._newest_only and len(self._ready) >= self._depth:
                self._ready.popleft()
                self.dropped += 1
            self._changed.wait_for(lambda: self._closed or len(self._ready) < self._depth)
            if not self._closed:
                self._ready.append(item)
                self._changed.notify_all()
            return not self._closed
