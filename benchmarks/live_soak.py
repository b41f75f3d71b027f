"""Memory of the live pipeline over hours, simulated by a fast replay: it must not grow.

    python benchmarks/live_soak.py [--hours 8] [--fps 30] [--page docs/live.md]

Everything is real but the detector, which sees one walking person in every picture without looking: tracker,
lifting network, smoothing, delays, recorder, the viewer with a browser that looks on (`viewer_cost`), and a
WebSocket, VMC and JSON-lines receiver. Frames are 1/fps apart by their times and come as fast as they are taken:
eight hours take some two hours at 30 frames a second, some minutes at --fps 2. Memory is the resident set; compared are
the medians of the second and of the last twentieth of the run. Exit code 1 where it grew by over 5 %.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from doc_block import measured_where, replace_block, table
from ganbodypose.core import Detection, Keypoints2D, VideoFrame
from ganbodypose.detect.base import Region
from ganbodypose.estimator import PoseEstimator
from ganbodypose.live.recorder import Recorder
from ganbodypose.sinks import Delivery, create_sink
from ganbodypose.skeletons import H36M_17
from ganbodypose.viewer.viewer import ViewerSink, Watched
from viewer_cost import browser_at

FPS = 30.0
HEADS = ("frames/s simulated", "frames", "seconds taken", "MB early", "MB late", "late to early")
SIZE_WH = (320, 240)
MAX_GROWTH = 1.05
PARTS = 20
_STANDING = np.array(
    [[0, 130], [-10, 130], [-11, 165], [-12, 200], [10, 130], [11, 165], [12, 200], [0, 100], [0, 75],
     [0, 60], [0, 45], [18, 78], [24, 105], [27, 130], [-18, 78], [-24, 105], [-27, 130]], float
)  # fmt: skip


class BlindDetector:
    """Sees one person who walks to and fro, going by how often it was asked."""

    name, skeleton = "blind", H36M_17

    def __init__(self) -> None:
        self._asked = 0

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        seen = self.estimate(rgb, Region(np.zeros(2), 1.0))
        return [self.next_region(seen)]

    def estimate(self, rgb: np.ndarray, region: Region) -> Detection:
        del rgb, region
        self._asked += 1
        phase = self._asked / FPS
        xy = _STANDING + np.array([160 + 60 * np.sin(phase / 3), 5 * np.sin(6 * phase)])
        xy[[3, 6, 13, 16], 0] += 8 * np.sin(6 * phase) * np.array([1, -1, -1, 1])
        keypoints = Keypoints2D(xy, np.full(17, 0.9), H36M_17, np.zeros(17))
        return Detection(keypoints, np.concatenate([xy.min(0), xy.max(0)]), 0.9)

    def next_region(self, detection: Detection) -> Region:
        x0, y0, x1, y1 = detection.bbox_px
        return Region(np.array([(x0 + x1) / 2, (y0 + y1) / 2]), 1.3 * (y1 - y0), 0.0, 0.9)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=8.0, help="to simulate")
    parser.add_argument("--fps", type=float, default=FPS, help="pictures a second, by their times")
    parser.add_argument("--page", type=Path, help="also put the table into this page (docs/live.md)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ganbodypose-soak-") as folder:
        report = soak(options.hours, Path(folder), options.fps)
    text = table({f"{options.hours:g} hours": report}, HEADS) + measured_where(os.getloadavg()[0])
    print(text)
    if options.page:
        replace_block(options.page, "memory", text)
    sys.exit(report["growth"] > MAX_GROWTH)


def soak(hours: float, folder: Path, fps: float = FPS) -> dict[str, float]:
    """Simulate so many hours; returns frames, seconds taken, megabytes early and late, and their ratio."""
    total = round(hours * 3600 * fps)
    estimator, start_s = PoseEstimator(BlindDetector(), persons=1), time.monotonic()
    rss_mb: list[list[float]] = [[] for _ in range(PARTS)]
    with ExitStack() as stack:
        live = stack.enter_context(estimator.live(_frames(total, fps)))
        recorder = Recorder(folder, estimator.camera_for(SIZE_WH), {})
        recorder.start()
        watched = Watched(live.control, recorder, lambda: live.statistics, lambda: ())
        sinks = [
            create_sink(address) for address in ("vmc://127.0.0.1:9", "ws://127.0.0.1:0", "jsonl:/dev/null")
        ]
        deliveries = [Delivery(sink) for sink in (*sinks, ViewerSink("127.0.0.1", 0, None, watched))]
        for delivery in deliveries:
            stack.callback(delivery.close)
        stack.enter_context(browser_at(deliveries[-1].address))
        for count, frame in enumerate(live):
            recorder.add(frame)
            for delivery in deliveries:
                delivery.offer(frame)
            if count % max(total // 2000, 1) == 0:
                part = count * PARTS // total
                rss_mb[part].append(_rss_mb())
                print(f"\r{100 * part // PARTS} %, {rss_mb[part][-1]:.0f} MB", end="", file=sys.stderr)
        frames = live.statistics.frames
    early, late = statistics.median(rss_mb[1]), statistics.median(rss_mb[-1])
    return {
        "fps": fps,
        "frames": frames,
        "seconds": round(time.monotonic() - start_s, 1),
        "early_mb": round(early, 1),
        "late_mb": round(late, 1),
        "growth": round(late / early, 4),
    }


def _frames(count: int, fps: float) -> Iterator[VideoFrame]:
    rgb = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
    for index in range(count):
        yield VideoFrame(rgb, index, index / fps)


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
