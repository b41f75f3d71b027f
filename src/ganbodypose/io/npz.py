"""NumPy archives of unknown origin: what an array asks for is checked before NumPy takes memory for it."""

from __future__ import annotations

import sys
import tokenize
import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from ganbodypose.core import UserError

# What zipfile and NumPy raise for broken contents; RuntimeError: encrypted, NotImplementedError: methods of the future.
DAMAGED = (
    *(ValueError, EOFError, SyntaxError, tokenize.TokenError),
    *(zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError),
)

_ALWAYS_ALLOWED_BYTES = 256 << 20
_MOST_PER_BYTE = (
    50  # unpacked bytes for each byte of the file; motion packs 1.2 to 10 times, a bomb 1000 times
)


def check_npz(path: Path) -> None:
    """UserError where the file is no archive of arrays, would unpack to far more than it holds, or an array's header
    promises more than there is. OSError where it cannot be opened."""
    where = ""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_total(path, sum(member.file_size for member in members))
            for member in members:
                where = f"{member.filename!r}: "
                with archive.open(member) as stream:
                    _check_header(path, member, stream)
    except DAMAGED as error:
        raise UserError(f"{path} is not a NumPy .npz archive, or it is damaged ({where}{error}).") from error


def _check_total(path: Path, unpacked: int) -> None:
    allowed = max(_ALWAYS_ALLOWED_BYTES, _MOST_PER_BYTE * path.stat().st_size)
    if unpacked > allowed:
        raise UserError(
            f"{path} would unpack to {unpacked / 1e6:.0f} MB, {unpacked // path.stat().st_size} times its size: "
            "it was not made for reading; get it anew from where it comes from."
        )


def _check_header(path: Path, member: zipfile.ZipInfo, stream: IO[bytes]) -> None:
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        return
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    if dtype.hasobject:  # never read by NumPy; `datasets.safe_pickle` checks what is pickled
        return
    if dtype.kind == "U":
        _check_text(stream.read(), dtype)
    impossible = min(shape, default=0) < 0 or max(shape, default=0) > sys.maxsize
    if impossible or prod(shape) * dtype.itemsize > member.file_size:
        raise UserError(
            f"{path}: {member.filename} promises {list(shape)} values but holds {member.file_size} bytes; "
            "it is damaged."
        )


def _check_text(data: bytes, dtype: np.dtype) -> None:
    """NumPy takes any four bytes for a character, and Python then fails on those that are none."""
    codes = np.frombuffer(data, np.dtype(np.uint32).newbyteorder(dtype.byteorder))
    if ((codes > sys.maxunicode) | ((codes >= 0xD800) & (codes < 0xE000))).any():
        raise ValueError("text with characters that do not exist")
