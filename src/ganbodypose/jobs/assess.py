"""Recordings in, assessments out: findings in plain words; assessment.html, .json and measures.csv for each.

A recording is any file that `io.formats.read` knows.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError, how_many, naming
from ganbodypose.io.atomic import make_folder, replacing
from ganbodypose.io.formats import read
from ganbodypose.jobs.scoring import Judge, judge_of
from ganbodypose.quality.assessment import Assessment, assess_person
from ganbodypose.quality.movement.change import changes
from ganbodypose.quality.movement.measure import Measure
from ganbodypose.report.assessment import write_assessment
from ganbodypose.report.progress import write_progress_page

PAGE, JSON, CSV = "assessment.html", "assessment.json", "measures.csv"
PROGRESS, PROGRESS_CSV = "progress.html", "progress.csv"


@dataclass(frozen=True)
class AssessOptions:
    """track_id: whom (None: the person with most frames). joint_error_m: the error to expect of every joint where
    the file states none, e.g. 0.005 for optical motion capture; without it no measure has an uncertainty.
    reference: a recording of the same movement as it should be; reference_id: of whom, where it holds several.
    exercise: name of a published movement model, or a fitted one's file, by which every repetition is judged;
    own_good: recordings of the same person doing it well."""

    track_id: int | None = None
    joint_error_m: float | None = None
    reference: Path | None = None
    exercise: str | None = None
    own_good: tuple[Path, ...] = ()
    reference_id: int | None = None

    def __post_init__(self) -> None:
        if self.joint_error_m is not None and not 0 < self.joint_error_m < 1:
            raise UserError(f"The joint error must lie between 0 and 1 m, not {self.joint_error_m:g}.")
        if self.reference_id is not None and self.reference is None:
            raise UserError("--reference-person says who in a reference is meant: give one with --reference.")
        if self.own_good and self.exercise is None:
            raise UserError(
                "A person's own good repetitions (--own) are compared by an exercise's model: name it with --exercise."
            )


@dataclass(frozen=True)
class AssessedFile:
    """One recording's assessment, of one of its people, and the files written about it, by name."""

    source: Path
    person: PoseSequence
    assessment: Assessment
    people: int
    files: dict[str, Path] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        files = {name: str(path) for name, path in self.files.items()}
        return {"source": str(self.source), **self.assessment.as_json(), "files": files}


def assess_files(
    sources: Sequence[Path], out_dir: Path | None = None, options: AssessOptions | None = None
) -> tuple[AssessedFile, ...]:
    """Assess each recording; with `out_dir`, write into it, into a folder per recording if there are several.

    UserError where a recording cannot be read or holds nobody to assess; nothing is written then.
    """
    options = options or AssessOptions()
    reference = _reference(options.reference, options.reference_id) if options.reference else None
    judge = judge_of(options.exercise, options.own_good) if options.exercise else None
    assessed = [_assess(source, reference, judge, options) for source in sources]
    if out_dir is None:
        return tuple(assessed)
    folders = [out_dir] if len(sources) == 1 else [out_dir / name for name in _folder_names(sources)]
    return tuple(
        replace(one, files=_write(one, folder)) for one, folder in zip(assessed, folders, strict=True)
    )


def write_progress(assessed: Sequence[AssessedFile], out_dir: Path) -> dict[str, Path]:
    """Several recordings side by side, the earliest first, as a page and a table in `out_dir`, where `assess_files`
    wrote them; the table's last two columns say what changed from the first to the last, and its uncertainty."""
    names = _folder_names([one.source for one in assessed])
    by_name = dict(zip(names, (one.assessment for one in assessed), strict=True))
    write_progress_page(out_dir / PROGRESS, by_name, PAGE)
    measures = {name: assessment.measures for name, assessment in by_name.items()}
    with replacing(out_dir / PROGRESS_CSV) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        each = (column for name in names for column in (name, f"{name} uncertainty"))
        writer.writerow(["measure", "unit", *each, "change", "change uncertainty"])
        for change in changes(measures[names[0]], measures[names[-1]]):
            known = [of_one.get(change.name, Measure(np.nan, "", 0)) for of_one in measures.values()]
            numbers = [number for one in known for number in (one.value, one.uncertainty)]
            row = [*numbers, change.difference, change.uncertainty]
            writer.writerow(
                [change.name, change.before.unit, *(f"{n:.7g}" if np.isfinite(n) else "" for n in row)]
            )
    return {name: out_dir / name for name in (PROGRESS, PROGRESS_CSV)}


