"""Text files, and what is in them: JSON, TOML."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ganbodypose.core import UserError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# Characters: an hour of whole-body keypoints has 350 million, and needs 6 GB when read.
LONGEST_TEXT = 1 << 29


def read_text(path: Path, kind: str, longest: int = LONGEST_TEXT, older: str | None = None) -> str:
    """The file's text; UserError when it cannot be read, is not text, or has more than `longest` characters.

    older: the encoding of files that are no UTF-8, for kinds that older programs write, too.
    """
    try:
        return _decoded(path, kind, longest, older)
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist; check the path.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not text, so it is no {kind} file.") from error


def _decoded(path: Path, kind: str, longest: int, older: str | None) -> str:
    try:
        return read_limited(path, kind, longest)
    except UnicodeDecodeError:
        if older is None:
            raise
        return read_limited(path, kind, longest, older)


def read_limited(path: Path, kind: str, longest: int, encoding: str = "utf-8-sig") -> str:
    """The file's text; UserError when it is longer than allowed or holds NUL, on which the csv module of Python 3.10
    stops; and what `open` and decoding raise."""
    with path.open(encoding=encoding) as file:
        text = file.read(longest + 1)
    if len(text) > longest:
        raise UserError(f"{path} is longer than a {kind} file can be ({longest:,} characters); split it.")
    if "\0" in text:
        raise UserError(f"{path} is not text, so it is no {kind} file.")
    return text


def numbers_in(cells: Sequence[str], where: str) -> list[float]:
    """A table's cells, NaN for empty ones; UserError, beginning with `where`, when one is no number."""
    try:
        return [float(cell) if cell else math.nan for cell in cells]
    except ValueError as error:
        raise UserError(f"{where} has a cell that is no number ({error}).") from error


def printable(text: str) -> str:
    """`text` with ? for what no UTF-8 stands for: Python's stand-ins for the bytes of a file's name in an older
    encoding."""
    return text.encode("utf-8", "replace").decode()


def read_json(path: Path) -> Any:
    """The contents of a JSON file; UserError, with the line, when it is none."""
    try:
        return parse_json(read_text(path, "JSON"))
    except json.JSONDecodeError as error:
        raise UserError(
            f"{path} is not a JSON file: {error.msg} in line {error.lineno}; export it again."
        ) from error
    except ValueError as error:
        raise UserError(f"{path} is not a JSON file: {error}; export it again.") from error


def as_json_text(value: object, indent: int | None = None) -> str:
    """The value as JSON; what could not be computed (NaN) is null, which every reader knows."""
    return json.dumps(_without_nan(value), ensure_ascii=False, indent=indent, allow_nan=False)


def _without_nan(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def parse_json(text: str | bytes) -> Any:
    """ValueError where `text` is no JSON, or nested deeper than Python can follow."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def parse_json_object(text: str | bytes) -> dict[str, Any]:
    """ValueError where `text` is no JSON object."""
    found = parse_json(text)
    if not isinstance(found, dict):
        raise ValueError(f"it holds no object {{...}} but {type(found).__name__}")
    return found


def parse_toml(text: str) -> dict[str, Any]:
    """ValueError where `text` is no TOML, or nested deeper than Python can follow."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
