"""Delay and frame rate of the live pipeline on a paced 720p source, beside MediaPipe's own loop, in turns.

    python benchmarks/live_latency.py [--rounds 3] [--persons 1] [--mediapipe-python PATH] [--json FILE]
    python benchmarks/live_latency.py --viewer [--rounds 5]

The demo video, scaled to 1280x720, comes from memory at 30 pictures a second. Ours is `PoseEstimator.live`
with real_time: pictures are dropped where a newer one has come. MediaPipe's loop takes the newest picture and
calls `Pose.process` (model_complexity 1). Delay is from the picture's time to the result, so waiting counts.
The two take turns of one pass over the video, so that whatever else the machine does hits both alike; the load
is reported with every pass. Networks are loaded, and the first ten results left out, before counting.

--viewer compares instead the throughput (as fast as possible, nothing dropped) and the processor time per
frame with and without the viewer being served, in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from end_to_end import MEDIAPIPE, cpu_name, mediapipe_environment

SIZE_WH = (1280, 720)
FPS = 30.0
WARM_UP = 10


def main() -> None:
    options = _parse()
    if options.worker:
        _work(options.worker, options.frames_file, options.persons)
        return
    with tempfile.TemporaryDirectory(prefix="ganbodypose-benchmark-") as scratch:
        frames = _decode(options.video, Path(scratch) / "frames.npy", options.frames)
        if options.viewer:
            kinds = {"without viewer": sys.executable, "with viewer": sys.executable}
        else:
            python = options.mediapipe_python or mediapipe_environment(
                Path(scratch) / "mediapipe", options.python
            )
            kinds = {"ours": sys.executable, "mediapipe": python}
        passes = _take_turns(kinds, frames, options)
    report = {
        "size_wh": SIZE_WH,
        "fps": FPS,
        "persons": options.persons,
        "machine": {"cpu": cpu_name(), "cores": os.cpu_count()},
        "against": None if options.viewer else MEDIAPIPE,
        "results": {kind: _summary(of) for kind, of in passes.items()},
    }
    for kind, row in report["results"].items():
        print(f"{kind:16}", "  ".join(f"{name} {value}" for name, value in row.items()))
    print(json.dumps(report))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--video", help="default: the demo video")
    parser.add_argument("--frames", type=int, default=230, help="use at most so many of the video")
    parser.add_argument("--rounds", type=int, default=3, help="how often each sees the video")
    parser.add_argument("--persons", type=int, default=1, help="people to follow; 0 is everybody")
    parser.add_argument("--viewer", action="store_true", help="measure what the viewer costs instead")
    parser.add_argument("--mediapipe-python", help="a Python that has mediapipe 0.10.21")
    parser.add_argument("--python", default=sys.executable, help="Python to make the environment with")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--frames-file", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _decode(video: str | None, path: Path, limit: int) -> Path:
    """The video's first pictures at SIZE_WH as one array [T,H,W,3] on disk."""
    import cv2

    from ganbodypose.detect.weights import demo_video_path
    from ganbodypose.io.video import open_video

    with open_video(video or demo_video_path()) as source:
        pictures = [
            cv2.resize(f.rgb, SIZE_WH, interpolation=cv2.INTER_AREA)
            for f, _ in zip(source, range(limit), strict=False)
        ]
    np.save(path, np.stack(pictures))
    return path


