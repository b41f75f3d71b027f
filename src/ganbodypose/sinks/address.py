"""Addresses of receivers, `scheme://rest` or `scheme:rest`."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from ganbodypose.core import UserError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Address:
    """`vmc://127.0.0.1:39539` is scheme "vmc" and rest "127.0.0.1:39539"."""

    scheme: str
    rest: str

    @classmethod
    def parse(cls, text: str) -> Address:
        scheme, _, rest = text.partition(":")
        return cls(scheme.lower(), rest.removeprefix("//"))

    def host_port(self, default_port: int) -> tuple[str, int]:
        """Host (without one: this computer) and port; UserError where the port is no port."""
        host, colon, port = self.rest.rstrip("/").rpartition(":")
        if not colon or port.endswith("]"):  # no port, or the colon of a bare [IPv6] address
            host, port = self.rest.rstrip("/"), str(default_port)
        if not port.isdecimal() or not 0 <= int(port) <= 65535:
            raise UserError(
                f"'{self.scheme}://{self.rest}' has no valid port: write {self.scheme}://HOST:PORT."
            )
        return host.strip("[]") or LOOPBACK, int(port)


def in_url(host: str) -> str:
    """As a host is written before a port: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Can only this computer reach it?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_this_computer(host_port: str) -> bool:
    """Of `localhost:8080` as in a Host header or an Origin: does it name this computer to itself?"""
    try:
        host = urlsplit(f"//{host_port}").hostname
    except ValueError:
        return False
    return host is not None and is_loopback(host)


def token_of(target: str) -> str:
    """What `/path?token=...` shows; "" where it shows none."""
    return parse_qs(target.partition("?")[2]).get("token", [""])[0]


def random_loopback() -> str:
    """An address of this computer among 16 million that a web page cannot guess; 127.0.0.1 where the system has but
    that one (macOS)."""
    host = ".".join(["127", *(str(1 + secrets.randbelow(254)) for _ in range(3))])
    with socket.socket() as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return LOOPBACK
    return host
