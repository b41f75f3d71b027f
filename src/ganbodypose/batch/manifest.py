"""Lists of recordings: a text file with one a line, or CSV or JSON lines that also say how to treat each.

    source    a path (relative to the list), or a URL
    name      of its folder of results; by default the source's name
    height, fov, camera, persons, start, end, fps, size    as the options of `ganbodypose run`

A list may come from somebody else, so what it says is checked: no name leads out of the folder of results, no
column is unknown.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ganbodypose.batch.stores import is_url
from ganbodypose.core import UserError
from ganbodypose.io.text import parse_json_object, read_text
from ganbodypose.jobs.options import RunOptions, size_of_text

MANIFEST_SUFFIXES = (".csv", ".jsonl", ".txt")
_LONGEST_NAME = 120  # letters, of up to four bytes each: file systems allow 255 bytes less a suffix
_OPTIONS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "height": ("height_m", float),
    "fov": ("fov_deg", float),
    "camera": ("camera", Path),
    "persons": ("persons", int),
    "start": ("start_s", float),
    "end": ("end_s", float),
    "fps": ("fps", float),
    "size": ("size_wh", size_of_text),
}


@dataclass(frozen=True)
class Entry:
    """One recording: an absolute path or a URL; the name for its results, None to take the source's."""

    source: str
    options: RunOptions
    name: str | None = None


def read_manifest(path: Path, options: RunOptions) -> list[Entry]:
    """The recordings of a list, with `options` where it says nothing else. UserError names the line."""
    entries = []
    for line, row in _rows(path, read_text(path, "manifest")):
        try:
            entries.append(_entry(row, path.absolute().parent, options))
        except UserError as error:
            raise UserError(f"{path}, line {line}: {error}") from error
    if not entries:
        raise UserError(f"{path} lists no recordings; give one a line.")
    return entries


def _rows(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(number of the line, what it says)"""
    if path.suffix.lower() == ".csv":
        yield from _csv_rows(path, text)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and path.suffix.lower() == ".jsonl":
            yield number, _json_row(path, number, line)
        elif line.strip() and not line.startswith("#"):
            yield number, {"source": line.strip()}


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text))
    try:
        if "source" not in (reader.fieldnames or ()):
            raise UserError(f"{path} must have a column 'source' to be a list of recordings.")
        for row in reader:
            if None in row:
                raise UserError(f"{path}, line {reader.line_num}: more cells than columns.")
            yield reader.line_num, {key: value for key, value in row.items() if value not in ("", None)}
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: no CSV ({error}).") from error


def _json_row(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        row = parse_json_object(line)
    except ValueError as error:
        raise UserError(f"{path}, line {number}: each line must be one JSON object ({error}).") from error
    return {key: value for key, value in row.items() if value is not None}


def _entry(row: Mapping[str, Any], base: Path, options: RunOptions) -> Entry:
    unknown = row.keys() - _OPTIONS.keys() - {"source", "name"}
    if unknown:
        known = ", ".join(("source", "name", *_OPTIONS))
        raise UserError(f"'{min(unknown)}' is not known; a line may say {known}.")
    source = str(row.get("source", ""))
    if not source or "\0" in source:
        raise UserError("the source is missing.")
    name = row.get("name")
    if name is not None:
        check_name(str(name))
    changed = {_OPTIONS[key][0]: _value(key, row[key], base) for key in row.keys() & _OPTIONS.keys()}
    options = replace(options, **changed)
    options.estimator()  # complains now, not after hours
    return Entry(
        source if is_url(source) else str(base / source), options, None if name is None else str(name)
    )


def _value(key: str, value: Any, base: Path) -> Any:
    parse = _OPTIONS[key][1]
    if parse is Path:
        return base / str(value)
    try:
        return parse(str(value))
    except ValueError as error:
        raise UserError(f"{key} cannot be '{value}'.") from error


def check_name(name: str) -> None:
    """UserError where results under this name would lie outside their folder, or hidden, or nowhere."""
    if not name.isprintable() or re.search(r'[/\\:*?"<>|]', name) or name.strip(". ") != name or not name:
        raise UserError(
            f"the name {name!r} cannot be that of a folder: leave out slashes, signs, and dots at its ends."
        )
    if len(name) > _LONGEST_NAME:
        raise UserError(f"the name {name[:20]!r}... is longer than {_LONGEST_NAME} letters.")
