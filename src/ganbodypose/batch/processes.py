"""The processes of one computer as workers."""

from __future__ import annotations

import time
from contextlib import suppress
from multiprocessing.connection import Connection, wait

from ganbodypose.batch.executor import Work
from ganbodypose.batch.record import Task
from ganbodypose.batch.work import Outcome
from ganbodypose.jobs.worker_process import WorkerProcess


class LocalProcesses:
    """At most `slots` worker processes, each with one task at a time; see `executor.Executor`.

    limit_s: a task that takes longer is ended, with its worker. Workers end when this process does, even killed.
    """

    def __init__(self, work: Work, slots: int, limit_s: float) -> None:
        self.slots = slots
        self._work, self._limit_s = work, limit_s
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []

    def start(self, task: Task) -> None:
        worker = self._idle.pop() if self._idle else _Worker(self._work)
        self._busy.append(worker)
        worker.give(task, time.monotonic() + self._limit_s)

    def next_outcome(self) -> Outcome:
        while True:
            soonest = min(worker.until_s for worker in self._busy) - time.monotonic()
            ready = wait([worker.process.connection for worker in self._busy], max(soonest, 0.0))
            now_s = time.monotonic()
            for worker in self._busy:
                if worker.process.connection in ready:
                    return self._ended(worker, worker.outcome())
                if worker.until_s <= now_s:
                    return self._ended(worker, worker.give_up(self._limit_s))

    def close(self) -> None:
        for worker in (*self._idle, *self._busy):
            worker.kill()
        self._idle, self._busy = [], []

    def _ended(self, worker: _Worker, outcome: Outcome) -> Outcome:
        self._busy.remove(worker)
        if worker.is_alive:
            self._idle.append(worker)
        return outcome


class _Worker:
    """A process that does task after task."""

    def __init__(self, work: Work) -> None:
        self.process = WorkerProcess(_serve, work)
        self.is_alive = True
        self.until_s = 0.0
        self._name = ""

    def give(self, task: Task, until_s: float) -> None:
        self._name, self.until_s = task.name, until_s
        with suppress(OSError):  # it may have died while it was idle; `outcome` tells
            self.process.connection.send(task)

    def outcome(self) -> Outcome:
        """What it sent, or that it died."""
        try:
            outcome = self.process.connection.recv()
        except (EOFError, OSError):
            self.kill()
            return Outcome(self._name, f"Its process {self.process.how_it_ended()}.", again=True)
        assert isinstance(outcome, Outcome)
        return outcome

    def give_up(self, limit_s: float) -> Outcome:
        self.kill()
        return Outcome(self._name, f"It took longer than the limit of {limit_s:g} s; raise --time-limit.")

    def kill(self) -> None:
        """Results that are not marked as done are made anew by the next batch, so nothing is lost."""
        self.is_alive = False
        self.process.kill()


def _serve(connection: Connection, work: Work) -> None:
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(work(task))
