"""Processor time a frame of what `ganbodypose run` does on three threads side by side.

    python benchmarks/overlap.py [--frames 120] [--page docs/performance.md]

Each part alone, on the same pictures of the demo video: decoding with the colour conversion, the pose work of one
person, its lifting by itself, and drawing and encoding the overlay.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from doc_block import measured_where, publish, table
from ganbodypose.core import FrameResult, VideoFrame
from ganbodypose.detect.weights import demo_video_path
from ganbodypose.estimator import PoseEstimator
from ganbodypose.io.video import open_video
from ganbodypose.report.overlay import OverlayVideo


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--page", type=Path, help="put the table into this page")
    options = parser.parse_args()
    estimator = PoseEstimator(persons=1)
    spent: dict[str, float] = {}

    def timed(part: str, work: Callable[[], list]) -> list:
        before = time.process_time()
        result = work()
        spent[part] = time.process_time() - before
        return result

    decoded = lambda: decode(options.frames)  # noqa: E731
    timed("decoding and colour conversion, at most 3 pictures ahead", lambda: [f.index for f in decoded()])
    frames = list(decoded())
    height, width = frames[0].rgb.shape[:2]
    session = estimator.session((width, height))
    tracked = timed("detecting and tracking", lambda: [session.detect(frame) for frame in frames])
    results = timed("lifting and quality, after it", lambda: [session.lift(one) for one in tracked])
    timed("drawing and encoding the overlay, at most 3 behind", lambda: draw(estimator, frames, results))
    rows = {part: {"ms": f"{1000 * seconds / len(frames):.1f}"} for part, seconds in spent.items()}
    text = table(rows, (f"CPU ms a frame ({width}x{height})",)) + measured_where(os.getloadavg()[0])
    publish(text, options.page, "overlap")


def decode(count: int) -> Iterator[VideoFrame]:
    with open_video(demo_video_path()) as video:
        yield from itertools.islice(video, count)


def draw(estimator: PoseEstimator, frames: list[VideoFrame], results: list[FrameResult]) -> list[FrameResult]:
    height, width = frames[0].rgb.shape[:2]
    with tempfile.TemporaryDirectory() as folder:
        camera = estimator.camera_for((width, height))
        with OverlayVideo(Path(folder) / "overlay.mp4", (width, height), 30.0, camera) as overlay:
            for frame, result in zip(frames, results, strict=True):
                overlay.write(frame, result)
    return results


if __name__ == "__main__":
    main()
