"""report.html: one self-contained page about a whole sequence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence
from ganbodypose.io.atomic import replacing
from ganbodypose.quality.movement.angles import ANGLES, SIDES, joint_angles
from ganbodypose.report.colors import ERROR_SCALE_MM, css_color, error_colors, error_scale
from ganbodypose.report.payload import Coloring, Excerpt, payload
from ganbodypose.skeletons import H36M_17

_SCRIPTS = ("data.js", "player.js", "charts.js", "main.js")
_PAGE = "report.html"
_SHOWN_ELSEWHERE = ("warnings", "calibration")
_FILES = {
    "poses.npz": "Every number of this report and more: 2D keypoints, 3D joints and their expected errors, "
    'per person and frame. In Python: <code>ganbodypose.load("poses.npz")</code>, or NumPy alone.',
    "overlay.mp4": "The video with the skeletons drawn in, beside a 3D view that turns with the person.",
    _PAGE: "This page.",
}
_PAIRS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_BODY_ORDER = (
    *("head_top", "neck_nose", "thorax", "spine", "pelvis"),
    *(f"{side}_{joint}" for joint in _PAIRS for side in SIDES),
)


@dataclass(frozen=True)
class Extras:
    """What other pages add to this one. kind: what the page calls itself; before, after: HTML sections around the
    motion; drawn: the bodies to show, if others than the sequence's; coloring: what those are coloured by, if not by
    expected error; files: more names and what they hold."""

    kind: str = "motion report"
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    drawn: PoseSequence | None = None
    coloring: Coloring | None = None
    files: Mapping[str, str] = field(default_factory=dict)


def write_report(
    path: Path | str,
    sequence: PoseSequence,
    warnings: Sequence[str] = (),
    title: str | None = None,
    extras: Extras | None = None,
) -> Path:
    """Write the page and return its path.

    sequence: any number of people and rows, also none; NaN rows are gaps.
    warnings: plain sentences, shown on top.
    title: by default the name of the source file (`sequence.meta["source"]`), if known.

    Write it after the other files of its folder: it lists those that are there.
    UserError where the file cannot be written.
    """
    path = Path(path)
    # "replace": a source's name may be in an older encoding
    with replacing(path) as part, part.open("w", encoding="utf-8", errors="replace") as file:
        file.writelines(page_parts(sequence, warnings, title, path, extras or Extras()))
    return path


def page_parts(
    sequence: PoseSequence, warnings: Sequence[str], title: str | None, path: Path, extras: Extras
) -> Iterator[str]:
    """The page in pieces, so that the data of a long video is never in memory as one text."""
    drawn = sequence if extras.drawn is None else extras.drawn
    coloring = extras.coloring or Coloring("expected error", drawn.expected_error_m)
    colored = replace(drawn, expected_error_m=coloring.lengths_m)
    excerpt = Excerpt.of(colored)
    source = _source_name(sequence.meta)
    head, tail = (Template(half) for half in _asset("report.html").split("$data"))
    yield head.substitute(
        kind=extras.kind,
        title=escape(title or source or extras.kind.capitalize()),
        subtitle=escape(_subtitle(sequence, source if title else "")),
        css=_asset("report.css"),
        warnings=_notes([*warnings, *_omissions(excerpt)]),
        cards="\n".join(_cards(sequence)),
        before="\n".join(extras.before),
        after="\n".join(extras.after),
        motion=_motion(excerpt, colored, coloring.words) if excerpt.people else _asset("empty.html"),
        files=_file_rows(path, {**_FILES, **extras.files}),
        details=_details(sequence.meta),
    )
    yield from _safe_json(payload(excerpt, coloring.words))
    yield tail.substitute(script="\n".join(_asset(name) for name in _SCRIPTS))


def _asset(name: str) -> str:
    return (resources.files("ganbodypose.report") / "assets" / name).read_text(encoding="utf-8")


def _safe_json(data: Any) -> Iterator[str]:
    """JSON that cannot end its <script> element or open a comment in it."""
    for piece in json.JSONEncoder(separators=(",", ":"), allow_nan=False).iterencode(data):
        yield piece.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _source_name(meta: Mapping[str, Any]) -> str:
    source = meta.get("source", "")
    return Path(str(source.get("name", "") if isinstance(source, Mapping) else source)).name


def _subtitle(sequence: PoseSequence, source: str) -> str:
    width, height = sequence.image_size_wh
    from_video = "3D motion from video, with an expected error for every joint"
    parts = [source, *([f"{width} × {height} pixels", from_video] if width else ["3D motion"])]
    return " · ".join(part for part in parts if part)


def _omissions(excerpt: Excerpt) -> list[str]:
    if not excerpt.omitted_people:
        return []
    people = "1 more person" if excerpt.omitted_people == 1 else f"{excerpt.omitted_people} more people"
    return [
        f"{people} with fewer frames can be found in poses.npz, but not in this page's player and curves."
    ]


def _notes(warnings: Sequence[str]) -> str:
    if not warnings:
        return ""
    items = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
    heading = '<h2 id="note-heading">Please note</h2>'
    return f'<aside class="note" aria-labelledby="note-heading">{heading}<ul>{items}</ul></aside>'


def _cards(sequence: PoseSequence) -> list[str]:
    seen, total = len(np.unique(sequence.frame_index)), _frames_in_all(sequence.meta)
    focal_px = sequence.camera_matrix[0, 0]
    source = "video" if max(sequence.image_size_wh) else "recording"
    cards = [
        _card("People", str(len(sequence.track_ids)), "", f"followed through the {source}"),
        _card("Duration", *_duration(sequence), "first to last sighting"),
        _card("Frames", f"{seen:,}", f"of {total:,}" if total else "", "with a person in view"),
        _card("Frame rate", _number(sequence.fps, 2), "fps", f"of the {source}, on average"),
        _card("Pose quality", _number(_mean(sequence.pose_quality) * 100), "%", "mean; 0 poor, 100 best"),
        _card(
            "Expected error",
            _millimetres(sequence.expected_error_m[:, 1:]),
            "mm",
            "median of joints, from the pelvis",
        ),
    ]
    if not np.isfinite(focal_px):  # from another program's file
        return cards
    fov = np.degrees(2 * np.arctan(max(sequence.image_size_wh) / 2 / focal_px))
    assumed = sequence.meta.get("camera_assumed")
    origin = "" if assumed is None else "assumed" if assumed else "given"
    return [*cards, _card("Camera", f"{fov:.0f}°", origin, f"field of view; focal length {focal_px:.0f} px")]


def _frames_in_all(meta: Mapping[str, Any]) -> int | None:
    timing = meta.get("timing")
    frames = timing.get("frames") if isinstance(timing, Mapping) else None
    return frames if isinstance(frames, int) else None


def _card(name: str, value: str, unit: str, more: str) -> str:
    small = f"<small>{escape(unit)}</small>" if unit and value != "–" else ""
    return (
        f'<div><dt>{escape(name)}</dt><dd><div class="value">{escape(value)}{small}</div>'
        f'<div class="more">{escape(more)}</div></dd></div>'
    )


def _duration(sequence: PoseSequence) -> tuple[str, str]:
    if not len(sequence):
        return "–", ""
    seconds = float(sequence.time_s.max() - sequence.time_s.min())
    seconds += 1 / sequence.fps if sequence.fps > 0 else 0.0
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return f"{minutes}:{rest:02d}", "min"
    return _number(seconds, 1 if seconds >= 1 else 2), "s"


def _motion(excerpt: Excerpt, sequence: PoseSequence, color_words: str) -> str:
    """Player, tables and places for the curves; the tables of errors are made from every row."""
    ids = [int(person.track_id[0]) for person in excerpt.people]
    rows = [np.flatnonzero(sequence.track_id == track_id) for track_id in ids]
    every = f" Curves, player and angles use every {_ordinal(excerpt.stride)} frame."
    return Template(_asset("motion.html")).substitute(
        color_words=color_words,
        person_options="".join(
            f'<option value="{i}">{track_id} ({len(of_person):,} frames)</option>'
            for i, (track_id, of_person) in enumerate(zip(ids, rows, strict=True))
        ),
        ramp=",".join(css_color(rgb) for rgb in error_scale(9)),
        scale_middle=f"{ERROR_SCALE_MM / 2:.0f}",
        scale_end=f"{ERROR_SCALE_MM:.0f}",
        error_tables="\n".join(
            _error_table(i, track_id, sequence.expected_error_m[of_person], color_words)
            for i, (track_id, of_person) in enumerate(zip(ids, rows, strict=True))
        ),
        range_tables="\n".join(
            _range_table(i, track_id, person.joints_3d_m)
            for i, (track_id, person) in enumerate(zip(ids, excerpt.people, strict=True))
        ),
        decimation=every if excerpt.stride > 1 else "",
    )


def _person_table(index: int, heading: str, note: str, table_class: str, head: str, rows: list[str]) -> str:
    """A table of one person; the page shows the selected person's."""
    return (
        f'<div data-person="{index}"><h3>{heading} <span>{note}</span></h3><table class="{table_class}">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _error_table(index: int, track_id: int, expected_error_m: np.ndarray, words: str) -> str:
    head = (
        '<th scope="col">Joint</th><td></td><th scope="col" class="number">median</th>'
        '<th scope="col" class="number">90 % below</th>'
    )
    rows = [_error_row(joint, expected_error_m[:, H36M_17.index(joint)]) for joint in _BODY_ORDER]
    return _person_table(
        index, f"{words.capitalize()} per joint", f"mm, person {track_id}", "bars", head, rows
    )


def _error_row(joint: str, errors_m: np.ndarray) -> str:
    median_m = _quantile(errors_m, 0.5)
    share = 0.0 if np.isnan(median_m) else min(median_m * 1000 / ERROR_SCALE_MM, 1.0)
    color = css_color(error_colors(np.array(median_m)))
    return (
        f'<tr><th scope="row">{joint.replace("_", " ").capitalize()}</th>'
        f'<td><div class="bar"><i style="width:{100 * share:.1f}%;background:{color}"></i></div></td>'
        f'<td class="number">{_millimetres(errors_m)}</td>'
        f'<td class="number muted">{_millimetres(errors_m, 0.9)}</td></tr>'
    )


def _range_table(index: int, track_id: int, joints_m: np.ndarray) -> str:
    angles = joint_angles(joints_m)
    head = '<th scope="col">Angle</th>' + "".join(f'<th scope="col">{side}</th>' for side in SIDES)
    rows = [
        f'<tr><th scope="row">{angle.capitalize()}</th>'
        + "".join(f"<td>{_range(angles[angle, side])}</td>" for side in SIDES)
        + "</tr>"
        for angle in ANGLES
    ]
    note = f"degrees, 5th to 95th percentile, person {track_id}"
    return _person_table(index, "Usual angles", note, "", head, rows)


def _range(degrees: np.ndarray) -> str:
    low, high = _quantile(degrees, 0.05), _quantile(degrees, 0.95)
    return "–" if np.isnan(low) else f"{low:.0f}° to {high:.0f}°"


def _file_rows(page: Path, files: Mapping[str, str]) -> str:
    return "\n".join(
        f'<tr><th scope="row"><a href="{name}">{name}</a></th><td>{what}</td></tr>'
        for name, what in files.items()
        if name == page.name or page.with_name(name).is_file()
    )


def _details(meta: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(key)}</th><td>{escape(value)}</td></tr>'
        for key, value in _flat(meta)
        if key.partition(" / ")[0] not in _SHOWN_ELSEWHERE
    )
    if not rows:
        return ""
    table = f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>'
    return f"<details><summary>How it was made</summary>{table}</details>"


def _flat(meta: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in meta.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key} / ")
        else:
            words = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            yield f"{prefix}{key}", words


def _ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _number(value: float, decimals: int = 0) -> str:
    """Without needless zeros; a dash for NaN."""
    if not np.isfinite(value):
        return "–"
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _millimetres(lengths_m: np.ndarray, share: float = 0.5) -> str:
    return _number(_quantile(lengths_m, share) * 1000)


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean(dtype=np.float64)) if known.size else float("nan")


def _quantile(values: np.ndarray, share: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(known, share, overwrite_input=True)) if known.size else float("nan")
