"""OSC packets over UDP: sent and forgotten, so that a receiver may come, hang or go at any time."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence

from ganbodypose.core import UserError, pip_install

_MAX_PACKET = 1400  # bytes; larger UDP packets are split on the way and lost together


class Double(float):
    """Sent with 64 bits; other floats have 32."""


Message = tuple[str, Sequence[str | int | float]]
"""OSC address and arguments."""


class OscSender:
    """Sends OSC messages to one host and port, as many in a bundle as a packet holds."""

    def __init__(self, host: str, port: int) -> None:
        try:
            import pythonosc  # noqa: F401 (told now rather than with the first frame)
        except ImportError:
            raise UserError(f"OSC needs the package python-osc: {pip_install('live')}.") from None
        try:
            family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        except (OSError, UnicodeError) as error:
            # UnicodeError: two dots in a row, a part of more than 63 characters
            reason = error.strerror if isinstance(error, OSError) else "no host can be called so"
            raise UserError(f"Host '{host}' is not known ({reason}); check its name.") from error
        self._address = address
        self._socket = socket.socket(family, kind)
        self._socket.setblocking(False)

    def send(self, messages: Iterable[Message]) -> None:
        """Send messages of one moment; OSError where the network is down."""
        for packet in _packets(messages):
            self._socket.sendto(packet, self._address)

    def close(self) -> None:
        self._socket.close()


def _packets(messages: Iterable[Message]) -> list[bytes]:
    from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
    from pythonosc.osc_message_builder import OscMessageBuilder

    bundles, room = [OscBundleBuilder(IMMEDIATELY)], _MAX_PACKET
    for address, values in messages:
        builder = OscMessageBuilder(address)
        for value in values:
            builder.add_arg(value, "d" if isinstance(value, Double) else None)
        message = builder.build()
        if message.size + 4 > room and room < _MAX_PACKET:
            bundles.append(OscBundleBuilder(IMMEDIATELY))
            room = _MAX_PACKET
        bundles[-1].add_content(message)
        room -= message.size + 4
    return [bundle.build().dgram for bundle in bundles]
