"""A process of its own for work that may fail in any way, and the connection to it."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

import cv2


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class WorkerProcess:
    """Runs `work(connection, *given)`; `connection` here is the other end. It ends when this process does, even
    when this one is killed, and may have workers of its own. EOFError or OSError of the connection tell its death.
    """

    def __init__(self, work: Callable[..., None], *given: Any) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_live, args=(work, theirs, *given))
        self._process.start()
        theirs.close()  # else its end would not be seen here
        atexit.register(
            self._process.kill
        )  # no daemon, which could have no workers: Python would wait for it

    def kill(self) -> None:
        atexit.unregister(self._process.kill)
        self._process.join(0.2)  # one that died by itself keeps its exit code
        self._process.kill()
        self._process.join()
        self.connection.close()

    def how_it_ended(self) -> str:
        """After `kill`: "was killed by SIGKILL ..." or "ended by itself with code 1"."""
        code = self._process.exitcode
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            why = ", as the system does when memory runs out" if name == "SIGKILL" else ""
            return f"was killed by {name}{why}"
        return f"ended by itself with code {code}"


def _live(work: Callable[..., None], connection: Connection, *given: Any) -> None:
    """The life of a worker."""
    _end_with_parent()
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C is for the parent, which knows what to do
    cv2.setNumThreads(1)  # a process has one core for its share
    work(connection, *given)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
