"""The door of the viewer: viser itself lets in everybody who reaches its port.

A small proxy on the address that people connect to; viser stays on an address of this computer behind it. Each
request is looked at: it must come by the right name or with the token (`?token=...` once, then a
cookie), and not from a page of another site, which a browser would let connect. Then bytes pass as they are.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ganbodypose.core import UserError
from ganbodypose.sinks.address import LOOPBACK, is_this_computer, token_of
from ganbodypose.sinks.server_thread import ServerThread

_COOKIE = "ganbodypose"
_LONGEST_HEAD = 16 * 1024
_HEAD_TIMEOUT_S = 10.0
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Request:
    """The head of an HTTP request: target "/path?query" and headers, names in lower case."""

    target: str
    headers: dict[str, str]

    @classmethod
    def parse(cls, head: bytes) -> Request | None:
        """None where it is no HTTP request."""
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return None
        fields = (line.partition(":") for line in lines if line)
        return cls(words[1], {name.strip().lower(): value.strip() for name, _, value in fields})

    @property
    def token(self) -> str:
        return token_of(self.target)

    @property
    def cookie(self) -> str:
        """Ours, whatever other programs on this host keep in theirs; "" where there is none."""
        pairs = (pair.partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return next((value.strip() for name, _, value in pairs if name.strip() == _COOKIE), "")

    @property
    def stays_open(self) -> bool:
        """Is it a WebSocket, on which no other request can follow?"""
        return self.headers.get("upgrade", "").lower() == "websocket"

    @property
    def is_from_another_site(self) -> bool:
        origin = self.headers.get("origin")
        return origin is not None and origin.partition("://")[2] != self.headers.get("host")


class Gate:
    """Serves host:port from the thread it starts. inner: host and port of viser. token: None where only this computer
    can connect."""

    def __init__(self, host: str, port: int, inner: tuple[str, int], token: str | None) -> None:
        self._host, self._inner, self._token = host, inner, token
        try:
            self._server = ServerThread("viewer gate", lambda: self._serving(port))
        except OSError as error:
            raise UserError(
                f"The viewer cannot be served at {host}:{port} ({error.strerror}); choose another with --port."
            ) from error
        self.port = self._server.port

    def close(self) -> None:
        self._server.close()

    @asynccontextmanager
    async def _serving(self, port: int) -> AsyncIterator[asyncio.Server]:
        server = await asyncio.start_server(self._meet, self._host, port, limit=_LONGEST_HEAD)
        try:
            yield server
        finally:
            server.close()  # without waiting: browsers stay connected as long as they can

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_TIMEOUT_S)
            request = Request.parse(head)
            answer = self.answer(request)
            if request is not None and answer is None:
                await self._pass_on(head, reader if request.stays_open else None, writer)
            elif answer is not None:
                writer.write(answer)
                await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError, asyncio.TimeoutError):
            pass  # whoever it was has left, or never spoke HTTP
        except asyncio.CancelledError:
            pass  # the gate closes; asyncio before Python 3.12 would print that as an error
        finally:
            writer.close()

    def answer(self, request: Request | None) -> bytes | None:
        """What to say instead of letting somebody in; None: come in."""
        if request is None:
            return _answer("400 Bad Request", "This is a web page: open it in a browser.")
        if request.is_from_another_site:
            return _answer("403 Forbidden", "Pages of other sites may not connect.")
        if self._token is None:
            is_ours = is_this_computer(request.headers.get("host", ""))
            return None if is_ours else _answer("403 Forbidden", f"Use http://{LOOPBACK}:PORT.")
        if _same(request.token, self._token):
            cookie = f"Set-Cookie: {_COOKIE}={self._token}; HttpOnly; SameSite=Strict; Path=/"
            return _answer("303 See Other", "", "Location: /", cookie)
        if _same(request.cookie, self._token):
            return None
        return _answer("401 Unauthorized", "Open the address with the ?token=... that the program printed.")

    async def _pass_on(
        self, head: bytes, reader: asyncio.StreamReader | None, writer: asyncio.StreamWriter
    ) -> None:
        """reader: of what follows the head; None where nothing may."""
        inner_reader, inner_writer = await asyncio.open_connection(*self._inner)
        inner_writer.write(_closing(head) if reader is None else head)
        pouring = [asyncio.create_task(_pour(inner_reader, writer))]
        if reader is not None:
            pouring.append(asyncio.create_task(_pour(reader, inner_writer)))
        try:
            await asyncio.wait(pouring, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in pouring:
                task.cancel()
            await asyncio.gather(*pouring, return_exceptions=True)
            inner_writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()


def _closing(head: bytes) -> bytes:
    """The head, asking for the end of the connection after the answer, so that each request has to pass the gate."""
    lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n"


def _same(shown: str, token: str) -> bool:
    return hmac.compare_digest(shown.encode(), token.encode())


def _answer(status: str, words: str, *headers: str) -> bytes:
    body = (words + "\n").encode()
    lines = [
        f"HTTP/1.1 {status}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
