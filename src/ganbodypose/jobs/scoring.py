"""Movement models fitted on folders of recordings, and recordings judged by them.

    FOLDER/good/anna_01.npz   FOLDER/good/ben_01.trc   FOLDER/bad/anna_02.npz   ...

Any file that `io.formats.read` knows; of each, the person with most frames. Who it is says the file's name up to
the first '_', or a CSV file with the columns file and person. `bad` may be missing.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError, naming
from ganbodypose.geometry.camera import LEVEL_TO_Z_UP
from ganbodypose.io.formats import FORMATS, read
from ganbodypose.io.text import read_text
from ganbodypose.quality.movement.repetitions import find_repetitions
from ganbodypose.quality.scoring.crossvalidation import cross_validate
from ganbodypose.quality.scoring.explain import reasons
from ganbodypose.quality.scoring.features import Repetition
from ganbodypose.quality.scoring.files import open_model, published_name, save_model
from ganbodypose.quality.scoring.judged import JudgedExercise, JudgedRepetition
from ganbodypose.quality.scoring.model import Example, MovementModel, fit

GOOD, BAD = "good", "bad"
_OF_PUBLISHED = (
    "The published models learned from Vicon and Kinect recordings of healthy people; how well they judge poses from "
    "video has not been measured."
)
_ONE_REPETITION = 1.6  # a recording of less than so many typical durations holds a single one


@dataclass(frozen=True)
class FoundRepetition:
    """One repetition of a recording; seconds in the recording's time."""

    start_s: float
    end_s: float
    repetition: Repetition


@dataclass(frozen=True)
class FittedFolder:
    """What was fitted on what, and the cross-validation by person (None: not possible, `note` says why)."""

    path: Path
    exercise: str
    good: int
    bad: int
    persons: tuple[str, ...]
    cross_validation: Mapping[str, Any] | None
    note: str

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "path": str(self.path), "persons": list(self.persons)}


def fit_folder(
    folder: Path,
    out: Path,
    people: Path | None = None,
    whole: bool = False,
    progress: Callable[[str], None] | None = None,
) -> FittedFolder:
    """Fit on the recordings in `folder`/good and `folder`/bad, cross-validate by person, write the model to `out`.

    `whole`: every file is one repetition; else a file that repeats the movement is cut. The exercise is named
    like the folder. UserError where a file cannot be used or there are fewer than five good repetitions.
    """
    if out.suffix != ".npz":
        raise UserError(f"A movement model is an .npz file; {out} is named otherwise.")
    examples = list(_examples(folder, people, whole, progress or (lambda _: None)))
    exercise = folder.resolve().name.replace("_", " ")
    persons = tuple(sorted({example.person for example in examples}))
    good = sum(example.good for example in examples)
    validation, note = _validated(exercise, examples, persons)
    facts = {
        "persons": len(persons),
        "good": good,
        "bad": len(examples) - good,
        "cross_validation": validation,
    }
    save_model(out, fit(exercise, examples, facts))
    return FittedFolder(out, exercise, good, len(examples) - good, persons, validation, note)


def _validated(
    exercise: str, examples: Sequence[Example], persons: Sequence[str]
) -> tuple[dict[str, Any] | None, str]:
    if all(example.good for example in examples):
        return None, "only good repetitions were given: how well bad ones are told from them is unknown"
    if len(persons) < 2:
        return None, "all repetitions are by one person: how well others are judged is unknown"
    try:
        return cross_validate(exercise, examples).summary(), "leave one person out"
    except UserError:
        return None, "some person did nearly all good repetitions: the others are too few to validate"


def _examples(
    folder: Path, people: Path | None, whole: bool, progress: Callable[[str], None]
) -> Iterator[Example]:
    person_of = _people(people)
    for label in (GOOD, BAD):
        for path in _recordings(folder / label, required=label == GOOD):
            progress(f"{label}/{path.name}")
            person = person_of(path)
            for repetition in _repetitions(path, None, whole):
                yield Example(repetition, label == GOOD, person)


