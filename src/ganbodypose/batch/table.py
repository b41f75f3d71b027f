"""`poses.parquet`: the rows of all recordings in one table (`io.formats.parquet`), with their `recording`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.extras import need
from ganbodypose.io.formats.parquet import arrow_table
from ganbodypose.io.results import load
from ganbodypose.jobs.result_folder import POSES

TABLE = "poses.parquet"


def write_table(path: Path, folders: Iterable[Path]) -> Path | None:
    """One group of rows for each folder of results, so that memory does not grow; None where there is no folder.
    UserError without pyarrow, or where it cannot be written."""
    parquet = need("pyarrow.parquet", "Parquet")
    tables = map(_table, folders)
    first = next(tables, None)
    if first is None:
        return None
    with replacing(path) as part, parquet.ParquetWriter(part, first.schema) as writer:
        for table in chain([first], tables):
            writer.write_table(table)
    return path


def _table(folder: Path) -> Any:
    """The pyarrow.Table of one folder's rows."""
    arrow = need("pyarrow", "Parquet")
    table = arrow_table(load(folder / POSES)).replace_schema_metadata(None)
    name = arrow.array([folder.name]).dictionary_encode()
    rows = arrow.array([0] * len(table), arrow.int32())  # said, since nobody may be in the recording
    names = arrow.DictionaryArray.from_arrays(rows, name.dictionary)
    return table.add_column(0, "recording", names)
