"""Looks for inputs on which a reader fails, as long as wanted; what it finds is kept in corpus/READER/.

    python tests/fuzz/hunt.py [READER ...] [--minutes 60] [--seed 0]

Each reader gets --minutes of CPU time in a process of its own with 8 GB of addresses and 20 s for an input, so that
crashes, endless loops and greed for memory are found, too. `guided.py` goes by which code was reached.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from mutations import mutate
from readers import READERS

from ganbodypose.core import UserError

CORPUS = Path(__file__).parent / "corpus"
INPUT_S, ADDRESSES = 20, 8 << 30


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("readers", nargs="*", default=list(READERS), help=", ".join(READERS))
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found = 0
    for name in options.readers:
        tried, failures = hunt(name, options.minutes * 60, options.seed)
        found += len(failures)
        print(json.dumps({"reader": name, "inputs": tried, "failures": failures}), flush=True)
    sys.exit(found > 0)


def hunt(name: str, cpu_s: float, seed: int) -> tuple[int, list[str]]:
    """How many inputs were tried; each kind of failure once."""
    tried, failures, until_s = 0, {}, children_s() + cpu_s
    with tempfile.TemporaryDirectory() as folder:
        current = Path(folder) / "current"
        while (left := until_s - children_s()) > 0 and len(failures) < 20:
            report = Path(folder) / "report.json"
            process = multiprocessing.get_context("spawn").Process(
                target=_search, args=(name, left, seed + tried, str(current), str(report))
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


def _search(name: str, cpu_s: float, seed: int, current: str, report: str) -> None:
    """Until the time is over or an input fails, which then lies in `current`."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    reader, rng, tried = READERS[name], random.Random(seed), 0
    seeds = reader.seeds() + [path.read_bytes() for path in (CORPUS / name).glob("*")]
    warnings.simplefilter("ignore")
    failure = None
    while failure is None and time.process_time() < cpu_s:
        data = mutate(rng.choice(seeds), rng)
        Path(current).write_bytes(data)
        tried += 1
        failure = failure_of(reader, data, Path(current).parent)
    Path(report).write_text(json.dumps({"tried": tried, "failure": failure}))


def failure_of(reader: object, data: bytes, folder: Path) -> str | None:
    """Where in the package an exception other than UserError came from."""
    path = folder / f"input{reader.suffix}"
    path.write_bytes(data)
    signal.alarm(INPUT_S)  # ends the process
    try:
        reader.read(path)
    except UserError:
        return None
    except Exception as error:  # anything else is what is looked for
        ours = [
            frame for frame in traceback.extract_tb(error.__traceback__) if "ganbodypose" in frame.filename
        ]
        place = f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "?"
        return f"{type(error).__name__} in {place}: {str(error)[:80]}"
    finally:
        signal.alarm(0)
    return None


def keep(name: str, data: bytes) -> Path:
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha256(data).hexdigest()[:12]
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    main()
