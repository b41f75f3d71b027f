"""Figures in the documentation come from the command that measured them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from end_to_end import cpu_name


def replace_block(page: Path, name: str, markdown: str) -> None:
    """Put `markdown` between the lines <!-- name --> and <!-- /name --> of a page."""
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    replaced, count = re.subn(
        f"(?<={re.escape(begin)}).*?(?={re.escape(end)})", lambda _: markdown, text, flags=re.DOTALL
    )
    if count != 1:
        raise SystemExit(f"error: {page} must hold one block {begin.strip()} ... {end}, not {count}")
    page.write_text(replaced, encoding="utf-8")


def publish(text: str, page: Path | None, block: str) -> None:
    """Print the figures and, where a page is given, put them into its block."""
    print(text)
    if page:
        replace_block(page, block, text)


def table(rows: Mapping[str, Mapping[str, object]], heads: Sequence[str]) -> str:
    """One line for each row, by its name; `heads` are the columns after the first."""
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    lines += [
        f"| {name} | " + " | ".join(str(value) for value in row.values()) + " |" for name, row in rows.items()
    ]
    return "\n".join(lines) + "\n"


def measured_where(load: float) -> str:
    """The line under a table: the machine, the day, what else it did."""
    return (
        f"\n{os.cpu_count()} cores of {cpu_name()}, no GPU; load average {load:.1f} while measured, "
        f"{date.today().isoformat()}.\n"
    )
