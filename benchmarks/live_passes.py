"""What the live benchmarks share: 720p pictures in memory, passes over them in turns, and their summary.

A system is measured in a process of its own, which makes one pass over the pictures whenever it is told to. So
several systems take turns, and whatever else the machine does hits all of them alike.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

SIZE_WH = (1280, 720)
FPS = 30.0
WARM_UP = 10  # results at the start of a pass that do not count


@dataclass(frozen=True)
class Pass:
    """One pass: delay of each result, people in each (ours only), pictures left out, seconds of clock and processor."""

    delays_s: list[float]
    dropped: int
    cpu_s: float
    elapsed_s: float
    persons: list[int] = field(default_factory=list)
    load: float = 0.0


MakePass = Callable[[np.ndarray], Pass]  # pictures [T,720,1280,3] -> what came of one pass


def arguments(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=230, help="use at most so many of the demo video")
    parser.add_argument("--rounds", type=int, default=5, help="how often each sees the pictures")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--page", type=Path, help="also put the table into this page (docs/live.md)")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--frames-file", type=Path, help=argparse.SUPPRESS)
    return parser


def save_pictures(path: Path, limit: int, three_people: bool = False) -> Path:
    """The demo video's first pictures at SIZE_WH as one array [T,H,W,3] on disk."""
    import cv2

    from ganbodypose.detect.weights import demo_video_path
    from ganbodypose.io.video import open_video

    with open_video(str(demo_video_path())) as source:
        pictures = [
            cv2.resize(frame.rgb, SIZE_WH, interpolation=cv2.INTER_AREA)
            for frame, _ in zip(source, range(limit), strict=False)
        ]
    np.save(path, three_of(pictures) if three_people else np.stack(pictures))
    return path


def three_of(pictures: list[np.ndarray]) -> np.ndarray:
    """The athlete on the roof three times side by side, at three different moments, to and fro in time."""
    width, left, last = SIZE_WH[0] // 3, 250, 90
    there_and_back = [*range(last), *range(last, 0, -1)]
    moments = [there_and_back[k % len(there_and_back)] for k in range(len(pictures) + 2 * last)]
    side_by_side = np.zeros((len(pictures), SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
    for panel in range(3):
        for k, picture in enumerate(side_by_side):
            shown = pictures[moments[k + panel * 40]]
            picture[:, panel * width : (panel + 1) * width] = shown[:, left : left + width]
    return side_by_side


class Pictures:
    """Pictures from memory, with their times."""

    size_wh = SIZE_WH

    def __init__(self, pictures: np.ndarray) -> None:
        self._pictures = pictures

    def __iter__(self) -> Iterator:
        from ganbodypose.core import VideoFrame

        for index, picture in enumerate(self._pictures):
            yield VideoFrame(np.array(picture), index, index / FPS)


def take_turns(
    script: str, pythons: Mapping[str, str], frames: Path, rounds: int, *more: str
) -> dict[str, list[Pass]]:
    """By system, its passes; pythons: which Python runs the script as which system's worker."""
    workers = {
        system: subprocess.Popen(
            [python, script, "--frames-file", str(frames), *more, "--worker", system],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for system, python in pythons.items()
    }
    passes: dict[str, list[Pass]] = {system: [] for system in pythons}
    for turn in range(rounds):
        order = list(pythons) if turn % 2 == 0 else list(reversed(pythons))  # nobody always goes first
        for system in order:
            passes[system].append(_one_pass(workers[system]))
            print(system, summary(passes[system][-1:]), file=sys.stderr)
    for worker in workers.values():
        assert worker.stdin is not None
        worker.stdin.close()
        worker.wait(30)
    return passes


def _one_pass(worker: subprocess.Popen) -> Pass:
    assert worker.stdin is not None and worker.stdout is not None
    load = os.getloadavg()[0]
    print("go", file=worker.stdin, flush=True)
    answer = worker.stdout.readline()
    if not answer:
        sys.exit(f"error: the process of {worker.args} ended early")
    return Pass(**json.loads(answer) | {"load": load})


def work(make_pass: MakePass, frames_file: Path) -> None:
    """In the worker: one pass for each line on standard input."""
    pictures = np.load(frames_file, mmap_mode="r")
    for _ in sys.stdin:
        print(json.dumps(asdict(make_pass(pictures))), flush=True)


class Clock:
    """Measures a pass from now on."""

    def __init__(self) -> None:
        self.start_s, self._cpu_s = time.monotonic(), time.process_time()

    def passed(
        self, delays_s: list[float], dropped: int, persons: list[int], elapsed_s: float | None = None
    ) -> Pass:
        cpu_s = time.process_time() - self._cpu_s
        elapsed_s = time.monotonic() - self.start_s if elapsed_s is None else elapsed_s
        return Pass(delays_s, dropped, cpu_s, elapsed_s, persons)


def summary(passes: list[Pass]) -> dict[str, float]:
    """Delays over all results but the first of each pass; rates and processor time in the median of the passes."""
    delays_ms = 1000 * np.concatenate([one.delays_s[WARM_UP:] or [np.nan] for one in passes])
    p50, p95, p99 = (round(float(np.percentile(delays_ms, p)), 1) for p in (50, 95, 99))
    persons = [count for one in passes for count in one.persons[WARM_UP:]]
    return {
        "frames_per_s": round(statistics.median(len(one.delays_s) / one.elapsed_s for one in passes), 1),
        "dropped": sum(one.dropped for one in passes),
        "persons": round(statistics.mean(persons), 2) if persons else 1,
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "cpu_ms": round(statistics.median(1000 * one.cpu_s / len(one.delays_s) for one in passes), 1),
    }


def load_of(passes: Mapping[str, list[Pass]]) -> float:
    return statistics.median(one.load for of in passes.values() for one in of)
