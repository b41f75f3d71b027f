"""`ws://HOST:PORT`: a WebSocket server that sends every frame as JSON (`message`) to all who connect.

Only this computer can connect unless the host says otherwise; then a token is asked for, as `?token=...` or
`Authorization: Bearer ...`. Web pages of other sites are turned away by their Origin, since a browser would let
any page connect to this computer. What clients send is read and ignored.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import socket
from functools import partial
from http import HTTPStatus
from typing import Any

from ganbodypose.core import UserError, pip_install
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.sinks.address import access_token, in_url, is_this_computer, served_at, token_of
from ganbodypose.sinks.message import frame_message, hello
from ganbodypose.sinks.server_thread import ServerThread

_LONGEST_MESSAGE = 1024  # bytes; longer ones end the connection
_SEND_BUFFER = 64 * 1024  # bytes that wait for a slow client before frames are left out


class _Client:
    """The newest message waits for a client that is busy; older ones make way."""

    def __init__(self) -> None:
        self._message: str | None = None
        self._ready = asyncio.Event()

    def put(self, message: str) -> bool:
        """Was a message left out for this one?"""
        left_out = self._message is not None
        self._message = message
        self._ready.set()
        return left_out

    async def take(self) -> str:
        await self._ready.wait()
        self._ready.clear()
        message, self._message = self._message, None
        assert message is not None
        return message


class WebSocketSink:
    """host 127.0.0.1 by default; port 0 takes any free one. token: what clients must show; None: one is made up
    where others than this computer can connect. `address` is what to connect to."""

    waiting = 2

    def __init__(self, host: str, port: int, token: str | None = None) -> None:
        self._host, self._port = host, port
        self.token = access_token(host, token)
        self.name = f"ws://{in_url(host)}:{port}"
        self.lost = 0
        self._clients: set[_Client] = set()
        self._server: ServerThread | None = None

    @property
    def address(self) -> str:
        """For other programs to connect to, with the token where one is asked for."""
        return served_at("ws", self._host, self._port, self.token)

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    def open(self) -> None:
        try:
            from websockets.asyncio.server import serve
        except ImportError:
            raise UserError(f"ws:// needs the package websockets: {pip_install('live')}.") from None
        serving = partial(
            serve,
            self._talk,
            self._host,
            self._port,
            process_request=self._refuse,
            compression=None,
            max_size=_LONGEST_MESSAGE,
            write_limit=_SEND_BUFFER,
            close_timeout=0.5,
        )
        try:
            self._server = ServerThread(self.name, serving)
        except OSError as error:
            raise UserError(
                f"{self.name} cannot be served ({error.strerror}); choose another port or host."
            ) from error
        self._port = self._server.port

    def send(self, live: LiveFrame) -> None:
        if self._clients and self._server is not None:
            message = json.dumps(frame_message(live), separators=(",", ":"), allow_nan=False)
            self._server.call(self._publish, message)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None

    # On the server's thread

    def _refuse(self, connection: Any, request: Any) -> Any:
        """The answer to those who may not connect; None to all others."""
        origin = request.headers.get("Origin")
        if self.token is None and origin is not None and not is_this_computer(origin.partition("://")[2]):
            return connection.respond(HTTPStatus.FORBIDDEN, "Pages of other sites may not connect.\n")
        if self.token is not None and not self._shows_token(request):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "Connect with ?token=...\n")
        return None

    def _shows_token(self, request: Any) -> bool:
        shown = token_of(request.path) or request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(shown.encode(), (self.token or "").encode())

    async def _talk(self, connection: Any) -> None:
        """Until either side leaves."""
        client = _Client()
        kernel = connection.transport.get_extra_info("socket")  # which would hold megabytes of old frames
        kernel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        await connection.send(json.dumps(hello()))
        self._clients.add(client)
        both = {asyncio.create_task(_ignore(connection)), asyncio.create_task(_feed(connection, client))}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients.discard(client)
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)  # that the client left is no error

    def _publish(self, message: str) -> None:
        self.lost += sum(client.put(message) for client in self._clients)


async def _ignore(connection: Any) -> None:
    async for _ in connection:
        pass


async def _feed(connection: Any, client: _Client) -> None:
    while True:
        await connection.send(await client.take())