def _take_turns(kinds: dict[str, str], frames: Path, options: argparse.Namespace) -> dict[str, list[dict]]:
    """Passes of each kind; a worker answers each line on its standard input with one pass as JSON."""
    arguments = [__file__, "--frames-file", str(frames), "--persons", str(options.persons), "--worker"]
    workers = {
        kind: subprocess.Popen(
            [python, *arguments, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for kind, python in kinds.items()
    }
    passes: dict[str, list[dict]] = {kind: [] for kind in kinds}
    for turn in range(options.rounds):
        order = list(kinds) if turn % 2 == 0 else list(reversed(kinds))  # neither always goes first
        for kind in order:
            stdin, stdout = workers[kind].stdin, workers[kind].stdout
            assert stdin is not None and stdout is not None
            load = os.getloadavg()[0]
            print("go", file=stdin, flush=True)
            passes[kind].append(json.loads(stdout.readline()) | {"load": load})
            print(kind, f"load {load:.1f}", _summary(passes[kind][-1:]), file=sys.stderr)
    for worker in workers.values():
        assert worker.stdin is not None
        worker.stdin.close()
        worker.wait(30)
    return passes


def _work(kind: str, frames_file: Path, persons: int) -> None:
    pictures = np.load(frames_file, mmap_mode="r")
    run = {"ours": _ours, "mediapipe": _mediapipe}.get(kind)
    for _ in sys.stdin:
        answer = run(pictures, persons) if run else _throughput(pictures, persons, kind == "with viewer")
        print(json.dumps(answer), flush=True)


class Pictures:
    """Frames from memory, with their times."""

    size_wh = SIZE_WH

    def __init__(self, pictures: np.ndarray) -> None:
        self._pictures = pictures

    def __iter__(self) -> Iterator:
        from ganbodypose.core import VideoFrame

        for index, picture in enumerate(self._pictures):
            yield VideoFrame(np.array(picture), index, index / FPS)


def _ours(pictures: np.ndarray, persons: int) -> dict:
    from ganbodypose.estimator import PoseEstimator

    estimator, cpu_s = PoseEstimator(persons=persons or None), time.process_time()
    with estimator.live(Pictures(pictures), real_time=True) as live:
        delays = [frame.delay_s for frame in live]
        return _pass(delays, live.statistics.dropped, cpu_s, len(pictures) / FPS)


def _mediapipe(pictures: np.ndarray, _persons: int) -> dict:
    import mediapipe

    pose = mediapipe.solutions.pose.Pose(static_image_mode=False, model_complexity=1)
    delays, index, cpu_s, start_s = [], 0, time.process_time(), time.monotonic()
    while index < len(pictures):
        time.sleep(max(start_s + index / FPS - time.monotonic(), 0))
        picture = np.array(pictures[index])
        picture.flags.writeable = False  # as MediaPipe's guide has it, to pass by reference
        pose.process(picture)
        delays.append(time.monotonic() - start_s - index / FPS)
        index = max(index + 1, int((time.monotonic() - start_s) * FPS))  # the newest there is
    return _pass(delays, len(pictures) - len(delays), cpu_s, len(pictures) / FPS)


def _throughput(pictures: np.ndarray, persons: int, viewer: bool) -> dict:
    from ganbodypose.estimator import PoseEstimator
    from ganbodypose.live.recorder import Recorder
    from ganbodypose.sinks import Delivery
    from ganbodypose.viewer.viewer import ViewerSink, Watched

    estimator = PoseEstimator(persons=persons or None)
    with ExitStack() as stack:
        live = stack.enter_context(estimator.live(Pictures(pictures)))
        recorder = Recorder(Path(), estimator.camera_for(SIZE_WH), {})
        deliveries = []
        if viewer:
            watched = Watched(live.control, recorder, lambda: live.statistics, lambda: ())
            deliveries = [Delivery(ViewerSink("127.0.0.1", 0, None, watched))]
            stack.callback(deliveries[0].close)
        cpu_s, start_s, delays = time.process_time(), time.monotonic(), []
        for frame in live:
            delays.append(frame.delay_s)
            for delivery in deliveries:
                delivery.offer(frame)
        return _pass(delays, 0, cpu_s, time.monotonic() - start_s)


def _pass(delays_s: list[float], dropped: int, cpu_before_s: float, elapsed_s: float) -> dict:
    cpu_s = time.process_time() - cpu_before_s
    return {"delays_s": delays_s, "dropped": dropped, "cpu_s": cpu_s, "elapsed_s": elapsed_s}


def _summary(passes: list[dict]) -> dict[str, float]:
    delays_ms = 1000 * np.concatenate([one["delays_s"][WARM_UP:] or [np.nan] for one in passes])
    p50, p95, p99 = (round(float(np.percentile(delays_ms, p)), 1) for p in (50, 95, 99))
    frames = [len(one["delays_s"]) for one in passes]
    rates = [count / one["elapsed_s"] for count, one in zip(frames, passes, strict=True)]
    cpu_ms = [1000 * one["cpu_s"] / count for count, one in zip(frames, passes, strict=True)]
    return {
        "frames_per_s": round(statistics.median(rates), 1),
        "dropped": sum(one["dropped"] for one in passes),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "cpu_ms_per_frame": round(statistics.median(cpu_ms), 1),
        "load": round(statistics.median(one["load"] for one in passes), 1),
    }


if __name__ == "__main__":
    main()
