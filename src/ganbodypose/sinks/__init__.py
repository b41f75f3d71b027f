"""Where live results go: one file per kind of receiver, all behind the `Sink` protocol.

create_sink("vmc://127.0.0.1:39539") -> Sink        Delivery(sink).offer(live_frame) never waits
"""

from __future__ import annotations

from collections.abc import Callable

from ganbodypose.core import UserError
from ganbodypose.sinks.address import Address
from ganbodypose.sinks.base import Sink
from ganbodypose.sinks.delivery import Delivery, SinkStatus

__all__ = ["SCHEMES", "Delivery", "Sink", "SinkStatus", "create_sink"]


def _vmc(address: Address, _token: str | None) -> Sink:
    from ganbodypose.sinks.vmc import VmcSink

    return VmcSink(*address.host_port(39539))


def _osc(address: Address, _token: str | None) -> Sink:
    from ganbodypose.sinks.osc import OscSink

    return OscSink(*address.host_port(9000))


def _ws(address: Address, token: str | None) -> Sink:
    from ganbodypose.sinks.websocket import WebSocketSink

    return WebSocketSink(*address.host_port(8765), token=token)


def _lsl(address: Address, _token: str | None) -> Sink:
    from ganbodypose.sinks.lsl import LslSink

    return LslSink(address.rest or "GAN-BodyPose")


def _jsonl(address: Address, _token: str | None) -> Sink:
    from ganbodypose.sinks.jsonl import JsonLinesSink

    return JsonLinesSink(address.rest)


SCHEMES: dict[str, Callable[[Address, str | None], Sink]] = {
    "vmc": _vmc,
    "osc": _osc,
    "ws": _ws,
    "lsl": _lsl,
    "jsonl": _jsonl,
}


def create_sink(address: str, token: str | None = None) -> Sink:
    """The sink for `vmc://HOST:PORT`, `osc://HOST:PORT`, `ws://HOST:PORT`, `lsl://NAME` or `jsonl:FILE`.

    token is asked of those who connect to a `ws` sink that others can reach; None: one is made up. UserError
    where the address is no such thing or the library it takes is not installed.
    """
    parsed = Address.parse(address)
    if parsed.scheme not in SCHEMES:
        raise UserError(
            f"'{address}' is no receiver: use vmc://, osc://, ws://HOST:PORT, lsl://NAME or jsonl:FILE."
        )
    return SCHEMES[parsed.scheme](parsed, token)
