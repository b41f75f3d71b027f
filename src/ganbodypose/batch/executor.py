"""Who does the work: anything that takes tasks and gives back one outcome for each, whatever happens to it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ganbodypose.batch.record import Task
from ganbodypose.batch.work import Outcome

Work = Callable[[Task], Outcome]


class Executor(Protocol):
    """Workers. `slots` is how many tasks can be under way now. `next_outcome` waits for the next one that ends;
    the death of a worker is an outcome, of its task alone. `close` stops everything that is still under way."""

    @property
    def slots(self) -> int: ...
    def start(self, task: Task) -> None: ...
    def next_outcome(self) -> Outcome: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Ended:
    """A task, how its last attempt ended, and how many there were."""

    task: Task
    outcome: Outcome
    attempts: int


def run_all(tasks: Iterable[Task], executor: Executor, retries: int) -> Iterator[Ended]:
    """Each task once, as they end. What failed and may succeed is tried again, up to `retries` times, after all
    others. When an outcome says halt, what has not begun is left."""
    waiting, attempts = deque(tasks), Counter[str]()
    under_way: dict[str, Task] = {}
    while waiting or under_way:
        while waiting and len(under_way) < executor.slots:
            task = waiting.popleft()
            attempts[task.name] += 1
            under_way[task.name] = task
            executor.start(task)
        outcome = executor.next_outcome()
        task = under_way.pop(outcome.name)
        if outcome.again and attempts[task.name] <= retries:
            waiting.append(task)
            continue
        if outcome.halt:
            waiting.clear()
        yield Ended(task, outcome, attempts[task.name])