def _assess(
    source: Path, reference: PoseSequence | None, judge: Judge | None, options: AssessOptions
) -> AssessedFile:
    recording = _with_errors(read(source), options.joint_error_m)
    track_id = options.track_id
    if track_id is None:
        track_id = int(_longest_seen(recording, source).track_id[0])
    person = _person(recording, track_id, source)
    with naming(source):
        exercise = judge(person) if judge else None
        assessment = assess_person(recording, track_id, reference, exercise)
    return AssessedFile(source, person, assessment, len(recording.track_ids))


def _reference(path: Path, track_id: int | None) -> PoseSequence:
    """The person meant; UserError where there are several and none is named."""
    recording = read(path)
    if track_id is not None:
        return _person(recording, track_id, path)
    if len(recording.track_ids) > 1:
        frames = ", ".join(f"{i}: {how_many(len(recording.person(i)), 'frame')}" for i in recording.track_ids)
        raise UserError(
            f"{path} holds several people; say with --reference-person which is meant ({frames})."
        )
    return _longest_seen(recording, path)


def _person(recording: PoseSequence, track_id: int, source: Path) -> PoseSequence:
    if track_id not in recording.track_ids:
        known = ", ".join(map(str, recording.track_ids))
        raise UserError(f"Person {track_id} is not in {source}; it holds {known}.")
    return recording.person(track_id)


def _longest_seen(recording: PoseSequence, source: Path) -> PoseSequence:
    if not len(recording):
        raise UserError(f"{source} holds nobody; there is nothing to assess.")
    return recording.person(recording.track_ids[0])


def _with_errors(recording: PoseSequence, joint_error_m: float | None) -> PoseSequence:
    """Expected errors where the file states none."""
    if joint_error_m is None:
        return recording
    stated = np.isfinite(recording.expected_error_m)
    error = np.where(stated, recording.expected_error_m, np.float32(joint_error_m))
    return replace(recording, expected_error_m=error)


def _folder_names(sources: Sequence[Path]) -> list[str]:
    """The files' names, the folders' for `poses.npz`; numbered where they would be the same."""
    plain, names = [_title(path) for path in sources], []
    for place, name in enumerate(plain, start=1):
        numbered = (f"{name}-{k}" for k in itertools.count(place))
        free = (one for one in numbered if one not in plain and one not in names)
        names.append(next(free) if plain.count(name) > 1 else name)
    return names


def _write(assessed: AssessedFile, folder: Path) -> dict[str, Path]:
    make_folder(folder)
    with replacing(folder / JSON) as part:
        text = json.dumps(assessed.assessment.as_json(), indent=1, allow_nan=False, ensure_ascii=False)
        part.write_text(text + "\n", encoding="utf-8")
    with replacing(folder / CSV) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ("measure", "value", "unit", "uncertainty", "validity"))
        writer.writeheader()
        for name, measure in assessed.assessment.measures.items():
            writer.writerow({"measure": name, **measure.as_json()})
    write_assessment(folder / PAGE, assessed.person, assessed.assessment, _title(assessed.source))
    return {name: folder / name for name in (PAGE, JSON, CSV)}


def _title(source: Path) -> str:
    return source.parent.resolve().name if source.name == "poses.npz" else source.stem
