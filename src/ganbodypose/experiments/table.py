"""A table of published and measured numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """key: of the rows' values; better: 'high', 'low' or '' (no best is marked)."""

    key: str
    title: str
    better: str = ""
    digits: int = 1


# Where a row's numbers come from. Only those MEASURED are compared with each other.
PUBLISHED = "published"  # printed in the paper
MEASURED = "measured"
APART = "measured, apart"  # not trained for the time that the others were given, or not trained at all


@dataclass(frozen=True)
class Row:
    """One method; on: the dataset, where the rows have several: the best is the best on it."""

    method: str
    values: Mapping[str, float]
    source: str = MEASURED
    on: str = ""


@dataclass(frozen=True)
class Table:
    """name: 'table1' ...; notes: sentences under the table."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """The best measured value of each column and dataset is bold."""
        head = ["method", "source", *(column.title for column in self.columns)]
        lines = [f"## {self.title}", "", _line(head), "|---" * len(head) + "|"]
        for row in self.rows:
            source = f"{row.source}, {row.on}" if row.on else row.source
            cells = (self._cell(row, column, self._best(column, row.on)) for column in self.columns)
            lines.append(_line([row.method, source, *cells]))
        return "\n".join([*lines, "", *(f"- {note}" for note in self.notes), ""])

    def as_json(self) -> dict[str, Any]:
        rows = [
            {"method": r.method, "source": r.source, "on": r.on, "values": dict(r.values)} for r in self.rows
        ]
        return {"name": self.name, "title": self.title, "rows": rows, "notes": list(self.notes)}

    def _best(self, column: Column, on: str) -> float | None:
        compared = [row for row in self.rows if row.source == MEASURED and row.on == on]
        finite = [v for row in compared if math.isfinite(v := row.values.get(column.key, math.nan))]
        if not column.better or len(finite) < 2:
            return None
        return max(finite) if column.better == "high" else min(finite)

    @staticmethod
    def _cell(row: Row, column: Column, best: float | None) -> str:
        value = row.values.get(column.key, math.nan)
        if not math.isfinite(value):
            return "-"
        text = f"{value:.{column.digits}f}"
        return f"**{text}**" if row.source == MEASURED and value == best else text


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
