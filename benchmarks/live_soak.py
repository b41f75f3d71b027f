"""What the live pipeline holds over hours, simulated by a fast replay: memory, open files and threads must not grow.

    python benchmarks/live_soak.py [--hours 8] [--fps 30] [--page docs/live.md]

Everything is real but the detector, which knows without looking who is there: up to three people who walk, leave,
and come back again and again. Tracker, lifting network, smoothing, delays, recorder, the viewer with a browser that
looks on (`viewer_cost`), and a WebSocket, VMC and JSON-lines receiver. Frames are 1/fps apart by their times and come
as fast as they are taken: eight hours take some two hours at 30 frames a second, some minutes at --fps 2. Memory is
the resident set; compared are the medians of the second and of the last twentieth of the run. Exit code 1 where memory
grew by over 5 %, or open files or threads by more than two.
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
from typing import NamedTuple

import numpy as np

from doc_block import measured_where, publish, table
from ganbodypose.core import Detection, Keypoints2D, VideoFrame
from ganbodypose.detect.base import Region
from ganbodypose.estimator import PoseEstimator
from ganbodypose.live.recorder import Recorder
from ganbodypose.sinks import Delivery, create_sink
from ganbodypose.skeletons import H36M_17
from ganbodypose.viewer.viewer import ViewerSink, Watched
from viewer_cost import browser_at

FPS = 30.0
HEADS = (
    "frames/s simulated",
    "frames",
    "people",
    "seconds taken",
    *(f"{what} {when}" for what in ("MB", "files", "threads") for when in ("early", "late")),
    "MB late to early",
)
SIZE_WH = (320, 240)
MAX_GROWTH, MAX_MORE = 1.05, 2
PARTS = 20
_VISITORS = ((60.0, 70.0), (160.0, 90.0), (260.0, 110.0))  # where they walk (px), how often they come (s)
_STAY_S, _REACH_PX = 40.0, 45.0
_STANDING = np.array(
    [[0, 130], [-10, 130], [-11, 165], [-12, 200], [10, 130], [11, 165], [12, 200], [0, 100], [0, 75],
     [0, 60], [0, 45], [18, 78], [24, 105], [27, 130], [-18, 78], [-24, 105], [-27, 130]], float
)  # fmt: skip


class BlindDetector:
    """Sees people who walk to and fro, each for `_STAY_S` of every so many seconds; the first pixel says when."""

    name, skeleton = "blind", H36M_17

    def __init__(self, fps: float) -> None:
        self._fps = fps

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        return [self.next_region(detection) for detection in self._people(rgb)]

    def estimate(self, rgb: np.ndarray, region: Region) -> Detection | None:
        near = [one for one in self._people(rgb) if abs(_center(one)[0] - region.center_px[0]) < _REACH_PX]
        return min(near, key=lambda one: abs(_center(one)[0] - region.center_px[0]), default=None)

    def _people(self, rgb: np.ndarray) -> list[Detection]:
        time_s = int.from_bytes(rgb[0, 0].tobytes(), "big") / self._fps
        return [_walking(at, time_s) for at, every_s in _VISITORS if time_s % every_s < _STAY_S]

    def next_region(self, detection: Detection) -> Region:
        height = detection.bbox_px[3] - detection.bbox_px[1]
        return Region(_center(detection), 1.3 * height, 0.0, 0.9)


def _walking(at_px: float, time_s: float) -> Detection:
    xy = _STANDING + np.array([at_px + 20 * np.sin(time_s / 3), 5 * np.sin(6 * time_s)])
    xy[[3, 6, 13, 16], 0] += 8 * np.sin(6 * time_s) * np.array([1, -1, -1, 1])
    keypoints = Keypoints2D(xy, np.full(17, 0.9), H36M_17, np.zeros(17))
    return Detection(keypoints, np.concatenate([xy.min(0), xy.max(0)]), 0.9)


def _center(detection: Detection) -> np.ndarray:
    x0, y0, x1, y1 = detection.bbox_px
    return np.array([(x0 + x1) / 2, (y0 + y1) / 2])


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
    publish(text, options.page, "memory")
    sys.exit(not is_flat(report))


def is_flat(report: dict[str, float]) -> bool:
    more = max(report[f"late_{what}"] - report[f"early_{what}"] for what in ("files", "threads"))
    return report["growth"] <= MAX_GROWTH and more <= MAX_MORE


def soak(hours: float, folder: Path, fps: float = FPS) -> dict[str, float]:
    """Simulate so many hours; returns frames, people, seconds taken, what was held early and late."""
    total = round(hours * 3600 * fps)
    estimator, start_s = PoseEstimator(BlindDetector(fps)), time.monotonic()
    held: list[list[Held]] = [[] for _ in range(PARTS)]
    people: set[int] = set()
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
            people.update(person.track_id for person in frame.result.persons)
            for delivery in deliveries:
                delivery.offer(frame)
            if count % max(total // 2000, 1) == 0:
                part = count * PARTS // total
                held[part].append(_held())
                print(f"\r{100 * part // PARTS} %, {held[part][-1].mb:.0f} MB", end="", file=sys.stderr)
        frames = live.statistics.frames
    early, late = (Held(*map(statistics.median, zip(*held[part], strict=True))) for part in (1, -1))
    compared = {
        f"{when}_{what}": round(getattr(values, what), 1)
        for what in Held._fields
        for when, values in (("early", early), ("late", late))
    }
    seconds = round(time.monotonic() - start_s, 1)
    return {
        "fps": fps,
        "frames": frames,
        "people": len(people),
        "seconds": seconds,
        **compared,
        "growth": round(late.mb / early.mb, 4),
    }


def _frames(count: int, fps: float) -> Iterator[VideoFrame]:
    rgb = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
    for index in range(count):
        stamped = rgb.copy()
        stamped[0, 0] = np.frombuffer(index.to_bytes(3, "big"), np.uint8)
        yield VideoFrame(stamped, index, index / fps)


class Held(NamedTuple):
    """What this process holds: resident megabytes, open files (with sockets), threads."""

    mb: float
    files: float
    threads: float


def _held() -> Held:
    me = Path("/proc/self")
    pages = int((me / "statm").read_text().split()[1])
    files, threads = (len(list((me / kind).iterdir())) for kind in ("fd", "task"))
    return Held(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, files, threads)


if __name__ == "__main__":
    main()
