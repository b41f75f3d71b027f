"""How long an assessment takes: a made-up result of ten minutes at 30 Hz, with report, JSON and CSV.

python benchmarks/assess_speed.py [--minutes 10] [--reference] [--exercise deep-squat]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from ganbodypose.io import formats
from ganbodypose.io.formats.tracks import Track, sequence_of
from ganbodypose.jobs.assess import AssessOptions, assess_files
from ganbodypose.skeletons import H36M_17

FPS = 30.0


def squats(minutes: float) -> Track:
    """A squat every three seconds, with noise and an expected error of 40 mm."""
    rng = np.random.default_rng(0)
    times = np.arange(0, 60 * minutes, 1 / FPS)
    height = {"ankle": 0.0, "knee": 0.45, "hip": 0.9, "shoulder": 1.4, "elbow": 1.1, "wrist": 0.85}
    middle = {"pelvis": 0.9, "spine": 1.15, "thorax": 1.4, "neck_nose": 1.5, "head_top": 1.65}
    sinking = 0.2 * (1 - np.cos(2 * np.pi * times / 3))
    joints = np.zeros((len(times), 17, 3))
    for j, name in enumerate(H36M_17.joints):
        side = {"left": 0.1, "right": -0.1}.get(name.partition("_")[0], 0.0)
        part = name.partition("_")[2] if side else name
        joints[:, j, 0] = side
        joints[:, j, 1] = (height | middle)[part] - {"ankle": 0.0, "knee": 0.5}.get(part, 1.0) * sinking
        joints[:, j, 2] = sinking if part == "knee" else 0
    joints += rng.normal(0, 0.005, joints.shape)
    return Track(joints, np.full(joints.shape[:2], 0.04), FPS)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--reference", action="store_true", help="compare with half a minute of the same")
    parser.add_argument("--exercise", help="judge every repetition by this model")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, reference = Path(folder) / "long.npz", Path(folder) / "reference.npz"
        formats.write(source, sequence_of(squats(arguments.minutes)))
        formats.write(reference, sequence_of(squats(0.5)))
        options = AssessOptions(
            reference=reference if arguments.reference else None, exercise=arguments.exercise
        )
        wall, cpu = time.perf_counter(), time.process_time()
        (one,) = assess_files([source], Path(folder) / "out", options)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        count = one.assessment.repetitions.count.value
    print(f"{arguments.minutes:g} minutes, {count:g} repetitions: {wall:.1f} s, {cpu:.1f} s of one processor")


if __name__ == "__main__":
    main()
