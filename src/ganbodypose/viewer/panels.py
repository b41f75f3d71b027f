"""The words and colours of the viewer's panels, as HTML made from numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ganbodypose.live.statistics import LiveStatistics
from ganbodypose.report.colors import ERROR_SCALE_MM, css_color, error_scale
from ganbodypose.sinks.delivery import SinkStatus

_MUTED = "#98a2b3"


def legend() -> str:
    """The colours of the expected error; the same as in videos and reports."""
    colors = ", ".join(css_color(rgb) for rgb in error_scale(12))
    marks = "".join(f"<span>{share * ERROR_SCALE_MM:.0f}</span>" for share in (0, 0.25, 0.5, 0.75))
    return (
        '<div style="padding:4px 14px;font-size:12px">expected error of a joint'
        f'<div style="height:10px;border-radius:5px;margin:5px 0;background:linear-gradient(90deg,{colors})"></div>'
        f'<div style="display:flex;justify-content:space-between;color:{_MUTED}">{marks}'
        f"<span>{ERROR_SCALE_MM:.0f}+ mm</span></div></div>"
    )


def repetitions(count: int | None) -> str:
    return (
        '<div style="padding:2px 14px;display:flex;align-items:baseline;gap:10px">'
        f'<span style="font-size:44px;font-weight:600;line-height:1">{"?" if count is None else count}</span>'
        f'<span style="color:{_MUTED};font-size:13px">repetitions<br>in the last two minutes</span></div>'
    )


def status(of: LiveStatistics, persons: int, receivers: Sequence[SinkStatus], problem: str | None) -> str:
    """Rate, delay, receivers; `problem`: why a change was not made."""
    rows = [
        ("frames per second", f"{of.frames_per_s:.1f}"),
        ("delay p50", f"{of.delay_p50_ms:.0f} ms"),
        ("delay p95, p99", f"{of.delay_p95_ms:.0f}, {of.delay_p99_ms:.0f} ms"),
        ("pictures left out", str(of.dropped)),
        ("persons", str(persons)),
    ]
    rows += [(receiver.name, receiver.in_words()) for receiver in receivers]
    cells = "".join(
        f'<div style="display:flex;justify-content:space-between"><span style="color:{_MUTED}">{escape(name)}</span>'
        f"<span>{escape(value)}</span></div>"
        for name, value in rows
    )
    warning = f'<div style="color:#ff8787;margin-top:6px">{escape(problem)}</div>' if problem else ""
    return f'<div style="padding:4px 14px;font-size:13px;line-height:1.7">{cells}{warning}</div>'
