"""Frame rate of detect + track + lift + quality against MediaPipe's Python package, in one alternating run.

    python benchmarks/end_to_end.py [--rounds 3] [--persons 1] [--mediapipe-python PATH] [--page docs/performance.md]

Both systems get the same decoded 1920x1080 RGB pictures (the demo video, enlarged once) from memory, one
process each, in turns of `--block` frames, so that whatever else the machine does hits both alike. Timed are
`PoseSession.step` and `Pose.process` (model_complexity 1 is BlazePose full, video mode); reading pictures is
not. MediaPipe follows one person, so the default is `--persons 1`. Without `--mediapipe-python`, a throwaway
environment with mediapipe 0.10.21 is made (needs Python 3.9 to 3.12: see `--python`).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SIZE_WH = (1920, 1080)
FPS = 30.0
MEDIAPIPE = "mediapipe==0.10.21"
Timed = Callable[[np.ndarray, int], float]  # RGB picture, its number in the endless video -> seconds


def main() -> None:
    options = _parse()
    if options.worker:
        _work(options.worker, options.frames_file, options.persons)
        return
    with tempfile.TemporaryDirectory(prefix="ganbodypose-benchmark-") as scratch:
        folder = Path(scratch)
        frames = _decode(options.video, folder / "frames.npy", options.frames)
        python = options.mediapipe_python or mediapipe_environment(folder / "mediapipe", options.python)
        workers = {
            "ours": Worker("ours", sys.executable, frames, options.persons),
            "mediapipe": Worker("mediapipe", python, frames, options.persons),
        }
        seconds = _alternate(workers, options)
    report = _report(seconds, options)
    _print_table(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    if options.page:
        _put_into(options.page, report)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--video", help="default: the demo video")
    parser.add_argument("--frames", type=int, default=230, help="use at most so many of the video")
    parser.add_argument("--rounds", type=int, default=3, help="how often the video is seen")
    parser.add_argument("--block", type=int, default=23, help="frames per turn")
    parser.add_argument("--persons", type=int, default=1, help="people to follow; 0 is everybody")
    parser.add_argument("--mediapipe-python", help="a Python that has mediapipe 0.10.21")
    parser.add_argument("--python", default=sys.executable, help="Python to make the environment with")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--page", type=Path, help="put the table into this page")
    parser.add_argument("--worker", choices=["ours", "mediapipe"], help=argparse.SUPPRESS)
    parser.add_argument("--frames-file", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _decode(video: str | None, path: Path, limit: int) -> Path:
    """The video's first pictures at SIZE_WH as one array [T,H,W,3] on disk."""
    import cv2

    from ganbodypose.detect.weights import demo_video_path
    from ganbodypose.io.video import open_video

    shape = (limit, SIZE_WH[1], SIZE_WH[0], 3)
    pictures = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
    count = 0
    with open_video(video or demo_video_path()) as source:
        for picture, frame in zip(pictures, source, strict=False):
            cv2.resize(frame.rgb, SIZE_WH, dst=picture, interpolation=cv2.INTER_LINEAR)
            count += 1
    if count < limit:
        sys.exit(f"error: the video has only {count} frames: give --frames {count}")
    return path


def mediapipe_environment(folder: Path, python: str) -> str:
    print(f"making an environment with {MEDIAPIPE}", file=sys.stderr)
    subprocess.run([python, "-m", "venv", folder], check=True)
    inside = str(folder / "bin" / "python")
    subprocess.run([inside, "-m", "pip", "install", "--quiet", MEDIAPIPE], check=True)
    return inside


@dataclass(frozen=True)
class Block:
    """Neighbouring frames: seconds by the clock for each, and of processor time (all threads) for all."""

    seconds: list[float]
    cpu_s: float

    @property
    def rate(self) -> float:
        return len(self.seconds) / sum(self.seconds)


