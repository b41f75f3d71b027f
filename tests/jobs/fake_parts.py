"""Work on parts for tests, importable in worker processes."""

from __future__ import annotations

import os
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from conftest import FakeDetector
from ganbodypose import estimator
from ganbodypose.core import UserError
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.parts import Part, PartEnd, follow_part
from ganbodypose.track import Tracked


def with_fake_detector(connection: Connection, source: str, options: RunOptions, part: Part) -> None:
    """The real work, on people that a fake detector sees."""
    estimator.create_detector = lambda name, **_: FakeDetector(name)
    follow_part(connection, source, options, part)


def as_named(connection: Connection, source: str, options: RunOptions, part: Part) -> None:
    """Three empty pictures; on the way what the source's name says, whose attempts are counted in its folder."""
    del options
    with (Path(source).parent / "attempts").open("a") as file:
        file.write(f"{os.getpid()}\n")
    attempts = len((Path(source).parent / "attempts").read_text().splitlines())
    for index in range(3):
        connection.send(Tracked(index, part.start_s + index / 30, []))
        if index == 1 and ("kill" in source or ("once" in source and attempts == 1)):
            os.kill(os.getpid(), signal.SIGKILL)
    if "bad" in source:
        connection.send(UserError("The source is bad; mend it."))
    if "hang" in source:
        time.sleep(600)
    connection.send(PartEnd("It is damaged.", True))
