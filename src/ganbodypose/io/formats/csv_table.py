"""CSV as a long table: one line per frame, person and joint, for spreadsheets, R and data frames.

Columns: `long_table`. Metres, seconds and pixels; missing is an empty cell. Comma, decimal
point, UTF-8, one header line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.long_table import COLUMNS, NUMBERS, sequence_of_table, values_of
from ganbodypose.io.formats.tracks import WriteOptions, select
from ganbodypose.io.text import read_text
from ganbodypose.skeletons import H36M_17


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
    return (*chosen.notes, "in metres in the camera frame: x right, y down, z forward")


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
    absent = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    if absent:
        raise UserError(
            f"{path} lacks the column {absent[0]!r}; its first line must name {', '.join(COLUMNS)}."
        )
    rows: dict[tuple[int, int], int] = {}
    times: list[float] = []
    blocks: list[np.ndarray] = []
    for line in table:
        frame, time_s, track, joint, numbers = _parsed(line, f"{path}, line {table.line_num}")
        row = rows.setdefault((frame, track), len(rows))
        if row == len(blocks):
            times.append(time_s)
            blocks.append(np.full((len(H36M_17), len(NUMBERS)), np.nan))
        blocks[row][joint] = numbers
    if not rows:
        raise UserError(f"{path} has a header but no rows.")
    keys = np.array(list(rows), np.int64)
    return sequence_of_table(keys, np.array(times), np.stack(blocks))


def _parsed(line: dict[str, str], where: str) -> tuple[int, float, int, int, list[float]]:
    if None in line.values():
        raise UserError(f"{where} has too few cells; mend or remove it.")
    try:
        joint = H36M_17.index(line["joint"])
        numbers = [float(line[name]) if line[name] else float("nan") for name in NUMBERS]
        frame, track = np.array([int(line["frame_index"]), int(line["track_id"])], np.int64).tolist()
        return frame, float(line["time_s"]), track, joint, numbers
    except (ValueError, OverflowError) as error:
        raise UserError(f"{where} cannot be read ({error}); mend or remove it.") from error
