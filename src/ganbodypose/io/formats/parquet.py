"""Parquet with the columns of the CSV table (`long_table`), for pandas, polars, R and DuckDB, through pyarrow.

Missing is null. Rate and picture size stand in the schema's metadata ('ganbodypose' as JSON).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.extras import need
from ganbodypose.io.formats.long_table import COLUMNS, NUMBERS, sequence_of_table, values_of
from ganbodypose.io.formats.tracks import CAMERA_FRAME_NOTE, WriteOptions, select
from ganbodypose.io.keypoints.frames import one_number, whole
from ganbodypose.io.text import parse_json
from ganbodypose.skeletons import H36M_17

_JOINTS = len(H36M_17)
_META = b"ganbodypose"


def write_parquet(path: Path, sequence: PoseSequence, options: WriteOptions | None = None) -> tuple[str, ...]:
    """Write everybody, or one person; returns what was done to the data, one clause each."""
    chosen = select(sequence, options or WriteOptions())
    parquet = need("pyarrow.parquet", "Parquet")
    with replacing(path) as part:
        parquet.write_table(arrow_table(chosen.sequence), part)
    return (*chosen.notes, CAMERA_FRAME_NOTE)


def arrow_table(rows: PoseSequence) -> Any:
    """The pyarrow.Table of all rows."""
    arrow = need("pyarrow", "Parquet")
    values = values_of(rows).reshape(-1, len(NUMBERS))
    columns = {name: np.repeat(getattr(rows, name), _JOINTS) for name in COLUMNS[:3]}
    columns["joint"] = np.tile(H36M_17.joints, len(rows))
    columns |= {name: arrow.array(values[:, k], from_pandas=True) for k, name in enumerate(NUMBERS)}
    meta = {"fps": rows.fps if np.isfinite(rows.fps) else None, "image_size_wh": rows.image_size_wh}
    return arrow.table(columns).replace_schema_metadata({_META: json.dumps(meta)})


def read_parquet(path: Path) -> PoseSequence:
    """The rows of such a table; further columns are ignored. UserError when it is malformed."""
    table = _open(path)
    try:
        return _sequence(path, table)
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{path} has a column or metadata of another kind than expected ({error})."
        ) from error


def _sequence(path: Path, table: Any) -> PoseSequence:
    absent = [name for name in COLUMNS if name not in table.column_names]
    if absent or not table.num_rows:
        raise UserError(
            f"{path} must have rows and the columns {', '.join(COLUMNS)}"
            + (f"; {absent[0]!r} is missing." if absent else ".")
        )
    joint = [H36M_17.index(name) for name in table["joint"].to_pylist()]
    keys = np.stack(
        [np.asarray(column, np.int64) for column in (table["frame_index"], table["track_id"], joint)], axis=-1
    )
    time_s = np.asarray(table["time_s"], float)
    values = np.stack([np.asarray(table[name].to_numpy(), float) for name in NUMBERS], axis=-1)
    sequence = sequence_of_table(keys, time_s, values, lambda row: f"{path}, row {row + 1},")
    return _with_meta(sequence, table.schema.metadata)


def _open(path: Path) -> Any:
    arrow, parquet = need("pyarrow", "Parquet"), need("pyarrow.parquet", "Parquet")
    try:
        return parquet.read_table(path)
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist; check the path.") from error
    except (OSError, arrow.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} is not a complete Parquet file ({reason}); export it again.") from error


def _with_meta(sequence: PoseSequence, metadata: dict[bytes, bytes] | None) -> PoseSequence:
    """What this program notes beside the table; tables of other programs have none."""
    if not metadata or _META not in metadata:
        return sequence
    meta = parse_json(metadata[_META])
    width, height = (whole(side, "a side of the picture") for side in meta["image_size_wh"])
    return replace(sequence, fps=one_number(meta["fps"], "the rate"), image_size_wh=(width, height))
