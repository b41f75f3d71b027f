"""The live viewer in a browser as a picture: how `docs/live.jpg` is made. Needs Chromium.

    python benchmarks/viewer_picture.py docs/live.jpg [--time 2.4] [--persons 1]

The demo video runs through `PoseEstimator.live` at its own rate and stops at `--time`; then the browser comes, which
without a graphics card would slow everything down, and is photographed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from browser import opened
from ganbodypose.detect.weights import demo_video_path
from ganbodypose.estimator import PoseEstimator
from ganbodypose.io.video import open_video
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.live.recorder import Recorder
from ganbodypose.live.settings import LiveControl, LiveSettings
from ganbodypose.sinks import Delivery
from ganbodypose.viewer.viewer import ViewerSink, Watched

SETTLES_S = 4.0  # a browser without graphics card draws a few pictures a second
JPEG_QUALITY = 82
DISMISS = "document.querySelectorAll('.mantine-Notification-closeButton').forEach(button => button.click())"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("picture", type=Path, help="a .jpg or .png")
    parser.add_argument("--time", type=float, default=2.4, help="second of the video")
    parser.add_argument("--persons", type=int, default=1)
    parser.add_argument(
        "--every-picture", action="store_true", help="on a busy machine: leave none out, however late it is"
    )
    parser.add_argument("--size", type=int, nargs=2, default=(1600, 1040), metavar=("WIDTH", "HEIGHT"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ganbodypose-picture-") as folder:
        screenshot = Path(folder) / "page.png"
        photograph(screenshot, options)
        cv2.imwrite(
            str(options.picture), cv2.imread(str(screenshot)), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        )


def photograph(path: Path, options: argparse.Namespace) -> None:
    estimator, video = PoseEstimator(persons=options.persons), open_video(str(demo_video_path()))
    real_time = not options.every_picture
    recorder = Recorder(Path(), estimator.camera_for(video.size_wh), {})
    shown = LiveControl(LiveSettings(estimator.detector.name, options.persons))
    viewer = Delivery(
        ViewerSink("127.0.0.1", 0, None, Watched(shown, recorder, lambda: live.statistics, tuple))
    )
    with estimator.live(video, real_time=real_time) as live, tempfile.TemporaryDirectory() as profile:
        for frame in live:
            viewer.offer(frame)
            if frame.result.time_s >= options.time:
                break
        with opened(viewer.address, Path(profile), tuple(options.size)) as page:
            show_for(SETTLES_S, viewer, frame, until=lambda: "frames per second" in page.text())
            page.run(DISMISS)
            time.sleep(1.0)
            page.screenshot(path)
        viewer.close()


def show_for(seconds: float, viewer: Delivery, frame: LiveFrame, until: Callable[[], bool]) -> None:
    """Show the frame again and again, `seconds` longer than it takes `until` something is so."""
    end_s = None
    while end_s is None or time.monotonic() < end_s:
        viewer.offer(frame)
        time.sleep(0.1)
        if end_s is None and until():
            end_s = time.monotonic() + seconds


if __name__ == "__main__":
    main()
