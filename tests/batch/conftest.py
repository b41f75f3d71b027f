"""What tests of batches share: tasks, and work that worker processes can import."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ganbodypose.batch.record import Task
from ganbodypose.jobs.options import RunOptions

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def make_task(tmp_path: Path) -> Callable[[str], Task]:
    """A task by its name, with a place for its results."""
    return lambda name: Task(name, f"{name}.mp4", tmp_path / "out" / name, RunOptions(), "recipe")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is done at once, on what a fake detector sees."""

    class AtOnce:
        slots = 1

        def __init__(self, work: Callable, *_: object) -> None:
            self._work = work

        def start(self, task: object) -> None:
            self._task = task

        def next_outcome(self) -> object:
            return self._work(self._task)

        def close(self) -> None:
            pass

    monkeypatch.setattr("ganbodypose.batch.run.LocalProcesses", AtOnce)
    monkeypatch.setattr("ganbodypose.batch.run.provide", lambda _: None)
