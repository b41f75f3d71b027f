"""Addresses of sinks: what is accepted, what is refused in one sentence."""

from __future__ import annotations

import errno
import socket
from urllib.parse import urlsplit

import pytest

from ganbodypose.core import UserError
from ganbodypose.sinks import create_sink
from ganbodypose.sinks.address import Address, is_loopback, served_at


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vmc://10.0.0.2:4000", ("10.0.0.2", 4000)),
        ("vmc://", ("127.0.0.1", 39539)),
        ("vmc://studio", ("studio", 39539)),
        ("vmc://[::1]:5000", ("::1", 5000)),
        ("vmc://[::1]", ("::1", 39539)),
        ("VMC://:5000/", ("127.0.0.1", 5000)),
    ],
)
def test_host_and_port(text: str, expected: tuple[str, int]) -> None:
    assert Address.parse(text).host_port(39539) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file.txt", "is no receiver"),
        ("http://x", "is no receiver"),
        ("vmc://host:port", "no valid port"),
        ("osc://host:70000", "no valid port"),
        ("jsonl:", "needs a file"),
    ],
)
def test_no_receiver(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        create_sink(text)


@pytest.mark.parametrize("address", ["ws://[::1]:8765", "osc://[::1]:9000", "vmc://[::1]:39539"])
def test_an_ipv6_address_is_told_as_it_must_be_given(address: str) -> None:
    sink = create_sink(address)
    assert getattr(sink, "address", sink.name) == sink.name == address


def test_an_unknown_host_is_told_when_opened() -> None:
    with pytest.raises(UserError, match=r"Host 'no-such-host\.invalid' is not known"):
        create_sink("osc://no-such-host.invalid:9000").open()


@pytest.mark.parametrize("address", ["osc://a..b:9000", f"vmc://{'x' * 70}.de", "ws://a..b:8765"])
def test_what_no_host_can_be_called_is_told_when_opened(address: str) -> None:
    with pytest.raises(UserError, match="no host can be called so"):
        create_sink(address).open()


def test_a_server_for_everybody_is_told_by_an_address_that_others_can_open() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        address = urlsplit(served_at("http", "0.0.0.0", server.getsockname()[1], "secret"))
        assert address.query == "token=secret"
        assert address.hostname and address.hostname != "0.0.0.0" and address.port
        socket.create_connection((address.hostname, address.port), timeout=5).close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_without_a_network_it_is_the_name_of_this_computer(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> None:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    assert served_at("ws", host, 8765, None) == f"ws://{socket.gethostname()}:8765"


def test_other_hosts_are_told_as_they_are() -> None:
    assert served_at("http", "127.0.0.1", 8080, None) == "http://127.0.0.1:8080"
    assert served_at("ws", "::1", 8765, "t") == "ws://[::1]:8765/?token=t"


def test_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.4", "example.org", "")))
