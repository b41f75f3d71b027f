"""The viewer in a real, headless and offline browser: it shows, reacts, records and exports."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from browser import CHROMIUM, Page, opened
from ganbodypose.core import VideoFrame
from ganbodypose.geometry.camera import assumed_camera
from ganbodypose.io.results import load
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.live.recorder import Recorder
from ganbodypose.live.settings import LiveControl, LiveSettings
from ganbodypose.live.statistics import DelayMeter
from ganbodypose.sinks import Delivery
from ganbodypose.viewer.viewer import ViewerSink, Watched

from .test_parts import _result

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]
_SIZE_WH = (640, 360)


@dataclass(frozen=True)
class Run:
    """A viewer that is fed somebody who squats."""

    control: LiveControl
    recorder: Recorder
    delivery: Delivery


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])
def run(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Run]:
    control, delays = LiveControl(LiveSettings("blazepose-full")), DelayMeter()
    recorder = Recorder(tmp_path / "recordings", assumed_camera(_SIZE_WH), lambda: {})
    watched = Watched(control, recorder, delays.statistics, lambda: ())
    delivery = Delivery(ViewerSink(request.param, 0, "a-secret", watched))
    stop = threading.Event()

    def feed() -> None:
        rgb = np.full((_SIZE_WH[1], _SIZE_WH[0], 3), 90, np.uint8)
        start_s, index = time.monotonic(), 0
        while not stop.wait(1 / 30):
            now_s = time.monotonic()
            result = _result(now_s - start_s, squat=0.5 - 0.5 * np.cos(2 * np.pi * (now_s - start_s) / 2))
            live = LiveFrame(VideoFrame(rgb, index, result.time_s), result, now_s - 0.04, 0.04)
            delays.add(0.04, now_s)
            recorder.add(live)
            delivery.offer(live)
            index += 1

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    yield Run(control, recorder, delivery)
    stop.set()
    thread.join(5)
    delivery.close()


def test_the_viewer_shows_and_steers(run: Run, tmp_path: Path) -> None:
    address = run.delivery.address
    with opened(address, tmp_path / "profile") as page:
        page.wait_for(lambda: "frames per second" in page.text())
        for words in ("Detector", "Persons", "Smoothing", "Pose quality", "repetitions"):
            assert words in page.text()
        _shows_a_coloured_body(page, tmp_path / "picture.png")
        page.click("Pause")
        page.wait_for(lambda: run.control.settings.paused)
        page.wait_for(lambda: "Go on" in page.text())
        page.click("Go on")
        page.wait_for(lambda: not run.control.settings.paused)
        page.click("Record")
        page.wait_for(lambda: run.recorder.is_recording)
        page.wait_for(lambda: "Stop recording" in page.text())
        time.sleep(1)
        page.click("Stop recording")
        page.wait_for(lambda: run.recorder.files)
        page.click("Export the last recording")
        page.wait_for(lambda: "goes to your downloads" in page.text())
        assert page.errors == []
        served = address.split("/?")[0]
        strangers = [url for url in page.requests if not url.startswith((served, "data:", f"blob:{served}"))]
        assert strangers == []
    assert len(load(run.recorder.files[0])) > 5
    assert run.delivery.status.failures == 0


def _shows_a_coloured_body(page: Page, path: Path) -> None:
    """In the middle of the picture, where the floor is dark, something bright in the colours of small errors."""

    def bright_pixels() -> int:
        page.screenshot(path)
        picture = cv2.imread(str(path))
        height, width = picture.shape[:2]
        middle = picture[height // 4 : -height // 8, width // 3 : -width // 3]
        return int((middle.min(axis=-1) > 90).sum())

    page.wait_for(lambda: bright_pixels() > 500)
