"""Addresses of receivers, `scheme://rest` or `scheme:rest`."""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from ganbodypose.core import UserError

LOOPBACK = "127.0.0.1"
# Hosts that stand for all addresses of this computer, with one far away that documents use and nobody has.
_ANYWHERE = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}


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


def served_at(scheme: str, host: str, port: int, token: str | None) -> str:
    """What to open to reach a server here, with the token it asks for.

    Where it serves all addresses of this computer (0.0.0.0, ::), which nobody else can open, it is the one by which
    this computer reaches others, or its name where it reaches nobody.
    """
    return f"{scheme}://{in_url(_reachable(host))}:{port}" + (f"/?token={token}" if token else "")


def _reachable(host: str) -> str:
    if host not in _ANYWHERE:
        return host
    with socket.socket(socket.AF_INET6 if host == "::" else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_ANYWHERE[host], 9))  # sends nothing: the system says which way it would
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


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


def access_token(host: str, token: str | None) -> str | None:
    """What whoever comes to a server at `host` must show: the given token, or one that is made up where others than
    this computer can come; None: nothing. UserError where a token cannot stand in an address and a cookie."""
    if token is None:
        return None if is_loopback(host) else secrets.token_urlsafe(16)
    if not re.fullmatch(r"[A-Za-z0-9._~-]+", token):
        raise UserError("A token is made of the letters a to z, digits and . _ ~ - only; choose another.")
    return token


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
