"""One recording as another kind of file, gated and, if wished, repaired on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence
from ganbodypose.io import formats
from ganbodypose.io.formats.tracks import WriteOptions, select
from ganbodypose.quality.repair.repair import RepairOptions, repair


def convert(
    source: str | Path, target: str | Path, options: WriteOptions, repairing: RepairOptions
) -> tuple[str, ...]:
    """Read, gate, repair, write; returns what was done, one clause each. UserError as `io.formats`."""
    formats.known_format(target)
    chosen = select(formats.read(source), options)
    repaired, notes = repair_everybody(chosen.sequence, repairing)
    ungated = replace(options, min_quality=None, max_error_m=None)
    return (*chosen.notes, *notes, *formats.write(target, repaired, ungated))


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
