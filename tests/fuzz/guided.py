"""The search of `hunt.py --guided`: led by which of our code was reached (atheris on libFuzzer).

What is tried next is made by `mutations`, as without it, but from inputs that reached something new.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import warnings
from pathlib import Path

import atheris
from mutations import mutate
from trial import beginnings, failure_of

MOST_BYTES = 100_000


def search(name: str, cpu_s: float, seed: int, current: str, report: str) -> None:
    """Until the time is over or an input fails, which then lies in `current`. Ends the process.

    What reached something new stays beside `current`, for the next search.
    """
    folder = Path(current).parent
    place, reached = folder / "place", folder / "reached"
    for path in (place, reached):
        path.mkdir(exist_ok=True)
    warnings.simplefilter("ignore")
    tried = 0
    with atheris.instrument_imports(include=["ganbodypose"]):  # also what is only imported to read
        from readers import READERS

        reader = READERS[name]

        def feed(data: bytes) -> None:
            nonlocal tried
            Path(current).write_bytes(data)
            tried += 1
            failure = failure_of(reader, data, place)
            if failure is not None or time.process_time() > cpu_s:
                Path(report).write_text(json.dumps({"tried": tried, "failure": failure}))
                os._exit(0)

        for number, data in enumerate(beginnings(name, reader)):
            (reached / str(number)).write_bytes(data)
            feed(data)

    def change(data: bytes, most: int, number: int) -> bytes:
        return mutate(data, random.Random(number))[:most]

    limits = ["-timeout=0", f"-max_len={MOST_BYTES}", f"-seed={seed + 1}", "-verbosity=0"]  # 0: any seed
    arguments = [sys.argv[0], str(reached), f"-artifact_prefix={place}/", *limits]
    atheris.Setup(arguments, feed, custom_mutator=change)
    atheris.Fuzz()
