"""progress.html: the measures of several recordings of one movement side by side, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from ganbodypose.quality.assessment import Assessment
from ganbodypose.quality.movement.change import Change, changes
from ganbodypose.quality.movement.measure import Measure
from ganbodypose.report.blocks import digits, sign_of
from ganbodypose.report.plain_page import Markup, Section, table, write_page

_CLEAR = (
    "Larger than the expected errors of the joints explain (nineteen times of twenty): the clearest first."
)
_ALL = (
    "Value ± one standard deviation, from the expected errors of the joints. Another camera, another distance or "
    "other clothes can change a measure, too."
)


def write_progress_page(path: Path, assessed: Mapping[str, Assessment], page: str) -> Path:
    """assessed: the assessments by name, the earliest first, each with its `page` in the folder of its name."""
    names = list(assessed)
    found = changes(*(assessed[name].measures for name in (names[0], names[-1])))
    title = f"From {names[0]} to {names[-1]}"
    clear = [change for change in found if change.is_clear]
    sections = [
        Section(f"What changed: {len(clear)} of {len(found)} measures", _CLEAR, _changed(clear, names)),
        Section("Recordings", "In the order in which they were given.", _recordings(assessed, page)),
        Section("All measures", _ALL, _measures(assessed)),
    ]
    return write_page(path, title, f"{len(names)} recordings", sections)


def _changed(clear: Sequence[Change], names: Sequence[str]) -> str:
    if not clear:
        return "<p>Nothing changed by more than the errors.</p>"
    rows = [
        (
            change.name,
            *map(_value, (change.before, change.after)),
            _signed(change),
            sign_of(change.before.unit),
        )
        for change in clear
    ]
    return table(("measure", names[0], names[-1], "change", "unit"), rows, ["unit"])


def _signed(change: Change) -> str:
    sign = "+" if change.difference > 0 else "−"
    return f"{sign}{digits(abs(change.difference))} ± {digits(change.uncertainty)}"


def _recordings(assessed: Mapping[str, Assessment], page: str) -> str:
    rows = [
        (
            Markup(f"<a href='{quote(name)}/{page}'>{escape(name)}</a>"),
            f"{one.duration_s:.1f}",
            f"{one.repetitions.count.value:.0f}" if one.repetitions.count.known else "–",
            digits(one.comparison.score) if one.comparison else "–",
            digits(one.exercise.median_score) if one.exercise else "–",
        )
        for name, one in assessed.items()
    ]
    columns = ("recording", "length s", "repetitions", "score against the reference", "score of the exercise")
    return table(columns, rows)


def _measures(assessed: Mapping[str, Assessment]) -> str:
    every = [one.measures for one in assessed.values()]
    known = {name: measures[name].unit for measures in every for name in measures}
    rows = [
        (name, *(_value(m[name]) if name in m else "–" for m in every), sign_of(unit))
        for name, unit in known.items()
    ]
    return table(("measure", *assessed, "unit"), rows, ["unit"])


def _value(measure: Measure) -> str:
    return f"{digits(measure.value)} ± {digits(measure.uncertainty)}" if measure.known else "–"
