"""The published networks on a results page that is there: for a release of new weights; their rivals stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ganbodypose.core import UserError
from ganbodypose.experiments import robustness
from ganbodypose.experiments.options import PaperOptions, Result, Say
from ganbodypose.experiments.references import as_published, published_scores
from ganbodypose.experiments.results import COLUMNS, FIGURES, accuracy_values, rounded, table_name
from ganbodypose.experiments.table import APART, Row, Table
from ganbodypose.io.atomic import replacing
from ganbodypose.lift.model_files import published_models

_FIRST_ROBUSTNESS = "## Robustness"


def renew_published(options: PaperOptions, say: Say) -> Result:
    """Measures the published networks again and puts their rows, and what corruption does to them, into results.md and
    results.json in `options.out`. UserError where these are not there or lack one of the rows."""
    page, numbers = options.out / "results.md", options.out / "results.json"
    if not (page.is_file() and numbers.is_file()):
        raise UserError(
            f"{options.out} holds no results.md and results.json to renew: make them by 'all' first."
        )
    text, known = page.read_text(encoding="utf-8"), json.loads(numbers.read_text(encoding="utf-8"))
    for dataset in options.datasets:
        for row in _rows(dataset, options, say):
            text = _with_row(text, dataset, row)
            _replace_row(known, dataset, row)
    corrupted = robustness.sections(options, say)
    if corrupted:
        head = text.partition(_FIRST_ROBUSTNESS)[0]
        text = head + "\n".join(section.markdown() for section in corrupted)
        known["robustness"] = rounded([section.result.as_json() for section in corrupted])
    written = {page: text, numbers: json.dumps(known, indent=1) + "\n"}
    written |= {options.out / FIGURES / f"{one.figure}.svg": one.curves() for one in corrupted}
    for path, content in written.items():
        with replacing(path) as part:
            part.write_text(content, encoding="utf-8")
    return Result(text, known, list(written))


def _rows(dataset: str, options: PaperOptions, say: Say) -> Iterator[Row]:
    for name in published_models():
        say(f"judging {name} on {dataset}")
        scores = published_scores(name, dataset, options.data, options.scores_folder)
        yield Row(as_published(name), accuracy_values(scores), APART)


def _with_row(text: str, dataset: str, row: Row) -> str:
    """The page with this row in the dataset's section."""
    (line,) = (line for line in Table("", "", COLUMNS, [row]).markdown().splitlines() if row.method in line)
    pattern = rf"(## `{re.escape(dataset)}`:(?:(?!\n## ).)*?\n)\| {re.escape(row.method)} \|[^\n]*"
    renewed, count = re.subn(pattern, lambda found: found[1] + line, text, flags=re.DOTALL)
    if count != 1:
        raise UserError(f"results.md has no row '{row.method}' for {dataset}: make it anew by 'all'.")
    return renewed


def _replace_row(known: dict[str, Any], dataset: str, row: Row) -> None:
    tables = (table for table in known["accuracy"] if table["name"] == table_name(dataset))
    for entry in (entry for table in tables for entry in table["rows"] if entry["method"] == row.method):
        entry["values"] = rounded(row.values)
