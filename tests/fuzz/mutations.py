"""Files that look almost right: one is taken and a few things are changed in it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_NUMBER = re.compile(rb"-?\d+\.?\d*")
_NUMBERS = (
    b"0 -1 1 1.5 1e999 -1e308 NaN nan inf 255 65536 2147483648 99999999999999999999 0x10 1e-320".split()
)
_TOKENS = [
    *(
        b"null",
        b"true",
        b"[]",
        b"{}",
        b'""',
        b"[[]]",
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b",",
        b"\n",
        b"\t",
        b"\0",
    ),
    *("\ufeff".encode(), b"\xff\xfe", "Ω".encode(), b"%s", b"../", b"=", b":", b"e9", b"-", b"[" * 3000),
]

Edit = Callable[[bytearray, random.Random], None]


def mutate(data: bytes, rng: random.Random, most: int = 4) -> bytes:
    """`data` with one to `most` edits."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, most)):
        rng.choice(_EDITS)(changed, rng)
    return bytes(changed)


def _part(data: bytearray, rng: random.Random) -> tuple[int, int]:
    """A random section, mostly short."""
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 2, 4, 16, 64, 512, len(data))))


def _set_bytes(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 2, 8))):
        if data:
            data[rng.randrange(len(data))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))


def _set_word(data: bytearray, rng: random.Random) -> None:
    """Counts and offsets of binary files."""
    start = rng.randrange(len(data) + 1)
    value = rng.choice((0, 1, -1, 0x7FFF, 0x7FFFFFFF, rng.randrange(1 << 16)))
    width = rng.choice((2, 4, 8))
    data[start : start + width] = (value & ((1 << 8 * width) - 1)).to_bytes(
        width, rng.choice(("little", "big"))
    )


def _drop(data: bytearray, rng: random.Random) -> None:
    start, stop = _part(data, rng)
    del data[start:stop]


def _double(data: bytearray, rng: random.Random) -> None:
    start, stop = _part(data, rng)
    data[start:start] = data[start:stop]


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _insert(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data) + 1)
    data[start:start] = rng.choice(_TOKENS)


def _change_number(data: bytearray, rng: random.Random) -> None:
    found = list(_NUMBER.finditer(data))
    if found:
        chosen = rng.choice(found)
        data[chosen.start() : chosen.end()] = rng.choice(_NUMBERS)


def _swap_lines(data: bytearray, rng: random.Random) -> None:
    lines = data.split(b"\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    data[:] = b"\n".join(lines)


_EDITS: tuple[Edit, ...] = (
    *(_set_bytes, _set_word, _drop, _double, _cut, _insert, _insert, _swap_lines),
    *(_change_number, _change_number, _change_number),
)
