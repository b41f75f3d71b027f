"""Addresses of sinks: what is accepted, what is refused in one sentence."""

from __future__ import annotations

import pytest

from ganbodypose.core import UserError
from ganbodypose.sinks import create_sink
from ganbodypose.sinks.address import Address, is_loopback


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


def test_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.4", "example.org", "")))
