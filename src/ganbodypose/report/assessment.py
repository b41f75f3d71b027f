"""assessment.html: the motion report with findings, measures, repetitions and the comparison with a reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence
from ganbodypose.geometry.procrustes import rigid_align
from ganbodypose.quality.assessment import Assessment
from ganbodypose.quality.comparison.compare import Comparison
from ganbodypose.quality.comparison.deviation import Deviation
from ganbodypose.quality.movement.measure import Measure
from ganbodypose.quality.movement.repetitions import Repetitions
from ganbodypose.quality.scoring.judged import JudgedExercise
from ganbodypose.report.figures import moment_figure
from ganbodypose.report.html import Extras, write_report
from ganbodypose.report.payload import Coloring
from ganbodypose.skeletons import H36M_17

FILES = {
    "assessment.html": "This page.",
    "assessment.json": "Everything on this page as numbers.",
    "measures.csv": "The measures as a table.",
}
_UNITS = {"deg": "°", "m^2": "m²"}


def write_assessment(
    path: Path,
    person: PoseSequence,
    assessment: Assessment,
    title: str,
    exercise: JudgedExercise | None = None,
) -> Path:
    """Write the page about one person's rows and return its path; UserError where that fails."""
    comparison = assessment.comparison
    drawn, coloring = None, None
    if comparison is not None:
        drawn, deviations = _with_reference(person, comparison)
        coloring = Coloring("deviation from the reference", deviations)
    findings = (*assessment.findings, *(exercise.findings if exercise else ()))
    extras = Extras(
        kind="assessment",
        before=(
            _findings(findings),
            _exercise_section(exercise) if exercise else "",
            _comparison_section(comparison) if comparison else "",
        ),
        after=(
            _repetitions_section(assessment.repetitions, comparison),
            _measures_section(assessment.measures),
        ),
        drawn=drawn,
        coloring=coloring,
        files=FILES,
    )
    return write_report(path, person, person.meta.get("repair", ()), title, extras)


def _with_reference(person: PoseSequence, comparison: Comparison) -> tuple[PoseSequence, np.ndarray]:
    """The person and, as one more person in the same place, the reference at the same moments; the deviations
    [N,17] m of the rows of both, NaN for the reference."""
    rows, ghosts, deviations = [], [], np.full(person.expected_error_m.shape, np.nan)
    for one in comparison.deviations:
        # half open: where one repetition ends the next begins
        inside = np.flatnonzero((person.time_s >= one.own_s[0]) & (person.time_s < one.own_s[-1]))
        pair = _pairs_at(one, person.time_s[inside])
        deviations[inside] = one.deviation_m[pair]
        rows.append(inside)
        ghosts.append(rigid_align(one.reference_m[pair], person.joints_3d_m[inside]))
    index = np.concatenate(rows)
    columns = {name: getattr(person, name)[index] for name in person.ROW_FIELDS}
    columns |= {
        "joints_3d_m": np.concatenate(ghosts).astype(np.float32),
        "track_id": np.full(len(index), person.track_id[0] + 1),
        "pose_quality": np.full(len(index), np.nan, np.float32),
    }
    both: dict[str, Any] = {
        name: np.concatenate([getattr(person, name), columns[name]]) for name in person.ROW_FIELDS
    }
    unknown = np.full((len(index), len(H36M_17)), np.nan)
    return replace(person, **both), np.concatenate([deviations, unknown])


def _pairs_at(one: Deviation, times_s: np.ndarray) -> np.ndarray:
    """The pair of the person's nearest moment; of several of the reference's that belong to it, the middle one."""
    moments = np.unique(one.own_s)
    nearest = moments[np.searchsorted((moments[1:] + moments[:-1]) / 2, times_s)]
    first, stop = (np.searchsorted(one.own_s, nearest, side) for side in ("left", "right"))
    return (first + stop - 1) // 2


def _section(identifier: str, heading: str, body: str) -> str:
    return f'<section aria-labelledby="{identifier}"><h2 id="{identifier}">{heading}</h2>{body}</section>'


