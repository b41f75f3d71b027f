"""Work for tests of batches, importable in worker processes; as a program, a batch that needs no weights.

python fake_work.py INPUT OUT [PROCESSES]
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from conftest import FakeDetector
from ganbodypose import estimator
from ganbodypose.batch import run
from ganbodypose.batch.record import Task
from ganbodypose.batch.run import BatchOptions, run_batch
from ganbodypose.batch.work import Outcome, process
from ganbodypose.jobs.options import RunOptions


def echo(task: Task) -> Outcome:
    return Outcome(task.name, facts={"pid": os.getpid()})


def as_named(task: Task) -> Outcome:
    """Does what the name says: 'kill...', 'hang...', 'crash...' or nothing bad; notes every attempt."""
    task.folder.mkdir(parents=True, exist_ok=True)
    with (task.folder / "attempts").open("a") as file:
        file.write(f"{os.getpid()}\n")
    attempts = len((task.folder / "attempts").read_text().splitlines())
    if task.name.startswith("kill") or (task.name.startswith("once") and attempts == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if task.name.startswith("hang"):
        time.sleep(600)
    if task.name.startswith("crash"):
        return Outcome(task.name, "RuntimeError: as told", again=True)
    if task.name.startswith("full"):
        return Outcome(task.name, "the disk is full", halt=True)
    return echo(task)


def with_fake_detector(task: Task) -> Outcome:
    """The real work, on people that a fake detector sees."""
    estimator.create_detector = lambda name, **_: FakeDetector(name)
    (task.folder.parent / f"{os.getpid()}.pid").touch()
    return process(task)


def main() -> None:
    run.provide = lambda _: None
    source, out, processes = sys.argv[1], Path(sys.argv[2]), int((*sys.argv[3:], "1")[0])
    options = BatchOptions(RunOptions(overlay=False, report=False), processes=processes, table=False)
    summary = run_batch([source], out, options, work=with_fake_detector)
    print(summary.as_json())


if __name__ == "__main__":
    main()
