"""`ganbodypose batch` on many short videos: nothing lost after kill -9, and what a second process brings.

    python benchmarks/batch.py survival [--videos 1000] [--kills 2] [--processes 2] [--json FILE]
    python benchmarks/batch.py speed [--videos 12] [--blocks 3] [--json FILE]
    python benchmarks/batch.py parts [--seconds 120] [--blocks 3] [--json FILE]

survival: copies of half a second of the demo video, one in a hundred cut off; the batch is killed (SIGKILL) that many
times on its way and run again. Exit code 1 unless every whole video has results, each was done once, and every broken
one is reported.

speed: the same copies with one and with two processes in turn. parts: one long video, the demo repeated, with `run` in
one and in two parts in turn. Wall time is what counts, but only on a machine that is otherwise idle: the load before
the start, CPU seconds and the cores that the processes got are printed beside it, and a busy machine is told.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2

from ganbodypose.detect.weights import demo_video_path
from ganbodypose.io.video import open_video
from ganbodypose.io.video_writer import VideoWriter
from ganbodypose.jobs.worker_process import cores
from memory import repeat

CUT_S, SIZE_WH = 0.5, (320, 180)
BROKEN_EVERY = 100
IDLE_LOAD = 0.3  # programs that want a core, over the last minute
PROGRAM = [sys.executable, "-m", "ganbodypose.cli"]
POSES_ONLY = ("--no-overlay", "--no-report", "--no-table")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("survival", "speed", "parts"))
    parser.add_argument("--videos", type=int)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ganbodypose-benchmark-") as folder:
        if options.what == "survival":
            figures = survival(Path(folder), options.videos or 1000, options.kills, options.processes)
        elif options.what == "speed":
            figures = load_before() | speed(Path(folder), options.videos or 12, options.blocks)
        else:
            figures = load_before() | parts(Path(folder), options.seconds, options.blocks)
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    sys.exit(not figures.get("passed", True))


def survival(folder: Path, videos: int, kills: int, processes: int) -> dict[str, Any]:
    source, out = make_videos(folder / "in", videos, BROKEN_EVERY), folder / "out"
    broken = videos // BROKEN_EVERY
    marks: dict[str, tuple[int, int]] = {}
    begun, killed_at = time.monotonic(), []
    for k in range(kills):
        killed_at.append(kill_when_done(source, out, processes, (k + 1) * videos // (kills + 1)))
        marks = done_marks(out) | marks
    summary = json.loads(done(command(source, out, processes)).stdout)
    last = done_marks(out)
    repeated = [name for name, mark in marks.items() if last.get(name) != mark]
    left = [*out.rglob(".unfinished-*"), *out.rglob("*.part*")]
    figures = {
        "videos": videos,
        "killed when done": killed_at,
        "done": summary["done"],
        "reported": len(summary["failed"]),
        "done again though finished": len(repeated),
        "half files": len(left),
        "minutes": round((time.monotonic() - begun) / 60, 1),
    }
    whole = (summary["done"], len(last), len(summary["failed"])) == (videos - broken, videos - broken, broken)
    return figures | {"passed": whole and not repeated and not left}


def speed(folder: Path, videos: int, blocks: int) -> dict[str, Any]:
    source, out = make_videos(folder / "in", videos), folder / "out"
    return {"videos": videos} | compared(
        {count: command(source, out, count) for count in (1, 2)}, out, blocks
    )


def parts(folder: Path, seconds: float, blocks: int) -> dict[str, Any]:
    video, out = folder / "long.mp4", folder / "out"
    repeat(str(demo_video_path()), video, seconds)
    run = [*PROGRAM, "run", str(video), "--out", str(out), "--no-overlay", "--no-report", "--json"]
    return {"seconds": seconds} | compared(
        {count: [*run, "--parts", str(count)] for count in (1, 2)}, out, blocks
    )


def compared(commands: dict[int, list[str]], out: Path, blocks: int) -> dict[str, Any]:
    """With one process and with two: medians over blocks, in each of which both are measured one after the other."""
    timed(commands[1], out)  # fills the caches
    measured: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    for block in range(blocks):
        for processes in (1, 2) if block % 2 else (2, 1):
            measured[processes].append(timed(commands[processes], out))
    ratios = [two["wall_s"] / one["wall_s"] for one, two in zip(measured[1], measured[2], strict=True)]
    medians = {
        f"{processes} process(es)": {
            key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0]
        }
        for processes, rows in measured.items()
    }
    return {"blocks": blocks, "cores": cores(), **medians} | {
        "throughput of 2 over 1": round(1 / statistics.median(ratios), 2)
    }


def load_before() -> dict[str, Any]:
    """To be asked before the videos are made, which is work, too."""
    load = round(os.getloadavg()[0], 2)
    if load > IDLE_LOAD:
        told = f"{load} programs want a core now: the machine is busy, so the wall times below say nothing"
        print(f"warning: {told}; run this again when it is idle.", file=sys.stderr)
    return {"load before": load, "busy": load > IDLE_LOAD}


def timed(command: list[str], out: Path) -> dict[str, float]:
    begun, cpu = time.monotonic(), cpu_of_children_s()
    done(command)
    wall_s, cpu_s = time.monotonic() - begun, cpu_of_children_s() - cpu
    shutil.rmtree(out)
    return {"wall_s": wall_s, "cpu_s": cpu_s, "cores_got": cpu_s / wall_s}


def cpu_of_children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def make_videos(folder: Path, videos: int, broken_every: int | None = None) -> Path:
    """Copies of a cut of the demo video; of every `broken_every` one is cut off."""
    folder.mkdir()
    cut = folder.with_name("cut.mp4")
    with open_video(str(demo_video_path()), 1.0, 1.0 + CUT_S) as video, VideoWriter(cut, SIZE_WH) as small:
        for frame in video:
            small.write(cv2.resize(frame.rgb, SIZE_WH, interpolation=cv2.INTER_AREA), frame.time_s)
    for k in range(videos):
        data = cut.read_bytes()
        is_broken = broken_every is not None and k % broken_every == broken_every // 2
        (folder / f"{k:05d}.mp4").write_bytes(data[: len(data) // 3] if is_broken else data)
    return folder


def command(source: Path, out: Path, processes: int) -> list[str]:
    batch = [*PROGRAM, "batch", str(source), "--out", str(out), "--processes", str(processes)]
    return [*batch, *POSES_ONLY, "--json"]


def done(command: list[str]) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1):  # 1: some failed
        sys.exit(ended.stderr)
    return ended


def kill_when_done(source: Path, out: Path, processes: int, videos: int) -> int:
    """How many were done when the batch was killed."""
    with subprocess.Popen(command(source, out, processes), stdout=subprocess.DEVNULL) as running:
        while len(done_marks(out)) < videos and running.poll() is None:
            time.sleep(0.5)
        running.kill()
    return len(done_marks(out))


def done_marks(out: Path) -> dict[str, tuple[int, int]]:
    """When and as which file each video was marked as done."""
    marks = {path.parent.name: path.stat() for path in out.glob("*/done.json")}
    return {name: (mark.st_mtime_ns, mark.st_ino) for name, mark in marks.items()}


if __name__ == "__main__":
    main()
