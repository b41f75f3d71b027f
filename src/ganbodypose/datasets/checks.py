"""Checks that the readers share; every failure names the file, the field and what was expected there."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import UserError

# What SciPy raises for broken contents, besides its own error.
_BROKEN_MAT = (
    *(ValueError, TypeError, NotImplementedError, EOFError, LookupError, AttributeError, ArithmeticError),
    *(MemoryError, struct.error, zlib.error),
)


def field_error(path: Path, field: str, problem: str) -> UserError:
    return UserError(f"{path}: field {field!r} {problem}.")


def read_mat(path: Path) -> dict[str, Any]:
    """The variables of a MATLAB file of version 5."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        return loadmat(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (*_BROKEN_MAT, MatReadError) as error:
        raise UserError(f"{path} is not a MATLAB file of version 5, or it is damaged ({error}).") from error


def entry(path: Path, mapping: Any, key: Any, field: str) -> Any:
    """mapping[key], where `field` says where in the file `mapping` lies ('' at the top)."""
    inner = f"{field}[{key!r}]" if field else str(key)
    if not isinstance(mapping, dict):
        raise field_error(path, field or "the contents", f"must be a dict, not {type(mapping).__name__}")
    if key not in mapping:
        raise field_error(path, inner, "is missing")
    return mapping[key]


def numbers(path: Path, value: Any, field: str, shape: tuple[int | None, ...]) -> np.ndarray:
    """`value` as floats (float32 stays so) of exactly `shape`, where None is any length."""
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        array = np.empty(0, object)
    fits = array.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, array.shape, strict=True))
    if array.dtype.kind not in "fiub" or not fits:
        wanted = ",".join("any" if n is None else str(n) for n in shape)
        raise field_error(path, field, f"must be numbers [{wanted}], not {array.dtype} {list(array.shape)}")
    return array if array.dtype == np.float32 else array.astype(np.float64, copy=False)


def whole(path: Path, value: Any, field: str) -> int:
    if not isinstance(value, int):
        raise field_error(path, field, f"must be a whole number, not {value!r}")
    return value


def same_length(path: Path, fields: Iterable[tuple[str, Any]]) -> int:
    """The length that all of `fields` (name, value) share."""
    (first, value), *others = fields
    for name, other in others:
        if len(other) != len(value):
            raise field_error(
                path, name, f"must have one entry per frame of {first!r} ({len(value)}), not {len(other)}"
            )
    return len(value)
