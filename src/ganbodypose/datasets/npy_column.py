"""One array of an .npz archive, read range by range, so that it need not fit into memory.

An .npz is a zip of .npy files; rows of a C-ordered array lie one after the other in its (possibly compressed) stream.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from ganbodypose.datasets.checks import field_error
from ganbodypose.io.npz import DAMAGED


class NpyColumn:
    """The array `name` of the archive `path`: its shape, its dtype, its rows. UserError when it cannot be read."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name
        with self._opened() as file:
            self.shape, self.dtype = self._header(file)
            self._first_byte = file.tell()

    def rows(self, ranges: Iterable[tuple[int, int]]) -> Iterator[np.ndarray]:
        """array[start:stop] for each of `ranges`; in rising order they are read in one pass."""
        row_bytes = self.dtype.itemsize * prod(self.shape[1:])
        with self._opened() as file:
            for start, stop in ranges:
                file.seek(self._first_byte + start * row_bytes)
                data = file.read((stop - start) * row_bytes)
                if len(data) != (stop - start) * row_bytes:
                    raise field_error(self._path, self._name, "ends too early; the file is damaged")
                yield np.frombuffer(data, self.dtype).reshape(stop - start, *self.shape[1:])

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(f"{self._name}.npy") as file:
                yield file
        except KeyError:
            raise field_error(self._path, self._name, "is missing") from None
        except (OSError, *DAMAGED) as error:
            raise field_error(
                self._path, self._name, "cannot be read (damaged, or Python objects)"
            ) from error

    def _header(self, file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in read:
            raise field_error(self._path, self._name, f"has the unknown .npy version {version}")
        shape, fortran_order, dtype = read[version](file)
        if (fortran_order and len(shape) > 1) or dtype.hasobject:
            raise field_error(self._path, self._name, "must be a C-ordered array of plain numbers")
        return shape, dtype
