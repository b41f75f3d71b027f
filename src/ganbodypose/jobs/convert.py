"""One recording as another kind of file, gated and, if wished, repaired on the way."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io import formats
from ganbodypose.io.formats.coco_results import read_keypoints_only
from ganbodypose.io.formats.tracks import WriteOptions, one_person, select
from ganbodypose.io.keypoints.mediapipe_csv import is_mediapipe_csv
from ganbodypose.io.results import load
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.result_folder import POSES
from ganbodypose.jobs.run import run_video
from ganbodypose.quality.repair.repair import RepairOptions, repair

_LIFTED = "2D keypoints are lifted to 3D; to give camera or height, `ganbodypose run` them first"


def convert(
    source: str | Path,
    target: str | Path,
    options: WriteOptions,
    repairing: RepairOptions,
    size_wh: tuple[int, int] | None = None,
) -> tuple[str, ...]:
    """Read, gate, repair, write; returns what was done, one clause each. UserError as `io.formats`, and where the
    target is the source.

    size_wh: `source` holds 2D keypoints of another tool in pictures of this size, which are lifted; the frame rate is
    theirs then too, if they carry no times.
    """
    kind = formats.known_format(target)
    if Path(target).exists() and Path(source).exists() and Path(target).samefile(source):
        raise UserError(f"{target} is the source itself, which would be lost: give another name.")
    recording, notes = _read(Path(source), size_wh, options.fps)
    if size_wh is not None and not kind.y_up:
        options = replace(options, fps=None)
    if kind.one_person:
        options, whom = one_person(recording, options)
        notes += whom
    chosen = select(recording, options)
    repaired, repairs = repair_everybody(chosen.sequence, repairing)
    ungated = replace(options, min_quality=None, max_error_m=None)
    return (*notes, *chosen.notes, *repairs, *formats.write(target, repaired, ungated))


def _read(
    source: Path, size_wh: tuple[int, int] | None, fps: float | None
) -> tuple[PoseSequence, tuple[str, ...]]:
    if size_wh is None:
        if (source / POSES).is_file():
            raise UserError(f"{source} is a folder of results; give {source / POSES}.")
        flat = source.is_dir() or (source.suffix.lower() == ".csv" and is_mediapipe_csv(source))
        return (read_keypoints_only(source) if flat else formats.read(source)), ()
    with tempfile.TemporaryDirectory() as folder:
        lifting = RunOptions(size_wh=size_wh, fps=fps, overlay=False, report=False)
        summary = run_video(source, folder, lifting)
        return load(summary.files["poses"]), (_LIFTED, *summary.warnings)


def repair_everybody(recording: PoseSequence, options: RepairOptions) -> tuple[PoseSequence, tuple[str, ...]]:
    """Each person repaired, in the order of the frames again; notes name the person where there are several."""
    people = [repair(recording.person(track_id), options) for track_id in recording.track_ids]
    if not people:
        return recording, ()
    rows: dict[str, Any] = {
        name: np.concatenate([getattr(one.person, name) for one in people]) for name in recording.ROW_FIELDS
    }
    order = np.lexsort((rows["track_id"], rows["frame_index"]))
    named = len(people) > 1
    notes = tuple(
        f"person {one.person.track_id[0]}: {note}" if named else note for one in people for note in one.notes
    )
    meta = {**recording.meta, "repair": [*recording.meta.get("repair", []), *notes]}
    ordered = {name: column[order] for name, column in rows.items()}
    return replace(recording, **ordered, meta=meta), notes
