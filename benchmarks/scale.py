"""CPU time of a picture at three sizes, of batches and of videos: does it stay flat, and where does the rest go?

    python benchmarks/scale.py [--clips 8 32 128] [--seconds 5 20 80] [--json FILE]

clips: `ganbodypose batch` with one process on so many half-second clips (`benchmarks/batch.py`), tables and pages
included. seconds: `ganbodypose run` on videos of that length, at the same 320x180. A straight line through each three
gives what a start costs and what each clip or picture adds. CPU time of all processes, so that a busy machine matters
little; `load` is how many wanted a core meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from batch import cpu_of_children_s, make_videos
from ganbodypose.batch.table import TABLE, write_table
from ganbodypose.detect.weights import demo_video_path
from ganbodypose.report.batch import write_batch_page
from memory import repeat, shrink

PROGRAM = [sys.executable, "-m", "ganbodypose.cli"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=int, nargs="+", default=[8, 32, 128])
    parser.add_argument("--seconds", type=float, nargs="+", default=[5.0, 20.0, 80.0])
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ganbodypose-benchmark-") as name:
        folder = Path(name)
        clips = [told(batch_of(folder / f"clips-{count}", count)) for count in options.clips]
        source = shrink(str(demo_video_path()), folder / "small.mp4")
        videos = [
            told(video_of(folder / f"video-{seconds:g}", source, seconds)) for seconds in options.seconds
        ]
    figures = {
        "clips": clips,
        "CPU s of a batch's start, and of each clip more": line(clips, "clips"),
        "videos": videos,
        "CPU s of a run's start, and of each picture more": line(videos, "pictures"),
        "load": [round(load, 1) for load in os.getloadavg()],
    }
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def told(row: dict[str, Any]) -> dict[str, Any]:
    print(json.dumps(row), file=sys.stderr)
    return row


def batch_of(folder: Path, clips: int) -> dict[str, Any]:
    folder.mkdir()
    source, out = make_videos(folder / "in", clips), folder / "out"
    only_poses = ["--no-overlay", "--no-report", "--processes", "1"]
    cpu_s, summary = cpu_of([*PROGRAM, "batch", str(source), "--out", str(out), *only_poses, "--json"])
    lines = [json.loads(row) for row in (out / "manifest.jsonl").read_text().splitlines()]
    again = folder / "again"
    again.mkdir()
    return (
        {"clips": clips}
        | of_pictures(cpu_s, summary["frames"])
        | {
            "table CPU s": own_cpu_s(
                lambda: write_table(again / TABLE, (out / row["name"] for row in lines))
            ),
            "page CPU s": own_cpu_s(lambda: write_batch_page(again / "batch.html", lines, clips, None)),
            "results KB a clip": round(size_kb(out) / clips, 1),
        }
    )


def video_of(folder: Path, source: str, seconds: float) -> dict[str, Any]:
    folder.mkdir()
    video, out = folder / "long.mp4", folder / "out"
    repeat(source, video, seconds)
    only_poses = ["--no-overlay", "--no-report"]
    cpu_s, summary = cpu_of([*PROGRAM, "run", str(video), "--out", str(out), *only_poses, "--json"])
    people = sum(summary["frames_per_person"].values())
    return (
        {"seconds": round(summary["video_s"], 1)}
        | of_pictures(cpu_s, summary["frames"])
        | {"results KB a person and picture": round(size_kb(out) / people, 2)}
    )


def of_pictures(cpu_s: float, pictures: int) -> dict[str, float]:
    return {
        "pictures": pictures,
        "CPU s": round(cpu_s, 2),
        "CPU ms a picture": round(1000 * cpu_s / pictures, 1),
    }


def cpu_of(command: Sequence[str]) -> tuple[float, dict[str, Any]]:
    """CPU seconds of the command and its processes, and what it printed."""
    before = cpu_of_children_s()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return cpu_of_children_s() - before, json.loads(done.stdout)


def own_cpu_s(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return round(time.process_time() - begun, 3)


def size_kb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1000


def line(rows: Sequence[dict[str, Any]], what: str) -> list[float]:
    """[start, each more] by least squares of the relative error, so that the small sizes count as much."""
    cpu_s, counts = (np.array([row[key] for row in rows], float) for key in ("CPU s", what))
    start, more = np.linalg.lstsq(np.stack([1 / cpu_s, counts / cpu_s], 1), np.ones(len(rows)), rcond=None)[0]
    return [round(float(start), 2), round(float(more), 4)]


if __name__ == "__main__":
    main()
