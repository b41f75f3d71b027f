"""CSV as a long table: one line per frame, person and joint, for spreadsheets, R and data frames.

Columns: `long_table`. Metres, seconds and pixels; missing is an empty cell, or NA, as R writes it. Comma, decimal
point, UTF-8, one header line.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.long_table import COLUMNS, NUMBERS, sequence_of_table, values_of
from ganbodypose.io.formats.tracks import CAMERA_FRAME_NOTE, WriteOptions, select
from ganbodypose.io.text import read_text
from ganbodypose.skeletons import H36M_17

_MISSING = ("", "NA")


def write_csv(
    path: str | Path, sequence: PoseSequence, options: WriteOptions | None = None
) -> tuple[str, ...]:
    """Write everybody, or one person; returns what was done to the data, one clause each."""
    path = Path(path)
    chosen = select(sequence, options or WriteOptions())
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(COLUMNS)
        lines.writerows(_rows(chosen.sequence))
    return (*chosen.notes, CAMERA_FRAME_NOTE)


def _rows(sequence: PoseSequence) -> Iterator[list[object]]:
    for n, numbers in enumerate(values_of(sequence)):
        head = [int(sequence.frame_index[n]), repr(float(sequence.time_s[n])), int(sequence.track_id[n])]
        for joint, row in zip(H36M_17.joints, numbers, strict=True):
            yield [*head, joint, *("" if np.isnan(v) else f"{v:.9g}" for v in row)]


def read_csv(path: str | Path) -> PoseSequence:
    """The rows of such a table; columns may come in any order, and further ones are ignored.

    The frame rate is the average one, NaN with fewer than two frames. What the table does not hold (camera,
    bounding boxes) is NaN. UserError, naming file and line, when the table is malformed.
    """
    path = Path(path)
    table = csv.DictReader(read_text(path, "CSV").splitlines())
    try:
        return _sequence(path, table)
    except csv.Error as error:
        raise UserError(
            f"{path} cannot be read after line {table.line_num} ({error}); is a quotation mark not closed?"
        ) from error


def _sequence(path: Path, table: csv.DictReader[str]) -> PoseSequence:
    absent = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    if absent:
        raise UserError(
            f"{path} lacks the column {absent[0]!r}; its first line must name {', '.join(COLUMNS)}."
        )
    numbers, keys, values = array("q"), array("q"), array("d")
    for line in table:
        key, value = _parsed(line, f"{path}, line {table.line_num}")
        numbers.append(table.line_num)
        keys.extend(key)
        values.extend(value)
    if not numbers:
        raise UserError(f"{path} has a header but no rows.")
    table_of_values = np.reshape(values, (len(numbers), -1))
    return sequence_of_table(
        np.reshape(keys, (len(numbers), -1)),
        table_of_values[:, 0],
        table_of_values[:, 1:],
        lambda line: f"{path}, line {numbers[line]},",
    )


def _parsed(line: dict[str, str], where: str) -> tuple[list[int], list[float]]:
    """Frame, person and joint; time and the numbers."""
    if None in line.values():
        raise UserError(f"{where} has too few cells; mend or remove it.")
    try:
        key = [int(line["frame_index"]), int(line["track_id"]), H36M_17.index(line["joint"])]
        numbers = [float("nan" if line[name] in _MISSING else line[name]) for name in NUMBERS]
        return np.array(key, np.int64).tolist(), [float(line["time_s"]), *numbers]
    except (ValueError, OverflowError) as error:
        raise UserError(f"{where} cannot be read ({error}); mend or remove it.") from error
