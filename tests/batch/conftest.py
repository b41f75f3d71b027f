"""What tests of batches share: tasks, and work that worker processes can import."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ganbodypose.batch.record import Task
from ganbodypose.jobs.run import RunOptions

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def make_task(tmp_path: Path) -> Callable[[str], Task]:
    """A task by its name, with a place for its results."""
    return lambda name: Task(name, f"{name}.mp4", tmp_path / "out" / name, RunOptions(), "recipe")
