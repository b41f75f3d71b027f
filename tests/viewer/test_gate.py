"""The gate: who gets through to viser and who does not."""

from __future__ import annotations

import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ganbodypose.core import UserError
from ganbodypose.geometry.camera import assumed_camera
from ganbodypose.live.recorder import Recorder
from ganbodypose.live.settings import LiveControl, LiveSettings
from ganbodypose.live.statistics import DelayMeter
from ganbodypose.sinks.address import access_token
from ganbodypose.viewer.gate import Gate, Request
from ganbodypose.viewer.viewer import ViewerSink, Watched

TOKEN = "a-long-secret"


class _Inner(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"inside " + self.path.encode() + b"x" * 300_000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _inner() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Inner) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def make_gate() -> Iterator[Callable[[str | None], Gate]]:
    gates = []
    with _inner() as port:

        def make(token: str | None) -> Gate:
            gates.append(Gate("127.0.0.1", 0, ("127.0.0.1", port), token))
            return gates[-1]

        yield make
        for gate in gates:
            gate.close()


def _get(gate: Gate, path: str = "/", **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(f"http://127.0.0.1:{gate.port}{path}", headers=headers)
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Set-Cookie", "").encode()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def test_without_a_token_this_computer_comes_in(make_gate) -> None:
    status, body = _get(make_gate(None), "/page?a=1")
    assert status == 200
    assert body.startswith(b"inside /page?a=1")
    assert len(body) > 300_000


def test_a_name_that_is_not_this_computers_is_refused(make_gate) -> None:
    """As after DNS rebinding, where a site's own name leads here."""
    assert _get(make_gate(None), Host="evil.example")[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_pages_of_other_sites_are_refused(make_gate, origin: str) -> None:
    assert _get(make_gate(None), Origin=origin)[0] == 403
    assert _get(make_gate(TOKEN), Origin=origin, Cookie=f"ganbodypose={TOKEN}")[0] == 403


def test_the_own_page_may_connect(make_gate) -> None:
    gate = make_gate(None)
    assert _get(gate, Origin=f"http://127.0.0.1:{gate.port}")[0] == 200


def test_with_a_token_nobody_comes_in_without_it(make_gate) -> None:
    gate = make_gate(TOKEN)
    assert _get(gate)[0] == 401
    assert _get(gate, "/?token=wrong")[0] == 401
    assert _get(gate, Cookie="ganbodypose=wrong")[0] == 401
    assert _get(gate, Cookie="\x01;;=")[0] == 401


def test_the_token_is_traded_for_a_cookie_that_scripts_cannot_read(make_gate) -> None:
    gate = make_gate(TOKEN)
    status, cookie = _get(gate, f"/?token={TOKEN}")
    assert status == 303
    assert b"HttpOnly" in cookie and b"SameSite=Strict" in cookie
    assert _get(gate, Cookie=cookie.decode().split(";")[0])[0] == 200


def test_the_token_is_found_among_the_cookies_of_other_programs(make_gate) -> None:
    gate = make_gate(TOKEN)
    assert _get(gate, Cookie=f'state={{"a": 1}}; ganbodypose={TOKEN}; b')[0] == 200


def test_each_request_of_a_connection_passes_the_gate(make_gate) -> None:
    """The second one has no cookie."""
    gate = make_gate(TOKEN)
    request = "GET /%d HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\nCookie: %s\r\n\r\n"
    with socket.create_connection(("127.0.0.1", gate.port), timeout=10) as raw:
        raw.sendall((request % (1, f"ganbodypose={TOKEN}") + request % (2, "")).encode())
        answer = b""
        while data := raw.recv(100_000):
            answer += data
    assert answer.count(b"inside /1") == 1
    assert b"inside /2" not in answer


def test_a_token_that_no_address_can_hold_is_one_sentence() -> None:
    with pytest.raises(UserError, match="letters a to z, digits"):
        access_token("127.0.0.1", "two words")
    assert access_token("127.0.0.1", None) is None
    assert access_token("127.0.0.1", "word") == "word"
    assert access_token("0.0.0.0", None)


@pytest.mark.parametrize(
    "head",
    ["/ HTTP/1.1\r\nHost: [", "/ HTTP/1.1\r\nHost: [::1\r\nOrigin: http://[", "//[/ HTTP/1.1\r\nHost: a]"],
)
@pytest.mark.parametrize("token", [None, TOKEN])
def test_addresses_that_are_none_are_refused(make_gate, head: str, token: str | None) -> None:
    answer = make_gate(token).answer(Request.parse(f"GET {head}\r\n\r\n".encode()))
    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 40")


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\r\n\r\n", b"x" * 100_000, b"GET /\r\n\r\n"])
def test_garbage_does_no_harm(make_gate, garbage: bytes) -> None:
    gate = make_gate(None)
    with socket.create_connection(("127.0.0.1", gate.port), timeout=10) as raw:
        raw.sendall(garbage)
        raw.shutdown(socket.SHUT_WR)
        try:
            answer = raw.recv(1000)
        except ConnectionResetError:
            answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert _get(gate)[0] == 200


def test_a_port_in_use_is_one_sentence(make_gate) -> None:
    gate = make_gate(None)
    with pytest.raises(UserError, match="choose another with --port"):
        Gate("127.0.0.1", gate.port, ("127.0.0.1", 1), None)


def test_no_http_is_no_request() -> None:
    assert Request.parse(b"hello\r\n\r\n") is None


def test_closing_with_somebody_connected_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with _inner() as port:
        gate = Gate("127.0.0.1", 0, ("127.0.0.1", port), None)
        with socket.create_connection(("127.0.0.1", gate.port), timeout=10) as waiting:
            waiting.sendall(b"GET / HTTP/1.1\r\n")
            assert _get(gate)[0] == 200  # the one before has been met by now
            gate.close()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.skipif(sys.platform == "darwin", reason="has 127.0.0.1 only")
def test_no_page_can_go_round_the_gate(tmp_path: Path) -> None:
    """viser itself turns nobody away, so its port must not be open where a page would try ports."""
    recorder = Recorder(tmp_path, assumed_camera((64, 48)), lambda: {})
    watched = Watched(LiveControl(LiveSettings("blind")), recorder, DelayMeter().statistics, lambda: ())
    viewer = ViewerSink("127.0.0.1", 0, None, watched)
    viewer.open()
    host, port = viewer._server.get_host(), viewer._server.get_port()
    try:
        assert _get(viewer._gate, "/")[0] == 200
        socket.create_connection((host, port), timeout=5).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
    finally:
        viewer.close()
