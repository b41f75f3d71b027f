"""Plain pages of sections: one self-contained HTML file each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path

from ganbodypose.io.atomic import replacing


@dataclass(frozen=True)
class Section:
    """A heading, a sentence and what follows: HTML of a table or SVG of a figure."""

    title: str
    hint: str
    body: str


class Markup(str):
    """HTML, which a table shows as it is; all other text is escaped."""


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], text: Sequence[str] = ()) -> str:
    """The first column and those named in `text` are read from the left, the others are numbers."""
    kinds = ["text" if k == 0 or column in text else "number" for k, column in enumerate(columns)]
    head = _row("th", kinds, columns)
    body = "".join(_row("td", kinds, row) for row in rows)
    return f"<div class='scroll'><table><thead>{head}</thead><tbody>{body}</tbody></table></div>"


def _row(tag: str, kinds: Sequence[str], cells: Sequence[object]) -> str:
    marked = (f"<{tag} class='{kind}'>{_cell(cell)}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))
    return f"<tr>{''.join(marked)}</tr>"


def _cell(value: object) -> str:
    return value if isinstance(value, Markup) else escape(str(value))


_STYLE = """svg { width: 100%; height: auto; background: #fff; border-radius: 8px; }
.scroll { width: fit-content; max-width: 100%; margin-top: 12px; } .scroll th, .scroll td { padding: 6px 18px; }
.scroll .number { text-align: right; } .scroll td.text { overflow-wrap: anywhere; min-width: 9ch; }
.scroll th:first-child { width: auto; } .scroll td.text:first-child { min-width: 16ch; }
footer { padding: 32px 24px; }"""


def write_page(
    path: Path, title: str, subject: str, sections: Sequence[Section], notes: Sequence[str] = ()
) -> Path:
    """A page of `sections` under a title and what it is about, notes on top; UserError where it cannot be written."""
    css = resources.files("ganbodypose.report").joinpath("assets/report.css").read_text(encoding="utf-8")
    body = "".join(
        f"<section><h2>{escape(s.title)}</h2><p class='hint'>{escape(s.hint)}</p>{s.body}</section>"
        for s in sections
    )
    warnings = "".join(f"<p class='note'>{escape(note)}</p>" for note in notes)
    page = (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<meta name='viewport' content='width=device-width, initial-scale=1'><style>{css}{_STYLE}</style></head>"
        f"<body><header><p class='brand'>GAN-BodyPose</p><h1>{escape(title)}</h1>"
        f"<p class='subtitle'>{escape(subject)}</p>{warnings}</header>"
        f"<main>{body}</main><footer></footer></body></html>"
    )
    with replacing(path) as part:
        # "replace": names of files may be in an older encoding
        part.write_text(page, encoding="utf-8", errors="replace")
    return path
