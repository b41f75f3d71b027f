"""Worker processes: whatever happens to one costs its task's attempt, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import fake_work

from ganbodypose.batch.executor import Ended, run_all
from ganbodypose.batch.processes import LocalProcesses
from ganbodypose.batch.record import Task

MakeTask = Callable[[str], Task]


def _ended(
    tasks: Sequence[Task], slots: int = 1, limit_s: float = 60.0, retries: int = 2
) -> dict[str, Ended]:
    executor = LocalProcesses(fake_work.as_named, slots, limit_s)
    try:
        ended = list(run_all(tasks, executor, retries))
    finally:
        executor.close()
    assert len({one.task.name for one in ended}) == len(ended), "a task ended twice"
    return {one.task.name: one for one in ended}


def test_a_killed_worker_costs_only_its_tasks_attempts(make_task: MakeTask) -> None:
    ended = _ended([make_task(name) for name in ("a", "kill", "once", "b", "crash")], slots=2)
    assert {name for name, one in ended.items() if one.outcome.error is None} == {"a", "b", "once"}
    assert ended["kill"].attempts == ended["crash"].attempts == 3
    assert ended["once"].attempts == 2
    assert "killed by SIGKILL, as the system does when memory runs out" in str(ended["kill"].outcome.error)


def test_a_process_does_many_tasks(make_task: MakeTask) -> None:
    ended = _ended([make_task(name) for name in "abc"])
    assert len({one.outcome.facts["pid"] for one in ended.values()}) == 1


def test_what_takes_too_long_is_ended(make_task: MakeTask) -> None:
    begun = time.monotonic()
    ended = _ended([make_task("hang"), make_task("a")], limit_s=6.0)
    assert "longer than the limit of 6 s" in str(ended["hang"].outcome.error)
    assert ended["hang"].attempts == 1
    assert ended["a"].outcome.error is None
    assert time.monotonic() - begun < 60


def test_nothing_is_begun_once_nothing_can_succeed(make_task: MakeTask) -> None:
    assert list(_ended([make_task(name) for name in ("a", "full", "b")])) == ["a", "full"]
