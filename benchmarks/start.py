"""From starting `ganbodypose run` or `ganbodypose live` to the first result, and the memory that a run takes.

    python benchmarks/start.py [--rounds 7] [--page docs/performance.md]

The weights are in the cache and the modules compiled, as from the second start on. `run` is given the first picture of
the demo video only, without overlay and report: it counts until its process has ended, which is a little more than
until the result. `live` counts until the first result has reached a pipe. Memory is that of `run` on the whole demo
video with overlay and report. Linux and macOS.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from doc_block import measured_where, publish, table
from ganbodypose.detect.weights import demo_video_path

HEADS = ("s by the clock", "s of CPU", "peak RSS MB")
FIRST_PICTURE = ("--end", "0.02", "--no-overlay", "--no-report")


@dataclass(frozen=True)
class Start:
    """What a process took until its first result or its end."""

    clock_s: float
    cpu_s: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--page", type=Path, help="put the table into this page")
    options = parser.parse_args()
    video = str(demo_video_path())
    cases: dict[str, Callable[[], Start]] = {
        "`run`, first picture": lambda: run(video, *FIRST_PICTURE),
        "`live`, first result": lambda: live(video),
    }
    for start in cases.values():  # compile and cache
        start()
    starts: dict[str, list[Start]] = {name: [] for name in cases}
    for _ in range(options.rounds):
        for name, start in cases.items():
            starts[name].append(start())
    starts["`run`, the whole demo video"] = [run(video)]
    rows = {name: row(of) for name, of in starts.items()}
    text = table(rows, HEADS) + measured_where(os.getloadavg()[0])
    publish(text, options.page, "start")


def run(video: str, *more: str) -> Start:
    with tempfile.TemporaryDirectory() as folder:
        before = time.perf_counter()
        process = _ganbodypose("run", video, "--out", folder, *more)
        usage = _wait(process)
        return Start(time.perf_counter() - before, usage.ru_utime + usage.ru_stime, _peak_mb(usage))


def live(video: str) -> Start:
    """CPU and memory are those of a process that is ended right after its first result."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.jsonl"
        os.mkfifo(results)
        before = time.perf_counter()
        process = _ganbodypose("live", "--source", video, "--no-viewer", "--to", f"jsonl:{results}")
        with results.open() as lines:
            result = [lines.readline() for _ in range(2)][1]  # after the greeting
            clock_s = time.perf_counter() - before
            process.kill()
        if '"frame"' not in result:
            sys.exit(f"error: {process.args} gave no result but {result!r}")
        usage = _wait(process, killed=True)
        return Start(clock_s, usage.ru_utime + usage.ru_stime, _peak_mb(usage))


def _ganbodypose(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ganbodypose.cli", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _wait(process: subprocess.Popen[bytes], killed: bool = False) -> os.struct_rusage:
    """The resources of the process, when it has ended."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode and not killed:
        sys.exit(f"error: {process.args} failed")
    return usage


def _peak_mb(usage: os.struct_rusage) -> float:
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def row(starts: list[Start]) -> dict[str, str]:
    clock_s, cpu_s, peak_mb = (
        statistics.median(getattr(start, name) for start in starts)
        for name in ("clock_s", "cpu_s", "peak_mb")
    )
    return {"clock": f"{clock_s:.2f}", "cpu": f"{cpu_s:.2f}", "peak": f"{peak_mb:.0f}"}


if __name__ == "__main__":
    main()
