"""The nodes of a Ray cluster as workers: https://docs.ray.io

All nodes must see the sources and the folder of results under the same paths (a network file system), or read the
sources from URLs. Ray starts a task anew in another process when its node dies only if it is told to; here the
batch itself tries again, so that it can count.
"""

from __future__ import annotations

import os
import re
import socket
import time
from typing import Any

from ganbodypose.batch.executor import Work
from ganbodypose.batch.record import Task
from ganbodypose.batch.work import Outcome
from ganbodypose.core import UserError, pip_install

LOCAL = "local"
_PATIENCE_S = 10.0


class RayCluster:
    """A task per CPU of the cluster, whose nodes may come and go; see `executor.Executor`.

    address: of the head node, as `ray.init` takes it ("auto" on a node of the cluster), or "local" for a cluster of
    this computer alone. limit_s: tasks that take longer are ended. UserError where there is no cluster.
    """

    def __init__(self, work: Work, address: str, limit_s: float) -> None:
        self._ray = _ray()
        self._limit_s = limit_s
        self._tasks: dict[Any, tuple[Task, float]] = {}
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            _knock(address)
            dashboard = False if address == LOCAL else None
            self._ray.init(address, include_dashboard=dashboard, log_to_driver=False)
        except (OSError, ValueError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"There is no Ray cluster at '{address}' ({reason}); check the address."
            ) from error
        self._work = self._ray.remote(num_cpus=1, max_retries=0)(work)

    @property
    def slots(self) -> int:
        return max(int(self._ray.cluster_resources().get("CPU", 0)), 1)

    def start(self, task: Task) -> None:
        self._tasks[self._work.remote(task)] = task, time.monotonic() + self._limit_s

    def next_outcome(self) -> Outcome:
        while True:
            soonest = min(until_s for _, until_s in self._tasks.values()) - time.monotonic()
            ready, _ = self._ray.wait(list(self._tasks), timeout=max(soonest, 0.0))
            if ready:
                return self._outcome(ready[0])
            late = [work for work, (_, until_s) in self._tasks.items() if until_s <= time.monotonic()]
            if late:
                return self._give_up(late[0])

    def close(self) -> None:
        self._ray.shutdown()

    def _outcome(self, work: Any) -> Outcome:
        task, _ = self._tasks.pop(work)
        try:
            outcome: Outcome = self._ray.get(work)
            return outcome
        except self._ray.exceptions.RayError as error:
            reason = str(error).splitlines()[0]
            return Outcome(task.name, f"Its process was lost ({type(error).__name__}: {reason}).", again=True)

    def _give_up(self, work: Any) -> Outcome:
        task, _ = self._tasks.pop(work)
        self._ray.cancel(work, force=True)
        return Outcome(
            task.name, f"It took longer than the limit of {self._limit_s:g} s; raise --time-limit."
        )


def _knock(address: str) -> None:
    """OSError where nobody listens at HOST:PORT; Ray itself would go on trying for minutes."""
    found = re.fullmatch(r"(?:ray://)?([^:/]+):(\d+)", address)
    if found:
        socket.create_connection((found[1], int(found[2])), _PATIENCE_S).close()


def _ray() -> Any:
    try:
        import ray
    except ImportError:
        raise UserError(f"A Ray cluster needs the package ray: {pip_install('ray')}.") from None
    return ray
