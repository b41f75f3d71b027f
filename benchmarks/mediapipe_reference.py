"""Writes what MediaPipe itself finds in pictures of the demo video; tests/detect compares with it.

MediaPipe 0.10.21 needs NumPy below 2, so run this in an environment of its own:

    python3.11 -m venv reference && reference/bin/pip install mediapipe==0.10.21 av
    reference/bin/python benchmarks/mediapipe_reference.py VIDEO LITE_MODEL HEAVY_MODEL OUT.json

VIDEO and the models are the files that `ganbodypose models pull` fetches (the package holds only `full`).
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import mediapipe
import numpy as np
from mediapipe.python.solution_base import SolutionBase

# Frame, columns from..to (all rows), quarter turns counter-clockwise.
PICTURES = [
    (60, 0, 1768, 0),
    (75, 0, 1768, 0),
    (105, 0, 1768, 0),
    (120, 0, 1768, 0),
    (135, 0, 1768, 0),
    (150, 0, 1768, 0),
    (180, 0, 1768, 0),
    (210, 0, 1768, 0),
    (0, 150, 1144, 0),
    (15, 150, 1144, 0),
    (120, 500, 1100, 0),
    (120, 500, 1400, 1),
    (195, 774, 1768, 0),
]
MODELS = ("lite", "full", "heavy")


class PoseWithRegions(SolutionBase):
    """`mediapipe.solutions.pose.Pose(static_image_mode=True)` that also tells its regions and presences."""

    def __init__(self, model_complexity: int) -> None:
        super().__init__(
            binary_graph_path="mediapipe/modules/pose_landmark/pose_landmark_cpu.binarypb",
            side_inputs={
                "model_complexity": model_complexity,
                "smooth_landmarks": False,
                "enable_segmentation": False,
                "smooth_segmentation": False,
                "use_prev_landmarks": False,
            },
            outputs=[
                "pose_landmarks",
                "pose_world_landmarks",
                "pose_rect_from_detection",
                "pose_rect_from_landmarks",
            ],
        )


def read_pictures(video: Path) -> Iterator[tuple[tuple[int, int, int, int], np.ndarray]]:
    wanted = {frame for frame, *_ in PICTURES}
    with av.open(str(video)) as container:
        frames = {
            number: frame.to_ndarray(format="rgb24")
            for number, frame in enumerate(container.decode(video=0))
            if number in wanted
        }
    for picture in PICTURES:
        frame, start, stop, turns = picture
        yield picture, np.ascontiguousarray(np.rot90(frames[frame][:, start:stop], turns))


def region(rect: Any, width: int, height: int) -> list[float]:
    """Centre x, y and side in pixels, turn in radians."""
    numbers = (rect.x_center * width, rect.y_center * height, rect.width * width, rect.rotation)
    return [round(n, 4) for n in numbers]


def describe(found: Any, width: int, height: int) -> dict[str, Any] | None:
    """None where nobody was found. Landmarks: x, y px; visibility; presence; world x, y, z in metres."""
    if not found.pose_landmarks:
        return None
    pairs = zip(found.pose_landmarks.landmark, found.pose_world_landmarks.landmark, strict=True)
    return {
        "region": region(found.pose_rect_from_detection, width, height),
        "next_region": region(found.pose_rect_from_landmarks, width, height),
        "landmarks": [
            [
                round(n, 4)
                for n in (p.x * width, p.y * height, p.visibility, p.presence, world.x, world.y, world.z)
            ]
            for p, world in pairs
        ],
    }


def main(video: Path, lite: Path, heavy: Path, out: Path) -> None:
    modules = Path(mediapipe.__file__).parent / "modules" / "pose_landmark"
    for model in (lite, heavy):
        shutil.copyfile(model, modules / model.name)
    pictures = list(read_pictures(video))
    cases = []
    for complexity, model in enumerate(MODELS):
        for picture, rgb in pictures:
            height, width = rgb.shape[:2]
            # A graph of its own, because MediaPipe smooths the next region from picture to picture.
            with PoseWithRegions(complexity) as pose:
                found = describe(pose.process({"image": rgb}), width, height)
            cases.append({"model": model, "picture": picture, "found": found})
    lines = ",\n".join(json.dumps(case) for case in cases)
    out.write_text(f'{{"mediapipe": "{mediapipe.__version__}", "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]))
