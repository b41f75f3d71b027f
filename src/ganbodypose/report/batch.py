"""batch.html: how a batch went: what failed and why, and every recording with its quality and its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ganbodypose.report.plain_page import Markup, Section, table, write_page

_COLUMNS = ("recording", "length s", "frames", "people", "pose quality", "expected error mm", "notes")


def write_batch_page(path: Path, lines: Sequence[Mapping[str, Any]], total: int, halted: str | None) -> Path:
    """lines: those of `batch.journal`; total: of how many recordings; halted: why the rest was left, or None."""
    done = [line for line in lines if line["status"] == "done"]
    failed = [line for line in lines if line["status"] == "failed"]
    hours = sum(line["video_s"] for line in done) / 3600
    subject = f"{len(done)} of {total} recordings done, {len(failed)} failed; {hours:.2f} hours of video"
    sections = [_failures(failed)] if failed else []
    if done:
        hint = "Quality: mean over frames, 0 poor to 1 best. Expected error: median over joints and frames."
        sections.append(
            Section("Recordings", hint, table(_COLUMNS, [_cells(line, path) for line in done], ["notes"]))
        )
    return write_page(path, "Batch of recordings", subject, sections, [halted] if halted else [])


def _failures(failed: Sequence[Mapping[str, Any]]) -> Section:
    retried = Counter(line["attempts"] > 1 for line in failed)[True]
    hint = f"Nothing was written for these; tried more than once: {retried}."
    rows = [(line["name"], line["error"], line["source"]) for line in failed]
    return Section("Failed", hint, table(("recording", "why", "source"), rows, ["why", "source"]))


def _cells(line: Mapping[str, Any], page: Path) -> tuple[object, ...]:
    name = line["name"]
    report = page.parent / name / "report.html"
    link = Markup(f"<a href='{quote(name)}/report.html'>{escape(name)}</a>") if report.is_file() else name
    numbers = (
        f"{line['video_s']:.1f}",
        line["frames"],
        line["persons"],
        _known(line["pose_quality"], 2),
        _known(line["expected_error_mm"], 0),
    )
    return link, *numbers, "damaged" if line["damaged"] else ""


def _known(number: float | None, digits: int) -> str:
    return "–" if number is None else f"{number:.{digits}f}"
