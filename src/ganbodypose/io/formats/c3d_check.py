"""Does a C3D file's own bookkeeping hold together? ezc3d follows it without looking, out of the file if it says so.

Format: https://www.c3d.org/docs/C3D_User_Guide.pdf, "The Parameter Section"
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from math import prod

BLOCK = 512
_FIRST_RECORD = 4  # after the four bytes of the section's own head
_SECTION_BLOCKS, _PROCESSOR = 2, 3
_BIG_ENDIAN = 86
_HEADER_WORDS = "HHHHHHfHHf"  # to the rate; struct's names
_NUMBERS = (b"USED", b"RATE", b"FRAMES", b"DATA_START", b"GEN_SCALE")
_TYPE_BYTES = (-1, 1, 2, 4)  # characters, bytes, integers, reals


def check_c3d(data: bytes) -> None:
    """ValueError says what is wrong with the whole file `data`: where its records lead, or how much they promise."""
    start = BLOCK * (data[0] - 1)
    section = data[start : start + BLOCK * data[start + _SECTION_BLOCKS]] if len(data) > start + 3 else b""
    if start < BLOCK or len(section) < BLOCK:
        raise ValueError("its parameters are not where the header says")
    order = ">" if section[_PROCESSOR] == _BIG_ENDIAN else "<"
    _check_names([*_records(section, order)])
    _check_points(data, order)


def _records(section: bytes, order: str) -> Iterator[tuple[int, bytes, int]]:
    """Of every group and parameter: its group's number (negative: it is the group), its name, and how many numbers it
    holds (0: text)."""
    at = _FIRST_RECORD
    while section[at : at + 1] != b"\0":
        if at >= len(section):
            raise ValueError("its parameters have no end")
        letters, group = map(int, _unpack("bb", section, at))
        offset_at = at + 2 + abs(letters)
        offset = int(_unpack(f"{order}h", section, offset_at)[0])
        following = offset_at + offset if offset else len(section)
        if offset and not offset_at + 3 <= following <= len(section):
            raise ValueError("a parameter leads out of the file")
        record = section[offset_at + 2 : following]
        kind, count, end = _values(record) if group > 0 else (0, 0, 0)
        _check_description(record, end)
        yield group, section[at + 2 : offset_at].upper(), count if kind > 0 else 0
        if offset == 0:  # so says the last one, too
            return
        at = following


def _values(record: bytes) -> tuple[int, int, int]:
    """Of a parameter: type, number of values, and where they end: type, number of dimensions, dimensions, values."""
    kind, dimensions = map(int, _unpack("bB", record, 0))
    if kind not in _TYPE_BYTES or dimensions > 7 or len(record) < 2 + dimensions:
        raise ValueError("a parameter has an unknown type or too many dimensions")
    count = prod(record[2 : 2 + dimensions])
    return kind, count, 2 + dimensions + count * abs(kind)


def _check_names(records: Sequence[tuple[int, bytes, int]]) -> None:
    """Each stands once, and those that ezc3d takes a number from have one."""
    names = [(group, name) for group, name, _ in records]
    if len(set(names)) < len(names):
        raise ValueError("a parameter stands twice")
    points = {-group for group, name, _ in records if group < 0 and name == b"POINT"}
    for group, name, count in records:
        if group > 0 and not count and (name in _NUMBERS or (name == b"SCALE" and group in points)):
            raise ValueError(f"its parameter {name.decode('ascii')} holds no number")


def _check_description(record: bytes, at: int) -> None:
    """Its length, then so many characters; a group has nothing else."""
    if at >= len(record) or at + 1 + record[at] > len(record):
        raise ValueError("a parameter promises more values than it holds")


def _check_points(data: bytes, order: str) -> None:
    """The header: points and analog samples of a frame, first and last frame, where they lie; 4 or 2 bytes a number."""
    _, points, analog, first, last, _, scale, block, *_ = _unpack(order + _HEADER_WORDS, data, 0)
    frames = max(last - first + 1, 0)  # of more than 65535 the header knows nothing
    needed = frames * (4 * points + analog) * (4 if scale < 0 else 2)
    if block < 1 or BLOCK * (block - 1) + needed > len(data):
        raise ValueError(f"it promises {frames:g} frames of {points:g} points, more than it holds")


def _unpack(form: str, data: bytes, at: int) -> tuple[float, ...]:
    try:
        return struct.unpack_from(form, data, at)
    except struct.error:
        raise ValueError("it ends in the middle of its parameters") from None
