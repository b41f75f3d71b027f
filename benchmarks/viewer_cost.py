"""What the viewer costs: frame rate with and without it, as fast as the pictures can be taken, in turns.

    python benchmarks/viewer_cost.py [--rounds 5] [--page docs/live.md]

Three systems on the demo video at 1280x720 from memory, one person: no viewer; the viewer served with nobody
looking; the viewer open in one browser that is left alone. The browser is a process that shows the viewer that
it is there and takes everything that a browser would get; drawing it is the graphics card's work and not
counted. No picture is dropped.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from doc_block import measured_where, publish, table
from live_passes import (
    SIZE_WH,
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

NO_VIEWER, SERVED, OPEN = "no viewer", "viewer, nobody looking", "viewer open in one browser"
SHOWN = ("frames_per_s", "cpu_ms")
HEADS = ("frames/s", "CPU ms a frame", "of the frame rate")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--browse", metavar="ADDRESS", help="be the browser")
    options = parser.parse_args()
    if options.browse:
        _browse(options.browse)
    elif options.worker:
        work(lambda pictures: _pass(pictures, options.worker), options.frames_file)
    else:
        with tempfile.TemporaryDirectory(prefix="ganbodypose-benchmark-") as scratch:
            frames = save_pictures(Path(scratch) / "frames.npy", options.frames)
            pythons = dict.fromkeys((NO_VIEWER, SERVED, OPEN), sys.executable)
            passes = take_turns(__file__, pythons, frames, options.rounds)
        rows = _rows(passes)
        text = table(rows, HEADS) + measured_where(load_of(passes))
        if options.json:
            options.json.write_text(json.dumps(rows, indent=2) + "\n")
        publish(text, options.page, "viewer cost")


def _rows(passes: dict[str, list[Pass]]) -> dict[str, dict[str, object]]:
    """The share is the median of those of passes that followed each other."""
    rates = {
        system: np.array([len(one.delays_s) / one.elapsed_s for one in of]) for system, of in passes.items()
    }
    return {
        system: {name: summary(of)[name] for name in SHOWN}
        | {"share": f"{100 * np.median(rates[system] / rates[NO_VIEWER]):.0f} %"}
        for system, of in passes.items()
    }


def _pass(pictures: np.ndarray, system: str) -> Pass:
    from ganbodypose.estimator import PoseEstimator
    from ganbodypose.live.recorder import Recorder
    from ganbodypose.sinks import Delivery
    from ganbodypose.viewer.viewer import ViewerSink, Watched

    estimator = PoseEstimator(persons=1)
    with estimator.live(Pictures(pictures)) as live:
        recorder = Recorder(Path(), estimator.camera_for(SIZE_WH), {})
        watched = Watched(live.control, recorder, lambda: live.statistics, lambda: ())
        viewer = None if system == NO_VIEWER else Delivery(ViewerSink("127.0.0.1", 0, None, watched))
        with browser_at(viewer.address) if viewer and system == OPEN else nullcontext():
            clock, delays_s = Clock(), []
            for frame in live:
                delays_s.append(frame.delay_s)
                if viewer:
                    viewer.offer(frame)
            measured = clock.passed(delays_s, 0, [])
        if viewer:
            viewer.close()
        return measured


@contextmanager
def browser_at(address: str) -> Iterator[None]:
    """A process that looks at the viewer as a browser does."""
    browser = subprocess.Popen(
        [sys.executable, __file__, "--browse", address], stdout=subprocess.PIPE, text=True
    )
    assert browser.stdout is not None
    browser.stdout.readline()  # it is there
    yield
    browser.terminate()
    browser.wait(30)


def _browse(address: str) -> None:
    """Until ended: take what the viewer sends."""
    import viser
    from msgspec import msgpack
    from viser._messages import ViewerCameraMessage  # with which a browser says that it is there
    from websockets.sync.client import connect

    eye = ViewerCameraMessage(
        wxyz=(1.0, 0, 0, 0), position=(2.0, -3.0, 1.6), fov=0.7, near=0.1, far=100.0, image_height=900,
        image_width=1440, look_at=(0.0, 0, 0.9), up_direction=(0.0, 0, 1),
    )  # fmt: skip
    with connect(
        address.replace("http", "ws", 1), subprotocols=[f"viser-v{viser.__version__}"], max_size=None
    ) as socket:
        socket.send(msgpack.encode(eye.as_serializable_dict()))
        for count, _ in enumerate(socket):
            if count == 0:
                print("looking", flush=True)


if __name__ == "__main__":
    main()