def _findings(findings: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(finding)}</li>" for finding in findings)
    return _section("findings-heading", "Findings", f'<div class="prose"><ul>{items}</ul></div>')


def _measures_section(measures: dict[str, Measure]) -> str:
    hint = (
        '<p class="hint">± is what the expected errors of the joints make of a value (one standard deviation, Monte '
        "Carlo). Valid is the share of the frames a value is taken from.</p>"
    )
    head = ("Measure", "Value", "±", "Unit", "Valid")
    rows = [
        (name, _digits(m.value), _digits(m.uncertainty), _UNITS.get(m.unit, m.unit), f"{m.validity:.0%}")
        for name, m in measures.items()
    ]
    return _section("measures-heading", "Measures", hint + _table(head, rows))


def _exercise_section(exercise: JudgedExercise) -> str:
    hint = (
        '<p class="hint">Score is a percentile among correct repetitions by other people; correct, the probability of '
        "it. The reasons are the features that speak most against a repetition.</p>"
    )
    head = ("Repetition", "Begins", "Ends", "Score", "Correct", "Reasons")
    rows = [
        (
            str(number),
            f"{one.start_s:.2f} s",
            f"{one.end_s:.2f} s",
            f"{one.score:.0f}",
            "–" if one.probability is None else f"{one.probability:.0%}",
            "; ".join(one.reasons),
        )
        for number, one in enumerate(exercise.repetitions, 1)
    ]
    return _section("exercise-heading", f"Judged as: {escape(exercise.exercise)}", hint + _table(head, rows))


def _repetitions_section(repetitions: Repetitions, comparison: Comparison | None) -> str:
    if len(repetitions.found) < 2:
        return ""
    scores = comparison.scores if comparison else ()
    head = ("Repetition", "Begins", "Turns", "Ends", *(("Score",) if scores else ()))
    rows = [
        (
            str(i + 1),
            *(f"{t:.2f} s" for t in (one.start_s, one.peak_s, one.end_s)),
            *((f"{scores[i]:.0f}",) if i < len(scores) else ()),
        )
        for i, one in enumerate(repetitions.found)
    ]
    return _section("repetitions-heading", "Repetitions", _table(head, rows))


def _comparison_section(comparison: Comparison) -> str:
    meaning = (
        f'<p class="prose"><strong>{comparison.score:.0f} of 100</strong> is a percentile: so many percent of '
        f"{escape(comparison.scale.source)} deviate at least as much from their reference. Moments are matched by "
        "dynamic time warping, bones brought to one build, bodies turned onto each other; what is left is the "
        "deviation. In the player below, the grey body is the reference.</p>"
    )
    figures = "".join(_moments(comparison.worst))
    phases = comparison.by_phase()
    rows = [
        (joint.replace("_", " "), *(_digits(1000 * phases[name][j]) for name in phases))
        for j, joint in enumerate(H36M_17.joints)
        if j
    ]
    table = _table(("Deviation, mm", *phases), rows)
    heading = "<h3>Worst moments <span>of the repetition that deviates most</span></h3>"
    body = f'{meaning}{heading}<div class="charts">{figures}</div><h3>By joint and phase</h3>{table}'
    return _section("comparison-heading", "Comparison with the reference", body)


def _moments(worst: Deviation) -> Iterator[str]:
    for row in sorted(worst.worst_moments()):
        deviation = worst.deviation_m[row]
        joint = H36M_17.joints[int(deviation.argmax())].replace("_", " ")
        caption = f"{worst.own_s[row]:.2f} s <span>{joint} {1000 * deviation.max():.0f} mm off</span>"
        picture = moment_figure(worst.own_m[row], worst.reference_m[row], deviation)
        yield f'<figure class="chart"><figcaption>{caption}</figcaption>{picture}</figure>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column names the row; the others are numbers."""
    titles = "".join(f'<th scope="col"{" class=number" if i else ""}>{t}</th>' for i, t in enumerate(head))
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f'<td class="number">{escape(cell)}</td>' for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return f'<div class="scroll"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def _digits(value: float) -> str:
    """Three significant digits without exponents; a dash for NaN."""
    if not np.isfinite(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")