def _repetitions(path: Path, typical_s: float | None, whole: bool = False) -> list[Repetition]:
    """Of the person with most frames in a file."""
    person = _longest_seen(path)
    with naming(path):
        return [found.repetition for found in find_in(person, typical_s, whole)]


def _recordings(folder: Path, required: bool) -> list[Path]:
    paths = sorted(p for p in folder.glob("*") if p.suffix.lower() in FORMATS) if folder.is_dir() else []
    if required and not paths:
        raise UserError(f"{folder} holds no recording; put the good ones there ({', '.join(FORMATS)}).")
    return paths


def _people(table: Path | None) -> Callable[[Path], str]:
    """Who is in a recording: by the table's columns file and person, else by the file's name."""
    if table is None:
        return lambda path: path.stem.split("_")[0]
    rows = list(csv.DictReader(read_text(table, "CSV").splitlines()))
    if not rows or not {"file", "person"} <= rows[0].keys():
        raise UserError(f"{table} must have a header with the columns file and person.")
    known = {Path(row["file"]).name: row["person"] for row in rows}

    def person(path: Path) -> str:
        if path.name not in known:
            raise UserError(f"{table} does not name the person in {path.name}; add a row for it.")
        return known[path.name]

    return person


def _longest_seen(path: Path) -> PoseSequence:
    recording = read(path)
    if not len(recording):
        raise UserError(f"{path} holds nobody; leave it out.")
    return recording.person(recording.track_ids[0])


def find_in(person: PoseSequence, typical_s: float | None, whole: bool = False) -> list[FoundRepetition]:
    """The repetitions in one person's rows; the whole recording where nothing repeats, `whole` is asked, or it is
    not long enough for two repetitions of `typical_s`. UserError where one cannot be used."""
    joints, times = person.joints_3d_m.astype(np.float64), person.time_s
    short = typical_s is not None and times[-1] - times[0] < _ONE_REPETITION * typical_s
    found = () if whole or short else find_repetitions(joints, times).found
    bounds = [(one.start_s, one.end_s) for one in found] or [(float(times[0]), float(times[-1]))]
    upright = joints @ LEVEL_TO_Z_UP.T
    return [
        FoundRepetition(start, end, Repetition.of(upright[inside], times[inside]))
        for start, end in bounds
        for inside in [(times >= start) & (times <= end)]
    ]


Judge = Callable[[PoseSequence], JudgedExercise]


def judge_of(exercise: str, own_good: Sequence[Path] = ()) -> Judge:
    """Judges every repetition in one person's rows by a published model or one from a file; `own_good` are
    recordings of the same person doing it well. UserError where one of these cannot be had."""
    model = open_model(exercise)
    if own_good and model.personal is None:
        raise UserError(
            f"{exercise} was fitted on too few people with good and bad repetitions to use a person's own."
        )
    of_model = (_OF_PUBLISHED,) if published_name(exercise) else ()
    own = [repetition for path in own_good for repetition in _repetitions(path, model.repetition_s)]

    def judge(person: PoseSequence) -> JudgedExercise:
        found = find_in(person, model.repetition_s)
        cautions = (*of_model, *_of_repetitions(person, found))
        return JudgedExercise(
            model.exercise, tuple(_judged(model, one, own) for one in found), " ".join(cautions)
        )

    return judge


def _of_repetitions(person: PoseSequence, found: Sequence[FoundRepetition]) -> tuple[str, ...]:
    if len(found) < 2 or find_repetitions(person.joints_3d_m.astype(np.float64), person.time_s).alike:
        return ()
    return (
        "What follows each other here is not one movement repeated, so these judgements may mean nothing.",
    )


def _judged(model: MovementModel, found: FoundRepetition, own: Sequence[Repetition]) -> JudgedRepetition:
    judgement = model.judge(found.repetition, own)
    probability = None if np.isnan(judgement.probability) else judgement.probability
    return JudgedRepetition(
        found.start_s, found.end_s, judgement.score, probability, reasons(model, judgement)
    )
