"""Looks for inputs on which a reader fails, as long as wanted; what it finds is kept in corpus/READER/.

    python tests/fuzz/hunt.py [READER ...] [--minutes 60] [--seed 0] [--guided]

Each reader gets --minutes of CPU time in a process of its own with 8 GB of addresses and 20 s for an input, so that
crashes, endless loops and greed for memory are found, too. --guided goes by which code was reached (extra `fuzz`:
CPython 3.11 to 3.13, Linux or macOS).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from mutations import mutate
from trial import CORPUS, beginnings, failure_of

ADDRESSES = 8 << 30
MOST_FAILURES = 20

Search = Callable[[str, float, int, str, str], None]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("readers", nargs="*", help="all without")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guided", action="store_true")
    options = parser.parse_args()
    if strangers := set(options.readers) - set(_all_readers()):
        parser.error(f"no reader {', '.join(sorted(strangers))}; there are {', '.join(_all_readers())}")
    found = 0
    for name in options.readers or _all_readers():
        tried, failures = hunt(
            name, options.minutes * 60, options.seed, _guided() if options.guided else search
        )
        found += len(failures)
        print(json.dumps({"reader": name, "inputs": tried, "failures": failures}), flush=True)
    sys.exit(found > 0)


def _all_readers() -> list[str]:
    from readers import READERS

    return list(READERS)


def _guided() -> Search:
    from guided import search

    return search


def hunt(name: str, cpu_s: float, seed: int, searching: Search) -> tuple[int, list[str]]:
    """How many inputs were tried; each kind of failure once."""
    tried, failures, until_s = 0, {}, children_s() + cpu_s
    with tempfile.TemporaryDirectory() as folder:
        current, report = Path(folder) / "current", Path(folder) / "report.json"
        while (left := until_s - children_s()) > 0 and len(failures) < MOST_FAILURES:
            process = multiprocessing.get_context("spawn").Process(
                target=_limited, args=(searching, name, left, seed + tried, str(current), str(report))
            )
            process.start()
            process.join()
            said = json.loads(report.read_text()) if report.exists() else {"tried": 1, "failure": None}
            report.unlink(missing_ok=True)
            tried += said["tried"]
            failure = said["failure"] or (f"exit code {process.exitcode}" if process.exitcode else None)
            if failure is None:
                break
            if failure not in failures:
                failures[failure] = keep(name, current.read_bytes())
    return tried, [f"{failure} ({path.name})" for failure, path in failures.items()]


def children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _limited(searching: Search, *given: object) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    searching(*given)


def search(name: str, cpu_s: float, seed: int, current: str, report: str) -> None:
    """Until the time is over or an input fails, which then lies in `current`."""
    from readers import READERS

    reader, rng, tried = READERS[name], random.Random(seed), 0
    seeds = beginnings(name, reader)
    warnings.simplefilter("ignore")
    failure = None
    while failure is None and time.process_time() < cpu_s:
        data = mutate(rng.choice(seeds), rng)
        Path(current).write_bytes(data)
        tried += 1
        failure = failure_of(reader, data, Path(current).parent)
    Path(report).write_text(json.dumps({"tried": tried, "failure": failure}))


def keep(name: str, data: bytes) -> Path:
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(data).hexdigest()[:12]
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    main()
