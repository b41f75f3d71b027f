"""Files that look almost right: one is taken and a few things are changed in it."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

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
        rng.choice(_edits_of(changed))(changed, rng)
    return bytes(changed)


def _edits_of(data: bytearray) -> tuple[Edit, ...]:
    """Checksums and brackets would keep most edits of bytes from the values inside."""
    if data.startswith(b"PK"):
        return (*_EDITS[:4], *[_change_member, _change_array] * 8)
    if data.lstrip()[:1] in (b"{", b"["):
        return (*_EDITS, *[_change_value] * len(_EDITS))
    return _EDITS


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


def _change_value(data: bytearray, rng: random.Random) -> None:
    """One value of a JSON document, or of one line of JSON."""
    for lines in ([bytes(data)], bytes(data).split(b"\n")):
        k = rng.randrange(len(lines))
        try:
            whole = [json.loads(lines[k])]
            where, key = rng.choice(list(_places(whole)))
        except (ValueError, RecursionError):
            continue
        where[key] = rng.choice((*_VALUES, [where[key]], [where[key]] * 2))
        lines[k] = json.dumps(whole[0]).encode()
        data[:] = b"\n".join(lines)
        return


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in `document` with every key that it has."""
    keys = (
        range(len(document))
        if isinstance(document, list)
        else list(document)
        if isinstance(document, dict)
        else ()
    )
    for key in keys:
        yield document, key
        yield from _places(document[key])


def _change_member(data: bytearray, rng: random.Random) -> None:
    """The bytes of one file of an archive, with a right checksum."""
    _repack(data, rng, lambda member: mutate(member, rng, 2))


def _change_array(data: bytearray, rng: random.Random) -> None:
    """One array of an .npz: another shape, dtype or value."""

    def change(member: bytes) -> bytes:
        try:
            array = np.load(io.BytesIO(member), allow_pickle=False)
            changed = rng.choice(_ARRAYS)(array)
        except Exception:  # no array, or none that this can be done to
            return member
        written = io.BytesIO()
        np.save(written, changed, allow_pickle=False)
        return written.getvalue()

    _repack(data, rng, change)


def _repack(data: bytearray, rng: random.Random, change: Callable[[bytes], bytes]) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        name = rng.choice(list(members))
    except (ValueError, IndexError, EOFError, NotImplementedError, RuntimeError, OSError, *_BROKEN):
        return
    members[name] = change(members[name])
    if rng.random() < 0.1:
        members.pop(name)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    data[:] = written.getvalue()


_BROKEN = (zipfile.BadZipFile, zlib.error)
_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1.5, 1 << 40, 1 << 70, float("nan"), float("inf"), 1e300),
    *("", "x", "\0", "../x", "nan", [], [[]], {}, {"x": 1}, [1, "x"], [None] * 3),
)
_ARRAYS: tuple[Callable[[np.ndarray], Any], ...] = (
    *(lambda a: a[:0], lambda a: a[:1], lambda a: a[None], lambda a: a.T, np.ravel, lambda a: a[..., :1]),
    *(lambda a: np.repeat(a, 2, 0), lambda a: a[::-1], np.asfortranarray, lambda a: a.astype(">f4")),
    *(
        lambda a: a.astype(str),
        lambda a: a.astype(complex),
        lambda a: a.astype(np.int8),
        lambda a: a.astype("S3"),
    ),
    *(lambda a: a * np.nan, lambda a: a + np.inf, lambda a: a - 1e9, lambda a: a * 0, lambda a: a * 1e300),
    *(
        lambda a: -a,
        lambda a: a + 1,
        lambda _: np.array("x"),
        lambda _: np.array(2),
        lambda _: np.zeros((2, 0, 3)),
    ),
    *(
        lambda a: np.zeros(a.shape, "M8[s]"),
        lambda a: np.zeros(a.shape, [("a", "f4")]),
        lambda a: a.astype(np.uint64),
    ),
)

_EDITS: tuple[Edit, ...] = (
    *(_set_bytes, _set_word, _drop, _double, _cut, _insert, _insert, _swap_lines),
    *(_change_number, _change_number, _change_number),
)
