"""`manifest.jsonl`: one line of JSON for each recording that ended, written as it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ganbodypose.batch.executor import Ended
from ganbodypose.batch.record import Task
from ganbodypose.io.atomic import cannot_write, replacing

MANIFEST = "manifest.jsonl"

Line = Mapping[str, Any]


class Journal:
    """Holds the lines of a batch, and keeps them on the disk. UserError where they cannot be written.

    It begins with what is `done` already: facts by name. What failed before is tried anew, and so forgotten.
    """

    def __init__(self, folder: Path, tasks: Sequence[Task], done: Mapping[str, Line]) -> None:
        self._path = folder / MANIFEST
        self._order = [task.name for task in tasks]
        self._lines = {task.name: _done(task, done[task.name]) for task in tasks if task.name in done}
        self.tidy()

    @property
    def lines(self) -> list[Line]:
        """In the order of the recordings."""
        return [self._lines[name] for name in self._order if name in self._lines]

    def add(self, ended: Ended) -> None:
        """On the disk when it returns: what was reported as done stays so."""
        line = self._lines[ended.task.name] = _line(ended)
        try:
            with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(_text(line))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def tidy(self) -> None:
        """One line a recording, in their order."""
        with (
            replacing(self._path) as part,
            part.open("w", encoding="utf-8", errors="backslashreplace") as file,
        ):
            file.writelines(map(_text, self.lines))


def _text(line: Line) -> str:
    """For files that replace by backslashes, as JSON writes what UTF-8 has not: a name in an older encoding."""
    return json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"


def _done(task: Task, facts: Line) -> Line:
    return {"name": task.name, "source": task.source, "status": "done", **facts}


def _line(ended: Ended) -> Line:
    task, outcome = ended.task, ended.outcome
    if outcome.error is None:
        return {**_done(task, outcome.facts), "attempts": ended.attempts}
    failed = {"error": outcome.error, "attempts": ended.attempts}
    detail = {"detail": outcome.detail} if outcome.detail else {}
    return {"name": task.name, "source": task.source, "status": "failed", **failed, **detail}