class Worker:
    """One system in its own process; it computes only while asked to."""

    def __init__(self, system: str, python: str, frames: Path, persons: int) -> None:
        self.process = subprocess.Popen(
            [python, __file__, "--worker", system, "--frames-file", frames, "--persons", str(persons)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if system == "mediapipe" else None,
            text=True,
        )

    def time(self, first: int, count: int) -> Block:
        """The time for `count` frames of the endlessly repeated video, from number `first`."""
        assert self.process.stdin and self.process.stdout
        print(first, count, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"error: the process of {self.process.args} ended early")
        return Block(**json.loads(answer))

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def _alternate(workers: dict[str, Worker], options: argparse.Namespace) -> dict[str, list[Block]]:
    """Per system, blocks that were measured right after each other."""
    blocks: dict[str, list[Block]] = {name: [] for name in workers}
    for worker in workers.values():
        worker.time(0, 10)  # warm up
    turns = list(workers.items())
    for first in range(0, options.frames * options.rounds, options.block):
        for name, worker in turns:
            blocks[name].append(worker.time(first, options.block))
        turns.reverse()  # neither is always first
    for worker in workers.values():
        worker.end()
    return blocks


def _work(system: str, frames_file: Path, persons: int) -> None:
    pictures = np.load(frames_file, mmap_mode="r")
    step = (_ours if system == "ours" else _mediapipe)(persons)
    for line in sys.stdin:
        first, count = map(int, line.split())
        block = [(np.array(pictures[i % len(pictures)]), i) for i in range(first, first + count)]
        cpu_before = time.process_time()
        seconds = [step(picture, i) for picture, i in block]
        answer = {"seconds": seconds, "cpu_s": time.process_time() - cpu_before}
        print(json.dumps(answer), flush=True)


def _ours(persons: int) -> Timed:
    from ganbodypose.core import VideoFrame
    from ganbodypose.estimator import PoseEstimator

    session = PoseEstimator(persons=persons or None).session(SIZE_WH)

    def step(picture: np.ndarray, index: int) -> float:
        frame = VideoFrame(picture, index, index / FPS)
        before = time.perf_counter()
        session.step(frame)
        return time.perf_counter() - before

    return step


def _mediapipe(_persons: int) -> Timed:
    import mediapipe

    pose = mediapipe.solutions.pose.Pose(static_image_mode=False, model_complexity=1)

    def step(picture: np.ndarray, _index: int) -> float:
        picture.flags.writeable = False  # as MediaPipe's guide has it, to pass by reference
        before = time.perf_counter()
        pose.process(picture)
        return time.perf_counter() - before

    return step


def _report(blocks: dict[str, list[Block]], options: argparse.Namespace) -> dict[str, object]:
    """Medians over blocks; a ratio is the median of the ratios of neighbouring blocks. The one per core compares CPU
    time, which waiting for other programs does not lengthen."""
    rates = {name: [block.rate for block in of] for name, of in blocks.items()}
    cpu_s = {name: [block.cpu_s / len(block.seconds) for block in of] for name, of in blocks.items()}
    by_clock = [ours / theirs for ours, theirs in zip(rates["ours"], rates["mediapipe"], strict=True)]
    per_core = [theirs / ours for ours, theirs in zip(cpu_s["ours"], cpu_s["mediapipe"], strict=True)]
    return {
        "video": {"size_wh": SIZE_WH, "frames": options.frames, "rounds": options.rounds},
        "persons": options.persons,
        "frames_per_s": {name: round(statistics.median(of), 2) for name, of in rates.items()},
        "ms_per_frame_median": {
            name: round(1000 * statistics.median(s for block in of for s in block.seconds), 2)
            for name, of in blocks.items()
        },
        "cpu_ms_per_frame": {name: round(1000 * statistics.median(of), 2) for name, of in cpu_s.items()},
        "ratio_low_median_high": _quartiles(by_clock),
        "ratio_per_core_low_median_high": _quartiles(per_core),
        "blocks": len(by_clock),
        "machine": {"cpu": cpu_name(), "cores": os.cpu_count(), "load": os.getloadavg()[0]},
        "against": MEDIAPIPE,
    }


def _quartiles(values: list[float]) -> list[float]:
    return [round(value, 3) for value in statistics.quantiles(values, n=4)]


def cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "") or (
        platform.processor()
    )


def _print_table(report: dict) -> None:
    print(
        f"{'':12}{'frames/s':>10}{'ms/frame':>10}{'CPU ms':>10}   (median of {report['blocks']} blocks, 1920x1080)"
    )
    for name, rate in report["frames_per_s"].items():
        wall, cpu = report["ms_per_frame_median"][name], report["cpu_ms_per_frame"][name]
        print(f"{name:12}{rate:10.1f}{wall:10.1f}{cpu:10.1f}")
    for title, key in (("ratio", "ratio"), ("per core", "ratio_per_core")):
        low, median, high = report[f"{key}_low_median_high"]
        print(f"{title:12}{median:10.2f}{'':20}   (quartiles {low:.2f} to {high:.2f})")
    print(json.dumps(report))


def _put_into(page: Path, report: dict) -> None:
    from doc_block import measured_where, replace_block, table  # which takes `cpu_name` from here

    rows = {
        title: {
            "frames_per_s": f"{report['frames_per_s'][name]:.1f}",
            "cpu_ms": f"{report['cpu_ms_per_frame'][name]:.1f}",
        }
        for title, name in (("ours", "ours"), ("MediaPipe", "mediapipe"))
    }
    ratios = {
        name: "{1:.2f} (quartiles {0:.2f} to {2:.2f})".format(*report[f"{key}_low_median_high"])
        for name, key in (("frames_per_s", "ratio"), ("cpu_ms", "ratio_per_core"))
    }
    text = table(rows | {"ratio of neighbouring blocks": ratios}, ("frames/s", "CPU ms a frame"))
    replace_block(page, "mediapipe", text + measured_where(report["machine"]["load"]))


if __name__ == "__main__":
    main()
