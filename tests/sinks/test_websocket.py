"""ws://: schema, who may connect, and clients that are absent, slow, killed or send garbage."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ganbodypose.core import UserError
from ganbodypose.sinks import Delivery
from ganbodypose.sinks.websocket import WebSocketSink
from ganbodypose.skeletons import H36M_17

from .conftest import body, wait_until


@pytest.fixture
def sink() -> WebSocketSink:
    return WebSocketSink("127.0.0.1", 0)


@pytest.fixture
def delivery(sink: WebSocketSink) -> Iterator[Delivery]:
    delivery = Delivery(sink)
    yield delivery
    delivery.close()


def _frame(client, delivery: Delivery, live) -> dict:
    """The next frame a client gets; offered again until the client is known."""
    for _ in range(200):
        delivery.offer(live)
        with suppress(TimeoutError):
            return json.loads(client.recv(timeout=0.05))
    raise AssertionError("no frame came")


def test_a_hello_then_frames_as_documented(sink: WebSocketSink, delivery: Delivery, make_live) -> None:
    joints = body()
    joints[5, 0] = np.nan
    with connect(sink.address) as client:
        hello = json.loads(client.recv(timeout=5))
        frame = _frame(client, delivery, make_live(3, people={4: joints}))
    assert (hello["type"], hello["schema"]) == ("hello", "ganbodypose.live/1")
    assert hello["joints"] == list(H36M_17.joints)
    assert set(frame) == {"type", "schema", "frame", "time_s", "captured_unix_s", "delay_s", "persons"}
    assert (frame["type"], frame["frame"], frame["time_s"]) == ("frame", 3, 0.1)
    assert abs(frame["captured_unix_s"] - time.time()) < 5
    (person,) = frame["persons"]
    assert set(person) == {
        "id", "quality", "root_m", "joints_m", "expected_error_m", "keypoints_px", "confidence",
    }  # fmt: skip
    assert person["id"] == 4
    assert person["joints_m"][5][0] is None  # missing is null, never NaN, which is no JSON
    np.testing.assert_allclose(person["joints_m"][13], joints[13], atol=1e-4)
    assert len(person["expected_error_m"]) == len(person["confidence"]) == 17


def test_without_clients_frames_cost_nothing_and_are_not_lost(delivery: Delivery, make_live) -> None:
    delivery.offer(make_live())
    assert wait_until(lambda: delivery.status.sent == 1)
    assert delivery.status.dropped == 0


def test_a_client_that_does_not_read_loses_frames_and_the_others_do_not(
    sink: WebSocketSink, delivery: Delivery, make_live
) -> None:
    live = make_live(people={k: body() for k in range(8)})
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", sink._port))
    with connect(sink.address, sock=small, max_queue=1) as slow, connect(sink.address) as quick:
        slow.recv(timeout=5)
        quick.recv(timeout=5)
        assert wait_until(lambda: sink.clients == 2)
        received = 0
        while sink.lost == 0 and received < 3000:
            delivery.offer(live)
            quick.recv(timeout=5)
            received += 1
        assert sink.lost > 0
        delivery.offer(live)
        assert json.loads(quick.recv(timeout=5))["type"] == "frame"
    assert delivery.status.dropped >= sink.lost > 0


def test_a_killed_client_is_forgotten_and_may_come_back(
    sink: WebSocketSink, delivery: Delivery, make_live
) -> None:
    client = connect(sink.address)
    _frame(client, delivery, make_live())
    client.socket.shutdown(socket.SHUT_RDWR)
    client.socket.close()
    assert wait_until(lambda: sink.clients == 0)
    with connect(sink.address) as again:
        assert json.loads(again.recv(timeout=5))["type"] == "hello"
        assert _frame(again, delivery, make_live())["type"] == "frame"


@pytest.mark.parametrize("garbage", ["{", b"\x00\xff" * 50, "x" * 100_000])
def test_garbage_ends_at_most_its_own_connection(
    sink: WebSocketSink, delivery: Delivery, make_live, garbage: str | bytes
) -> None:
    with connect(sink.address) as bad, connect(sink.address) as good:
        good.recv(timeout=5)
        with suppress(ConnectionClosed):
            for _ in range(20):
                bad.send(garbage)
        assert _frame(good, delivery, make_live())["type"] == "frame"
    assert delivery.status.failures == 0


def test_bytes_that_are_no_websocket_do_no_harm(sink: WebSocketSink, delivery: Delivery, make_live) -> None:
    port = int(sink.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as raw:
        raw.sendall(b"\x16\x03\x01 this is not HTTP\r\n\r\n" * 10)
    with connect(sink.address) as client:
        client.recv(timeout=5)
        assert _frame(client, delivery, make_live())["type"] == "frame"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1.evil.example", "null", "http://["]
)
@pytest.mark.usefixtures("delivery")
def test_pages_of_other_sites_are_turned_away(sink: WebSocketSink, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        connect(sink.address, origin=origin)
    assert caught.value.response.status_code == 403


@pytest.mark.usefixtures("delivery")
def test_local_pages_may_connect(sink: WebSocketSink) -> None:
    with connect(sink.address, origin="http://localhost:5173") as client:
        assert client.recv(timeout=5)


def test_open_to_others_it_asks_for_a_token() -> None:
    sink = WebSocketSink("0.0.0.0", 0)
    delivery = Delivery(sink)
    port = sink._port
    assert sink.token and len(sink.token) >= 16
    for wrong in (f"ws://127.0.0.1:{port}", f"ws://127.0.0.1:{port}/?token=guess"):
        with pytest.raises(InvalidStatus) as caught:
            connect(wrong)
        assert caught.value.response.status_code == 401
    with connect(f"ws://127.0.0.1:{port}/?token={sink.token}") as client:
        assert client.recv(timeout=5)
    headers = {"Authorization": f"Bearer {sink.token}"}
    with connect(f"ws://127.0.0.1:{port}", additional_headers=headers) as client:
        assert client.recv(timeout=5)
    delivery.close()


@pytest.mark.usefixtures("delivery")
def test_this_computer_alone_needs_no_token(sink: WebSocketSink) -> None:
    assert sink.token is None
    assert sink.address.startswith("ws://127.0.0.1:")


@pytest.mark.usefixtures("delivery")
def test_a_port_in_use_is_one_sentence(sink: WebSocketSink) -> None:
    with pytest.raises(UserError, match="choose another port"):
        Delivery(WebSocketSink("127.0.0.1", sink._port))


def test_closing_frees_the_port(free_port: int) -> None:
    for _ in range(2):
        Delivery(WebSocketSink("127.0.0.1", free_port)).close()
