"""What the sections of a page are built of."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

_TINY = 1e-3  # smaller values are shown as parts of a thousand


def section(identifier: str, heading: str, body: str) -> str:
    """`heading` and `body` are HTML; `identifier` is the heading's, of which a page has but one."""
    return f'<section aria-labelledby="{identifier}"><h2 id="{identifier}">{heading}</h2>{body}</section>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Of plain text: the first column names the row; the others are numbers."""
    return table_of(
        head,
        [
            f'<th scope="row">{escape(first)}</th>'
            + "".join(f'<td class="number">{escape(cell)}</td>' for cell in rest)
            for first, *rest in rows
        ],
    )


def table_of(head: Sequence[str], rows: Sequence[str]) -> str:
    """Of rows whose cells are HTML."""
    titles = "".join(f'<th scope="col"{" class=number" if i else ""}>{t}</th>' for i, t in enumerate(head))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def digits(value: float) -> str:
    """Three significant digits without exponents; a dash for NaN."""
    if not np.isfinite(value):
        return "–"
    if abs(value) < _TINY:
        return f"{round(value, 3) + 0.0:.3f}"  # no negative zero
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def sign_of(unit: str) -> str:
    """How a page writes the unit of a measure."""
    return {"deg": "°", "m^2": "m²"}.get(unit, unit)
