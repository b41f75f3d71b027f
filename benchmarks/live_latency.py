"""Delay and frame rate of the live pipeline on a paced 720p source, beside MediaPipe's own loop, in turns.

    python benchmarks/live_latency.py [--rounds 5] [--mediapipe-python PATH] [--page docs/live.md]
    python benchmarks/live_latency.py --three [--page docs/live.md]

The demo video, scaled to 1280x720, comes from memory at 30 pictures a second. Ours is `PoseEstimator.live`
with real_time: pictures are dropped where a newer one has come. MediaPipe's loop takes the newest picture and
calls `Pose.process` (model_complexity 1, which is the same landmark network). Delay is from the picture's time
to the result, so waiting counts. Networks are loaded, and the first ten results left out, before counting.

--three has three people in the picture, the same athlete at three moments, and follows them all; MediaPipe,
which follows one, stays away. "persons" is how many were followed on average.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from doc_block import measured_where, publish, table
from end_to_end import MEDIAPIPE, mediapipe_environment
from live_passes import (
    FPS,
    Clock,
    Pass,
    Pictures,
    arguments,
    load_of,
    save_pictures,
    summary,
    take_turns,
    work,
)

OURS, THEIRS = "ours", MEDIAPIPE.replace("==", " ")
HEADS = ("frames/s", "dropped", "persons", "delay p50 ms", "p95", "p99", "CPU ms a frame")


def main() -> None:
    options = _parse()
    if options.worker:
        persons = 3 if options.three else 1
        work(_mediapipe if options.worker == THEIRS else lambda of: _ours(of, persons), options.frames_file)
        return
    with tempfile.TemporaryDirectory(prefix="ganbodypose-benchmark-") as scratch:
        frames = save_pictures(Path(scratch) / "frames.npy", options.frames, options.three)
        passes = take_turns(
            __file__, _pythons(options, Path(scratch)), frames, options.rounds, *["--three"] * options.three
        )
    rows = {system: summary(of) for system, of in passes.items()}
    text = table(rows, HEADS) + measured_where(load_of(passes))
    if options.json:
        options.json.write_text(json.dumps({"rounds": options.rounds, "results": rows}, indent=2) + "\n")
    publish(text, options.page, "three people" if options.three else "latency")


def _parse() -> argparse.Namespace:
    parser = arguments(__doc__)
    parser.add_argument("--three", action="store_true", help="three people; without MediaPipe")
    parser.add_argument("--mediapipe-python", help="a Python that has mediapipe 0.10.21")
    parser.add_argument("--python", default=sys.executable, help="Python to make the environment with")
    return parser.parse_args()


def _pythons(options: argparse.Namespace, scratch: Path) -> dict[str, str]:
    if options.three:
        return {OURS: sys.executable}
    mediapipe = options.mediapipe_python or mediapipe_environment(scratch / "mediapipe", options.python)
    return {OURS: sys.executable, THEIRS: mediapipe}


def _ours(pictures: np.ndarray, persons: int) -> Pass:
    from ganbodypose.estimator import PoseEstimator

    with PoseEstimator(persons=persons).live(Pictures(pictures), real_time=True) as live:
        clock = Clock()
        seen = [(frame.delay_s, len(frame.result.persons)) for frame in live]
        delays_s, followed = [delay_s for delay_s, _ in seen], [count for _, count in seen]
        return clock.passed(delays_s, live.statistics.dropped, followed, len(pictures) / FPS)


def _mediapipe(pictures: np.ndarray) -> Pass:
    import mediapipe

    pose = mediapipe.solutions.pose.Pose(static_image_mode=False, model_complexity=1)
    delays_s, index, clock = [], 0, Clock()
    while index < len(pictures):
        time.sleep(max(clock.start_s + index / FPS - time.monotonic(), 0))
        picture = np.array(pictures[index])
        picture.flags.writeable = False  # as MediaPipe's guide has it, to pass by reference
        pose.process(picture)
        delays_s.append(time.monotonic() - clock.start_s - index / FPS)
        index = max(index + 1, int((time.monotonic() - clock.start_s) * FPS))  # the newest there is
    return clock.passed(delays_s, len(pictures) - len(delays_s), [], len(pictures) / FPS)


if __name__ == "__main__":
    main()
