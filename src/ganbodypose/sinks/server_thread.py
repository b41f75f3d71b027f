"""An asyncio server on a thread of its own, beside code that knows nothing of asyncio."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from typing import Any

_TIMEOUT_S = 5.0


class ServerThread:
    """Serves from the moment it is made to `close`.

    name: of the thread. serving: called on that thread; entering what it returns opens the server, leaving closes it.
    port: the one it got. OSError where the address cannot be had.
    """

    def __init__(self, name: str, serving: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        port: Future[int] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(serving, port)), name=name, daemon=True
        )
        self._thread.start()
        try:
            self.port = port.result(_TIMEOUT_S)
        except UnicodeError as error:  # two dots in a row, a part of more than 63 characters
            raise OSError(errno.EINVAL, "no host can be called so") from error

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """On the server's thread, soon."""
        self._loop.call_soon_threadsafe(function, *arguments)

    def close(self) -> None:
        self.call(self._stop.set)
        self._thread.join(_TIMEOUT_S)

    async def _serve(
        self, serving: Callable[[], AbstractAsyncContextManager[Any]], port: Future[int]
    ) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with serving() as server:
                port.set_result(next(iter(server.sockets)).getsockname()[1])
                await self._stop.wait()
        except Exception as error:
            if port.done():
                raise
            port.set_exception(error)
