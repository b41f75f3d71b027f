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


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    return value if isinstance(value, Markup) else escape(str(value))


_STYLE = """svg { width: 100%; height: auto; background: #fff; border-radius: 8px; }
table { border-collapse: collapse; width: auto; } th, td { text-align: right; padding: 3px 14px 3px 0; }
th:first-child, td:first-child { text-align: left; } footer { padding: 32px 24px; }"""


def write_page(
    path: Path, title: str, subject: str, sections: Sequence[Section], notes: Sequence[str] = ()
) -> Path:
    css = resources.files("ganbodypose.report").joinpath("assets/report.css").read_text(encoding="utf-8")
    body = "".join(
        f"<section><h2>{escape(s.title)}</h2><p class='hint'>{escape(s.hint)}</p>{s.body}</section>"
        for s in sections
    )
    warnings = "".join(f"<p class='subtitle'>{escape(note)}</p>" for note in notes)
    page = (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<meta name='viewport' content='width=device-width, initial-scale=1'><style>{css}{_STYLE}</style></head>"
        f"<body><header><p class='brand'>GAN-BodyPose</p><h1>{escape(title)}</h1>"
        f"<p class='subtitle'>{escape(subject)}</p>{warnings}</header>"
        f"<main>{body}</main><footer></footer></body></html>"
    )
    with replacing(path) as part:
        part.write_text(page, encoding="utf-8")
    return path
