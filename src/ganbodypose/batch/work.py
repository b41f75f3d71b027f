"""One recording of a batch, in the process of a worker. Nothing that a file does gets out as an exception."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.batch.record import Task, clear, contents_of, mark_done
from ganbodypose.batch.stores import fetched, is_url
from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.atomic import cannot_write
from ganbodypose.io.results import load
from ganbodypose.jobs.result_folder import refuse_to_overwrite
from ganbodypose.jobs.run import RunSummary, run_video

_NO_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. error: None when the recording is done; detail: for whoever mends the program.

    again: another attempt may succeed. halt: no other recording can succeed either, as on a full disk.
    facts: numbers about the results, plain values.
    """

    name: str
    error: str | None = None
    detail: str | None = None
    again: bool = False
    halt: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


def process(task: Task) -> Outcome:
    """Make the results of one recording and mark them as done."""
    try:
        return Outcome(task.name, facts=_process(task))
    except UserError as error:
        cause = error.__cause__
        halt = isinstance(cause, OSError) and cause.errno in _NO_PLACE
        return Outcome(task.name, str(error), halt=halt)
    except Exception as error:  # one bad file must not stop the others
        return Outcome(task.name, f"{type(error).__name__}: {error}", traceback.format_exc(), again=True)


def _process(task: Task) -> dict[str, Any]:
    if not is_url(task.source):
        refuse_to_overwrite(Path(task.source), task.folder)
    with _place_for(task) as place:
        with _local(task.source, place) as path:
            contents = _contents(task.source)
            summary = run_video(path, task.folder, task.options)
        facts = facts_of(summary, load(summary.files["poses"]))
        mark_done(task, contents, facts)
    return facts


@contextmanager
def _place_for(task: Task) -> Iterator[Path]:
    """The empty folder of its results; gone afterwards if nothing came into it."""
    try:
        clear(task.folder)
        task.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(task.folder, error) from error
    try:
        yield task.folder
    finally:
        if not any(task.folder.iterdir()):
            task.folder.rmdir()


@contextmanager
def _local(source: str, place: Path) -> Iterator[Path]:
    if is_url(source):
        with fetched(source, place) as copy:
            yield copy
        return
    path = Path(source)
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise UserError(f"{source} is a device: a batch takes recordings only.")
    yield path


def _contents(source: str) -> dict[str, Any]:
    try:
        return contents_of(source)
    except FileNotFoundError as error:
        raise UserError(f"{source} does not exist; check the path.") from error
    except OSError as error:
        raise UserError(f"{source} cannot be read: {error.strerror}.") from error


def facts_of(summary: RunSummary, poses: PoseSequence) -> dict[str, Any]:
    """What a table of many recordings says of one; None where nobody was seen."""
    return {
        "frames": summary.frames,
        "persons": len(summary.frames_per_person),
        "video_s": round(summary.video_s, 3),
        "elapsed_s": round(summary.elapsed_s, 3),
        "pose_quality": _rounded(poses.pose_quality, np.mean, 4),
        "expected_error_mm": _rounded(poses.expected_error_m[:, 1:] * 1000, np.median, 1),
        "damaged": summary.damaged,
        "warnings": list(summary.warnings),
    }


def _rounded(values: np.ndarray, statistic: Any, digits: int) -> float | None:
    known = values[np.isfinite(values)]
    return round(float(statistic(known)), digits) if known.size else None
