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
from ganbodypose.report.blocks import digits, section, sign_of, table, table_of
from ganbodypose.report.colors import css_color, error_colors
from ganbodypose.report.exercise import exercise_section
from ganbodypose.report.figures import moment_figure
from ganbodypose.report.html import Extras, write_report
from ganbodypose.report.payload import Coloring
from ganbodypose.skeletons import H36M_17

FILES = {
    "assessment.html": "This page.",
    "assessment.json": "Everything on this page as numbers.",
    "measures.csv": "The measures as a table.",
}


def write_assessment(path: Path, person: PoseSequence, assessment: Assessment, title: str) -> Path:
    """Write the page about one person's rows and return its path; UserError where that fails."""
    comparison, exercise = assessment.comparison, assessment.exercise
    drawn, coloring = None, None
    if comparison is not None:
        drawn, deviations = _with_reference(person, comparison)
        coloring = Coloring("deviation from the reference", deviations)
    findings = (*assessment.observations, *((exercise.summary,) if exercise else ()))
    extras = Extras(
        kind="assessment",
        before=(
            _findings(findings),
            exercise_section(exercise) if exercise else "",
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
    notes = [note for kind in ("warnings", "repair") for note in person.meta.get(kind, ())]
    return write_report(path, person, notes, title, extras)


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


def _findings(findings: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(finding)}</li>" for finding in findings)
    return section("findings-heading", "Findings", f'<div class="prose"><ul>{items}</ul></div>')


def _measures_section(measures: dict[str, Measure]) -> str:
    hint = (
        '<p class="hint">± is one standard deviation: how a value scatters when the joints are moved by their '
        "expected errors (Monte Carlo), for motion from video times what was found on rendered people. Errors of scale "
        "or camera are not in it. Valid is the share of the frames a value is taken from; joints with an expected "
        "error over 250 mm count as missing.</p>"
    )
    head = ("Measure", "Value", "±", "Unit", "Valid")
    rows = [
        (name, digits(m.value), digits(m.uncertainty), sign_of(m.unit), f"{m.validity:.0%}")
        for name, m in measures.items()
    ]
    return section("measures-heading", "Measures", hint + table(head, rows))


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
    return section("repetitions-heading", "Repetitions", table(head, rows))


def _comparison_section(comparison: Comparison) -> str:
    meaning = (
        f'<p class="prose"><strong>{comparison.score:.0f} of 100</strong> is a percentile: of '
        f"{escape(comparison.scale.source)}, {comparison.score:.0f} % deviate at least as much from their reference. "
        "Moments are matched by dynamic time warping, bones brought to one build, bodies turned onto each other; what "
        "is left is the deviation. In the player below, the grey body is the reference.</p>"
    )
    figures = "".join(_moments(comparison.worst))
    heading = "<h3>Worst moments <span>of the repetition that deviates most</span></h3>"
    by_phase = f"<h3>By joint and phase <span>mean deviation in mm</span></h3>{_phase_table(comparison)}"
    body = f'{meaning}{heading}<div class="charts three">{figures}</div>{by_phase}'
    return section("comparison-heading", "Comparison with the reference", body)


def _phase_table(comparison: Comparison) -> str:
    """Cells tinted by the deviation, in the player's colours."""
    phases = comparison.by_phase()
    rows = [
        f'<th scope="row">{joint.replace("_", " ")}</th>'
        + "".join(_tinted(phases[name][j]) for name in phases)
        for j, joint in enumerate(H36M_17.joints)
        if j
    ]
    return table_of(("Joint", *phases), rows)


def _tinted(deviation_m: float) -> str:
    color = css_color(error_colors(np.array(deviation_m)))
    return f'<td class="number tinted" style="--tint:{color}">{digits(1000 * deviation_m)}</td>'


def _moments(worst: Deviation) -> Iterator[str]:
    for row in sorted(worst.worst_moments()):
        deviation = worst.deviation_m[row]
        joint = H36M_17.joints[int(deviation.argmax())].replace("_", " ")
        caption = f"{worst.own_s[row]:.2f} s <span>{joint} {1000 * deviation.max():.0f} mm off</span>"
        picture = moment_figure(worst.own_m[row], worst.reference_m[row], deviation)
        yield f'<figure class="chart"><figcaption>{caption}</figcaption>{picture}</figure>'
