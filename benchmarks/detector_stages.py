"""Milliseconds per stage of the BlazePose detector on a 1080p picture, before and after pruning.

    python benchmarks/detector_stages.py [--model full] [--threads 1] [--rounds 60]

Stages take turns, so that a busy machine slows all alike. Printed are medians: time on the clock, and time on
the processor, which waiting for other programs does not lengthen.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping

import av
import cv2
import numpy as np

from ganbodypose.detect import create_detector
from ganbodypose.detect.blazepose import landmarks, ssd
from ganbodypose.detect.blazepose.crop import crop, whole_picture
from ganbodypose.detect.blazepose.detector import BlazePose
from ganbodypose.detect.blazepose.network import Network
from ganbodypose.detect.weights import demo_video_path, weights_path

FRAME = 120
SEGMENTATION_SHAPE = (1, 256, 256, 1)
LANDMARK_SHAPES = (
    landmarks.LANDMARKS_SHAPE,
    landmarks.PRESENCE_SHAPE,
    landmarks.HEATMAP_SHAPE,
    landmarks.WORLD_SHAPE,
)


def picture_1080p() -> np.ndarray:
    with av.open(str(demo_video_path())) as container:
        frame = next(f for k, f in enumerate(container.decode(video=0)) if k == FRAME)
    return cv2.resize(frame.to_ndarray(format="rgb24"), (1920, 1080), interpolation=cv2.INTER_AREA)


def stages(model: str, threads: int) -> dict[str, Callable[[], object]]:
    rgb = picture_1080p()
    detector = create_detector(f"blazepose-{model}", threads)
    assert isinstance(detector, BlazePose)
    view, region = whole_picture(rgb), detector.find_people(rgb)[0]
    person = Network(
        weights_path("pose_detection").read_bytes(), (ssd.BOXES_SHAPE, ssd.SCORES_SHAPE), (-1, 1), threads
    )
    content = weights_path(f"pose_landmark_{model}").read_bytes()
    pruned = Network(content, LANDMARK_SHAPES, (0, 1), threads)
    whole = Network(content, (*LANDMARK_SHAPES, SEGMENTATION_SHAPE), (0, 1), threads)
    crop(rgb, region, pruned.pixels, cv2.BORDER_REPLICATE)
    crop(rgb, view, person.pixels, cv2.BORDER_CONSTANT)
    whole.pixels[...] = pruned.pixels
    boxes, scores = (view.copy() for view in person())
    values, _, heatmap, world = (view.copy() for view in pruned())
    return {
        "person    crop": lambda: crop(rgb, view, person.pixels, cv2.BORDER_CONSTANT),
        "person    network": lambda: run(person),
        "person    decode, suppression": lambda: ssd.merge(*ssd.decode(boxes, scores)),
        "person    find_people, all views": lambda: detector.find_people(rgb),
        "landmarks crop": lambda: crop(rgb, region, pruned.pixels, cv2.BORDER_REPLICATE),
        "landmarks network with segmentation": lambda: run(whole),
        "landmarks network as used": lambda: run(pruned),
        "landmarks refine, decode": lambda: landmarks.decode(values, heatmap, world, 1.0, region),
        "landmarks estimate, all of it": lambda: detector.estimate(rgb, region),
        "start-up  create_detector": lambda: create_detector(f"blazepose-{model}", threads),
    }


def run(network: Network) -> None:
    network()


def measure(stages: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, np.ndarray]:
    """Per stage the median milliseconds on the clock and on the processor."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in stages}
    for _ in range(rounds):
        for name, stage in stages.items():
            clock, processor = time.perf_counter(), time.process_time()
            stage()
            taken[name].append((time.perf_counter() - clock, time.process_time() - processor))
    return {name: 1000 * np.median(times, axis=0) for name, times in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", choices=("lite", "full", "heavy"), default="full")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    taken = measure(stages(options.model, options.threads), options.rounds)
    print(f"blazepose-{options.model}, {options.threads} thread(s), OpenCV {cv2.__version__}, 1920 x 1080")
    print(f"{'stage':38} {'clock ms':>10} {'CPU ms':>10}")
    for name, (clock, processor) in taken.items():
        print(f"{name:38} {clock:10.2f} {processor:10.2f}")


if __name__ == "__main__":
    main()
