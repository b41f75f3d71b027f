"""A batch: every recording that is not done yet through an executor, then summaries over all."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ganbodypose.batch.executor import Executor, Work, run_all
from ganbodypose.batch.inputs import find_recordings
from ganbodypose.batch.journal import Journal, Line
from ganbodypose.batch.manifest import Entry
from ganbodypose.batch.processes import LocalProcesses
from ganbodypose.batch.ray_cluster import RayCluster
from ganbodypose.batch.record import Task, clear_unfinished, facts_if_done, recipe_of
from ganbodypose.batch.table import TABLE, write_table
from ganbodypose.batch.work import process
from ganbodypose.core import UserError
from ganbodypose.detect import provide
from ganbodypose.io.atomic import cannot_write, make_folder, replacing
from ganbodypose.io.formats.extras import need
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.worker_process import cores
from ganbodypose.report.batch import write_batch_page

PAGE, SUMMARY, LOCK = "batch.html", "batch.json", ".lock"


@dataclass(frozen=True)
class BatchOptions:
    """pose: what to do with each recording. processes: on this computer, None for one a core. ray: address of a
    Ray cluster to use instead, or "local". retries: further attempts after a crash. limit_s: the longest that one
    attempt may take. table: write one Parquet table over all."""

    pose: RunOptions = field(default_factory=RunOptions)
    processes: int | None = None
    ray: str | None = None
    retries: int = 2
    limit_s: float = 24 * 3600.0
    table: bool = True

    def __post_init__(self) -> None:
        if self.processes is not None and not 1 <= self.processes <= 1024:
            raise UserError(f"The number of processes must lie between 1 and 1024, not {self.processes}.")
        if self.processes is not None and self.ray is not None:
            raise UserError(
                "A Ray cluster has as many processes as CPUs: give no number of processes with it."
            )
        if not 0 <= self.retries <= 100:
            raise UserError(f"The number of retries must lie between 0 and 100, not {self.retries}.")
        if not self.limit_s > 0:
            raise UserError(f"The time limit must be a positive number of seconds, not {self.limit_s:g}.")
        if self.table:
            need("pyarrow", "Parquet")

    def executor(self, work: Work) -> Executor:
        if self.ray is not None:
            return RayCluster(work, self.ray, self.limit_s)
        return LocalProcesses(work, self.processes or cores(), self.limit_s)


@dataclass(frozen=True)
class BatchProgress:
    """Of `total` recordings, `done` have results (`before` of them from earlier) and `failed` cannot have any."""

    total: int
    before: int
    done: int
    failed: int


@dataclass(frozen=True)
class BatchSummary:
    """lines: those of the manifest. before: how many were done already. halted: why the rest was left, or None."""

    lines: tuple[Line, ...]
    total: int
    before: int
    elapsed_s: float
    halted: str | None
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def failed(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line["status"] == "failed")

    @property
    def done(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line["status"] == "done")

    def as_json(self) -> dict[str, Any]:
        return {
            "recordings": self.total,
            "done": len(self.done),
            "done_before": self.before,
            "failed": [{key: line[key] for key in ("name", "source", "error")} for line in self.failed],
            "damaged": [line["name"] for line in self.done if line["damaged"]],
            "left": self.total - len(self.lines),
            "halted": self.halted,
            "video_s": round(sum(line["video_s"] for line in self.done), 3),
            "frames": sum(line["frames"] for line in self.done),
            "elapsed_s": round(self.elapsed_s, 3),
            "files": {name: str(path) for name, path in self.files.items()},
        }


def run_batch(
    inputs: Sequence[str],
    out_dir: Path,
    options: BatchOptions,
    on_progress: Callable[[BatchProgress], None] = lambda _: None,
    work: Work = process,
) -> BatchSummary:
    """Results of every recording that `inputs` name (`batch.inputs`) in a folder of its own in `out_dir`.

    Recordings whose results are there and were made from the same contents with the same options and networks are
    left as they are. So a batch that was interrupted, in whatever way, goes on where it was when it is run again.
    UserError where an input or option cannot be used; a recording that fails does not stop the others.
    """
    started_s, out_dir = time.monotonic(), out_dir.absolute()
    options.pose.estimator()  # complains once, not of every recording
    entries = find_recordings(inputs, out_dir, options.pose)
    with _only_one(out_dir):
        tasks = _tasks(entries, out_dir)
        for task in tasks:
            clear_unfinished(task.folder)
        done = {task.name: facts for task in tasks if (facts := facts_if_done(task)) is not None}
        journal = Journal(out_dir, tasks, done)
        waiting = [task for task in tasks if task.name not in done]
        halted = _work_off(waiting, options, work, journal, _counter(len(tasks), len(done), on_progress))
        journal.tidy()
        summary = BatchSummary(
            tuple(journal.lines), len(tasks), len(done), time.monotonic() - started_s, halted
        )
        return _with_files(summary, out_dir, options.table)


def _tasks(entries: Sequence[Entry], out_dir: Path) -> list[Task]:
    recipes = {id(entry.options): recipe_of(entry.options) for entry in entries}
    return [
        Task(entry.name, entry.source, out_dir / entry.name, entry.options, recipes[id(entry.options)])
        for entry in entries
        if entry.name is not None
    ]


def _work_off(
    tasks: Sequence[Task],
    options: BatchOptions,
    work: Work,
    journal: Journal,
    count: Callable[[bool], None],
) -> str | None:
    """Every task once; why the rest was left, or None."""
    halted = None
    if not tasks:
        return halted
    for detector in {task.options.detector for task in tasks}:
        provide(detector)  # once, before many processes ask for it
    with closing(options.executor(work)) as executor:
        for ended in run_all(_shared_out(tasks, options), executor, options.retries):
            if ended.outcome.error is not None:
                clear_unfinished(ended.task.folder)
            halted = ended.outcome.error if ended.outcome.halt else halted
            journal.add(ended)
            count(ended.outcome.error is None)
    return halted


def _shared_out(tasks: Sequence[Task], options: BatchOptions) -> list[Task]:
    """Fewer recordings than processes of this computer: each gets more than one, where it is long enough."""
    parts = 1 if options.ray else max((options.processes or cores()) // len(tasks), 1)
    return [replace(task, options=replace(task.options, parts=parts)) for task in tasks]


def _counter(total: int, before: int, on_progress: Callable[[BatchProgress], None]) -> Callable[[bool], None]:
    done, failed = before, 0

    def count(is_done: bool) -> None:
        nonlocal done, failed
        done, failed = done + is_done, failed + (not is_done)
        on_progress(BatchProgress(total, before, done, failed))

    on_progress(BatchProgress(total, before, done, failed))
    return count


def _with_files(summary: BatchSummary, out_dir: Path, table: bool) -> BatchSummary:
    """Writes what is about all recordings."""
    files = summary.files
    if table:
        written = write_table(out_dir / TABLE, (out_dir / line["name"] for line in summary.done))
        files |= {"table": written} if written else {}
    files["page"] = write_batch_page(out_dir / PAGE, summary.lines, summary.total, summary.halted)
    files["summary"] = out_dir / SUMMARY
    with replacing(out_dir / SUMMARY) as part:
        text = json.dumps(summary.as_json(), indent=1, ensure_ascii=False)
        part.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")  # as `Journal`
    return summary


@contextmanager
def _only_one(out_dir: Path) -> Iterator[None]:
    """No two batches at a time in one folder; the lock ends with this process, however it ends."""
    make_folder(out_dir)
    try:
        file = (out_dir / LOCK).open("w")
    except OSError as error:
        raise cannot_write(out_dir, error) from error
    with file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"Another batch is at work in {out_dir}: wait for it or give another.") from None
        except (ImportError, OSError):  # a system or file system without such locks
            pass
        yield
