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


@dataclass(frozen=True)
class Row:
    """One method. `published`: the paper's numbers, never compared with measured ones."""

    method: str
    values: Mapping[str, float]
    published: bool = False
    on: str = ""  # the dataset, where it differs from row to row


@dataclass(frozen=True)
class Table:
    """name: 'table1' ...; notes: sentences under the table."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """The best measured value of each column is bold."""
        head = ["method", "source", *(column.title for column in self.columns)]
        lines = [f"## {self.title}", "", _line(head), "|---" * len(head) + "|"]
        best = {column.key: self._best(column) for column in self.columns}
        for row in self.rows:
            source = (
                f"published{', ' + row.on if row.on else ''}"
                if row.published
                else f"measured{', ' + row.on if row.on else ''}"
            )
            lines.append(
                _line([row.method, source, *(self._cell(row, c, best[c.key]) for c in self.columns)])
            )
        return "\n".join([*lines, "", *(f"- {note}" for note in self.notes), ""])

    def as_json(self) -> dict[str, Any]:
        rows = [
            {"method": r.method, "published": r.published, "on": r.on, "values": dict(r.values)}
            for r in self.rows
        ]
        return {"name": self.name, "title": self.title, "rows": rows, "notes": list(self.notes)}

    def _best(self, column: Column) -> float | None:
        found = [row.values.get(column.key, math.nan) for row in self.rows if not row.published]
        finite = [value for value in found if math.isfinite(value)]
        if not column.better or len(finite) < 2:
            return None
        return max(finite) if column.better == "high" else min(finite)

    @staticmethod
    def _cell(row: Row, column: Column, best: float | None) -> str:
        value = row.values.get(column.key, math.nan)
        if not math.isfinite(value):
            return "-"
        text = f"{value:.{column.digits}f}"
        return f"**{text}**" if not row.published and value == best else text


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
