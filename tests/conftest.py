"""What tests of several parts share: recorded data, fetched files, made-up videos, a weightless detector."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import pytest

from ganbodypose.core import Detection, Keypoints2D, UserError
from ganbodypose.detect.base import Region
from ganbodypose.detect.weights import demo_video_path, weights_path
from ganbodypose.skeletons import BLAZEPOSE_33

MakeVideo = Callable[..., Path]

TRAINING_PACKAGES = ("torch", "onnx", "onnxscript", "lightning_fabric", "tensorboard")


class SkipTraining:
    """An import finder, asked last: tests that import a package of the `train` extra are skipped."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        del path, target
        if name.partition(".")[0] in TRAINING_PACKAGES:
            pytest.skip(f"{name} is not installed; it comes with the extra 'train'", allow_module_level=True)


# Torch is not there for every Python. Where it is, as in CI, nothing is skipped.
if find_spec("torch") is None:
    sys.meta_path.append(SkipTraining)

# Tiny networks: a second thread costs more than it gives, and far more on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The recorded data that is not part of the repository."""
    folder = os.environ.get("GANBODYPOSE_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("recorded data not available: GANBODYPOSE_DATA names no folder")
    return Path(folder)


@pytest.fixture(scope="session")
def demo_video() -> Path:
    """The real video of an athlete, fetched once into the user's cache."""
    return _fetched(demo_video_path)


@pytest.fixture(scope="session")
def blazepose_weights() -> None:
    """Makes sure that the default detector can be made without a network."""
    for name in ("pose_detection", "pose_landmark_full"):
        _fetched(lambda name=name: weights_path(name))


def _fetched(fetch: Callable[[], Path]) -> Path:
    try:
        return fetch()
    except UserError as error:
        pytest.skip(f"cannot be fetched here: {error}")


@pytest.fixture(scope="session")
def make_video(tmp_path_factory: pytest.TempPathFactory) -> MakeVideo:
    """make_video(frames=10, size_wh=(64, 48), fps=30) -> path of an H.264 video of a moving grey ramp.

    index_first puts the file's index before its pictures, as in videos made for the web; every key_every-th
    picture is a key frame.
    """

    def make(
        frames: int = 10,
        size_wh: tuple[int, int] = (64, 48),
        fps: int = 30,
        index_first: bool = False,
        key_every: int = 250,
    ) -> Path:
        path = tmp_path_factory.mktemp("video") / "ramp.mp4"
        width, height = size_wh
        options = {"movflags": "faststart"} if index_first else {}
        with av.open(str(path), "w", options=options) as container:
            stream = container.add_stream("libx264", rate=fps, options={"x264-params": f"keyint={key_every}"})
            # 4:4:4 so that odd sizes, even 1x1, are possible
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv444p"
            ramp = np.linspace(0, 255, width * height).reshape(height, width, 1)
            for k in range(frames):
                rgb = np.roll(np.repeat(ramp, 3, 2), k, 1).astype(np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
            container.mux(stream.encode())
        return path

    return make


# Where each keypoint of a standing person is seen: x to the picture's right in body heights from the middle,
# y down from the crown. The person faces the camera, so their left is on the picture's right.
_SIDE = {
    "shoulder": (0.11, 0.18),
    "elbow": (0.17, 0.36),
    "wrist": (0.20, 0.52),
    "pinky": (0.21, 0.56),
    "index": (0.20, 0.57),
    "thumb": (0.19, 0.55),
    "hip": (0.06, 0.52),
    "knee": (0.07, 0.75),
    "ankle": (0.08, 0.96),
    "heel": (0.08, 0.99),
    "foot_index": (0.10, 1.00),
    "ear": (0.04, 0.07),
}


def _standing() -> np.ndarray:
    points = []
    for joint in BLAZEPOSE_33.joints:
        part = joint.replace("left_", "").replace("right_", "")
        x, y = _SIDE.get(part, (0.015, 0.06))
        points.append((0.0 if joint == "nose" else -x if "right" in joint else x, y))
    return np.array(points)


class FakeDetector:
    """Sees the same standing people in every picture, the tallest first, and needs no weights."""

    skeleton = BLAZEPOSE_33

    def __init__(self, name: str = "fake", people: int = 1) -> None:
        self.name = name
        self._people = people

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        return [self.next_region(person) for person in self._seen(rgb)]

    def estimate(self, rgb: np.ndarray, region: Region) -> Detection | None:
        near = [p for p in self._seen(rgb) if np.hypot(*(_center(p) - region.center_px)) < region.size_px / 4]
        return near[0] if near else None

    def next_region(self, detection: Detection) -> Region:
        return Region(_center(detection), 1.25 * float(detection.bbox_px[3] - detection.bbox_px[1]), 0.0, 0.9)

    def _seen(self, rgb: np.ndarray) -> list[Detection]:
        height, width = rgb.shape[:2]
        people = []
        for k in range(self._people):
            tall = height * (0.8 - 0.2 * k)
            xy = _standing() * tall + [width * (k + 1) / (self._people + 1), height * 0.1]
            keypoints = Keypoints2D(xy, np.full(len(xy), 0.9), BLAZEPOSE_33, np.zeros(len(xy)))
            people.append(Detection(keypoints, np.concatenate([xy.min(0), xy.max(0)]), 0.9))
        return people


def _center(detection: Detection) -> np.ndarray:
    return detection.bbox_px.reshape(2, 2).mean(0)


@pytest.fixture
def fake_detector(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Every detector made by name is a FakeDetector; call the fixture with how many people it shall see."""
    people = 1

    def see(count: int) -> None:
        nonlocal people
        people = count

    def create(name: str, threads: int = 1) -> FakeDetector:
        del threads
        return FakeDetector(name, people)

    monkeypatch.setattr("ganbodypose.estimator.create_detector", create)
    return see


@pytest.fixture(scope="session")
def tiny_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported network with random weights: enough to test everything around it."""
    return _export_tiny(tmp_path_factory.mktemp("network") / "tiny.onnx")


@pytest.fixture(scope="session")
def tiny_both_ways(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for whole recordings."""
    return _export_tiny(tmp_path_factory.mktemp("network") / "tiny.onnx", both_ways=True)


@pytest.fixture(scope="session")
def tiny_mirrored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for streams in which every frame is seen mirrored, too."""
    return _export_tiny(tmp_path_factory.mktemp("network") / "tiny.onnx", mirrored=True)


def _export_tiny(path: Path, **ways: bool) -> Path:
    import torch

    from ganbodypose.model.config import NetworkConfig
    from ganbodypose.model.network import GanBodyPose
    from ganbodypose.quality.calibration import fit_calibration
    from ganbodypose.quality.signals import SIGNALS
    from ganbodypose.training.export import export

    torch.manual_seed(0)
    config = NetworkConfig(
        grid_channels=(4, 4),
        part_channels=8,
        mix_channels=8,
        attention_window=4,
        attention_heads=2,
        **ways,
    )
    rng = np.random.default_rng(0)
    raw = rng.uniform(0.02, 0.2, (2000, 17))
    signals = np.concatenate([np.log(raw)[..., None], rng.random((*raw.shape, len(SIGNALS) - 1))], -1)
    export(GanBodyPose(config).eval(), path, fit_calibration(signals, rng.exponential(raw)))
    return path
