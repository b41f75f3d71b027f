"""`poses.parquet`: the rows of all recordings in one table (`io.formats.parquet`), with their `recording`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.extras import need
from ganbodypose.io.formats.parquet import arrow_table
from ganbodypose.io.results import load
from ganbodypose.jobs.run import POSES

TABLE = "poses.parquet"


def write_table(path: Path, folders: Iterable[Path]) -> Path | None:
    """One group of rows for each folder of results, so that memory does not grow; None where nobody was seen in
    any. UserError without pyarrow, or where it cannot be written."""
    arrow, parquet = need("pyarrow", "Parquet"), need("pyarrow.parquet", "Parquet")
    writer = None
    with replacing(path) as part:
        for folder in folders:
            table = arrow_table(load(folder / POSES)).replace_schema_metadata(None)
            name = arrow.array([folder.name]).dictionary_encode()
            names = arrow.DictionaryArray.from_arrays([0] * len(table), name.dictionary)
            table = table.add_column(0, "recording", names)
            writer = writer or parquet.ParquetWriter(part, table.schema)
            writer.write_table(table)
        if writer is None:
            return None
        writer.close()
    return path
