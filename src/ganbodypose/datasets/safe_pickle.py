"""Pickles read without running code from them.

Several datasets come as pickles, and `pickle.load` runs whatever such a file asks for. Here a file may only ask
for NumPy arrays, dtypes and scalars; dicts, lists, tuples, strings and numbers need no asking. NumPy's own
functions for unpickling trust their input (a forged dtype turns bytes into pointers), so they are replaced by
ones that check it.
"""

from __future__ import annotations

import pickle
import pickletools
import zipfile
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.io.npz import DAMAGED, check_npz

_NDARRAY = "numpy.ndarray"  # stands for the class, which a pickle names but never needs to call
_REMEMBERING = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_BROKEN = (
    *(pickle.UnpicklingError, AttributeError, IndexError, KeyError),
    *(MemoryError, OverflowError, TypeError),
    *DAMAGED,
)


class _RefusedError(Exception):
    """A pickle asks for something other than data; the message is the name of it."""


def load_pickle(path: str | Path) -> Any:
    """The data in a pickle of Python 2 or 3. UserError names the file and what was refused in it."""
    path = Path(path)
    try:
        with path.open("rb") as stream:
            return _load(stream, str(path))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error


def load_npz_member(path: str | Path, name: str) -> Any:
    """One array of an .npz; when it is a single pickled object (saved as `array(object)`), that object.

    UserError names the file, the member and what was refused in it.
    """
    path = Path(path)
    try:
        check_npz(path)
        with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as stream:
            array = _read_npy(stream, f"{path}: field {name!r}")
    except KeyError:
        raise UserError(f"{path}: field {name!r} is missing.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error
    except DAMAGED as error:
        raise UserError(f"{path} is not a NumPy .npz archive, or it is damaged.") from error
    return array.item() if array.dtype == object and array.shape == () else array


def _read_npy(stream: IO[bytes], where: str) -> np.ndarray:
    try:
        version = np.lib.format.read_magic(stream)
        read_header = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, fortran_order, dtype = read_header(stream)
    except ValueError as error:
        raise UserError(f"{where} is not a NumPy array, or it is damaged.") from error
    if dtype.hasobject:
        array = _load(stream, where)
        if not isinstance(array, np.ndarray):
            raise UserError(f"{where} must be an array, not {type(array).__name__}.")
        return array
    data = stream.read()
    if len(data) != prod(shape) * dtype.itemsize:
        raise UserError(f"{where} is cut off or damaged: it must hold {prod(shape)} values.")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran_order else "C")


def _load(stream: IO[bytes], where: str) -> Any:
    try:
        _check_memo(stream)
        value = _DataUnpickler(stream).load()
        return value.view(np.ndarray) if isinstance(value, np.ndarray) else value
    except _RefusedError as error:
        raise UserError(
            f"{where} asks for {error} when it is unpickled, which is not plain data, so it was not read."
        ) from None
    except _BROKEN as error:
        raise UserError(f"{where} is not a pickle of plain data, or it is damaged ({error}).") from error


def _check_memo(stream: IO[bytes]) -> None:
    """ValueError where something is to be remembered under a number larger than as many bytes could have counted up to:
    Python takes memory for all smaller ones, tens of gigabytes for a file of ten bytes."""
    begin = stream.tell()
    for operation, number, at in pickletools.genops(stream):
        if operation.name in _REMEMBERING and (number or 0) > (at or 0):
            raise ValueError(f"it numbers its parts up to {number}")
    stream.seek(begin)


class _DataUnpickler(pickle.Unpickler):
    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream, encoding="latin1")  # what Python 2 wrote; no effect on other pickles

    def find_class(self, module: str, name: str) -> Any:
        # Bound methods: unlike functions and classes, a pickle cannot set attributes on them.
        package = module.replace("numpy._core", "numpy.core")
        allowed: dict[tuple[str, str], Any] = {
            ("numpy", "ndarray"): _NDARRAY,
            ("numpy", "dtype"): self._dtype,
            ("numpy.core.multiarray", "_reconstruct"): self._reconstruct,
            ("numpy.core.multiarray", "scalar"): self._scalar,
            ("numpy.core.numeric", "_frombuffer"): self._frombuffer,
            ("_codecs", "encode"): self._encode,
            ("builtins", "complex"): self._complex,
            ("__builtin__", "complex"): self._complex,
        }
        if (package, name) not in allowed:
            raise _RefusedError(f"{module}.{name}")
        return allowed[package, name]

    def _dtype(self, spec: str, *_: Any) -> _PickledDtype:
        return _PickledDtype(spec)

    def _reconstruct(self, kind: object, *_: Any) -> _PickledArray:
        if kind is not _NDARRAY:
            raise _RefusedError(f"an array of class {kind!r}")
        return _PickledArray((0,), np.int8)

    def _scalar(self, dtype: _PickledDtype, data: bytes | str = b"") -> Any:
        raw = data.encode("latin1") if isinstance(data, str) else data
        return np.frombuffer(raw, dtype.value, 1)[0]

    def _frombuffer(self, buffer: Any, dtype: _PickledDtype, shape: Any, order: str) -> np.ndarray:
        return np.frombuffer(buffer, dtype.value).reshape(shape, order="F" if order == "F" else "C")

    def _encode(self, text: str, encoding: str = "latin1") -> bytes:
        """How protocol 2 writes bytes."""
        if encoding not in ("latin1", "latin-1"):
            raise _RefusedError(f"the encoding {encoding!r}")
        return text.encode("latin1")

    def _complex(self, real: float, imaginary: float = 0.0) -> complex:
        return complex(real, imaginary)


class _PickledDtype:
    """A dtype as its pickle describes it, of which only the kind, the size and the byte order are believed."""

    def __init__(self, spec: str) -> None:
        if not isinstance(spec, str):
            raise _RefusedError("a dtype that is not given as text")
        self.value = np.dtype(spec)
        if self.value.fields or self.value.subdtype:
            raise _RefusedError(f"the structured dtype {spec!r}")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, byte_order, subarray, names, fields = state[:5]
        if subarray or names or fields:
            raise _RefusedError("a structured dtype")
        if byte_order in ("<", ">"):
            self.value = self.value.newbyteorder(byte_order)


class _PickledArray(np.ndarray):
    """An array whose contents are checked before NumPy takes them; `np.asarray` makes a plain one of it."""

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran_order, data = state
        size = prod(int(n) for n in shape)
        if dtype.value.hasobject and not (isinstance(data, list) and len(data) == size):
            raise _RefusedError("an array of objects that are not listed")
        checked: Any = (1, tuple(shape), dtype.value, bool(fortran_order), data)
        super().__setstate__(checked)
