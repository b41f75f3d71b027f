"""Is gait found where people walk or run, and are its measures right? Recorded gait seen by simulated detectors.

    python benchmarks/gait_accuracy.py --data DATA --fit             # adds to quality/movement/measured.json
    python benchmarks/gait_accuracy.py --data DATA [--page docs/quality.md]

Windows of 8 s of recorded motion, each seen by random cameras that are about level; the measures of what the networks
make of them, beside those of the true joints. `--fit` takes the subjects of training and validation (the latter alone
have three windows of gait); the table is of the test subjects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from doc_block import publish, table
from ganbodypose.core import Keypoints2D
from ganbodypose.geometry.camera import LEVEL_UP
from ganbodypose.lift.network import StepNetwork
from ganbodypose.lift.recording import lift
from ganbodypose.quality.movement.gait import find_gait
from ganbodypose.quality.movement.measure import Measure
from ganbodypose.quality.movement.summary import summarize
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.batches import Observed, see_motion
from ganbodypose.training.data import load_split
from ganbodypose.training.detector_noise import NoiseLevel
from ganbodypose.training.motion import MotionWindow
from measure_accuracy import HEADS, MODELS, Found, Seen, fit, parsed_arguments, row
from root_trajectory import CAMERA

FRAMES, FPS = 240, 30.0
TIMES_S = np.arange(FRAMES) / FPS
CAMERAS, SEED = 8, 5
WORLD_UP = np.array([0.0, 0.0, 1.0])
MOST_TILT_DEG = 15.0
LEAST_STEPS = 6
MEANING = """
Recorded gait of the test subjects, windows of {seconds:.0f} s with at least {steps} steps, seen by random cameras
within {tilt:.0f} degrees of level, simulated detections; {walks} views of {windows} windows. True: mean of what the
same method finds in the true joints. Gait is found in {found} of the views, and in {wrong} of {others} views in which
nobody walks. `python benchmarks/gait_accuracy.py`.
"""


@dataclass(frozen=True)
class View:
    """Joints [T,17,3] m of a world whose z is up, and what a detector saw of them, as `lift` takes it."""

    truth_m: np.ndarray
    frames: list[tuple[float, list[tuple[int, Keypoints2D]]]]

    @property
    def true_measures(self) -> dict[str, Measure]:
        return find_gait(self.truth_m, TIMES_S, WORLD_UP).measures()


def main() -> None:
    arguments = parsed_arguments(__doc__)
    joints_m = _windows(arguments.data, ("train", "val") if arguments.fit else ("test",))
    steps = np.array([len(find_gait(joints, TIMES_S, WORLD_UP).steps) for joints in joints_m])
    gait = joints_m[steps >= LEAST_STEPS]
    walks = list(views(gait, CAMERAS))
    found = [seen_by(model, walks) for model in MODELS]
    if arguments.fit:
        fit(found)
        return
    others = list(views(joints_m[steps == 0], cameras=1))
    rows = {kind: row([of[kind] for of in found]) for kind in found[0]}
    publish(table(rows, HEADS) + _meaning(len(gait), walks, others), arguments.page, "gait")


def _windows(data: Path, splits: Sequence[str]) -> np.ndarray:
    """[W,T,17,3] m of a world whose z is up."""
    motions = (load_split(data, split).motion for split in splits)
    return np.concatenate([motion.every_window(FRAMES, FPS)[0].joints_m for motion in motions])


def _meaning(windows: int, walks: list[View], others: list[View]) -> str:
    return MEANING.format(
        seconds=FRAMES / FPS,
        steps=LEAST_STEPS,
        tilt=MOST_TILT_DEG,
        walks=len(walks),
        windows=windows,
        found=" and ".join(f"{share(model, walks):.0%} ({model})" for model in MODELS),
        wrong=" and ".join(f"{share(model, others):.0%}" for model in MODELS),
        others=len(others),
    )


def views(joints_m: np.ndarray, cameras: int) -> Iterator[View]:
    """Those of `cameras` random cameras for each window [W,T,17,3] that are about level."""
    rng = np.random.default_rng(SEED)
    for _ in range(cameras):
        motion = MotionWindow(joints_m, np.full(len(joints_m), 1 / FPS))
        observed = see_motion(rng, motion, NoiseLevel(), up_share=1.0)
        for number in np.flatnonzero(_tilt_deg(observed) <= MOST_TILT_DEG):
            yield View(joints_m[number].astype(np.float64), _frames(observed, number))


def _tilt_deg(observed: Observed) -> np.ndarray:
    """How far from level each camera [W] is held at most."""
    up = observed.up / np.linalg.norm(observed.up, axis=-1, keepdims=True)
    return np.degrees(np.arccos(np.clip(up @ LEVEL_UP, -1, 1))).max(1)


def _frames(observed: Observed, number: int) -> list[tuple[float, list[tuple[int, Keypoints2D]]]]:
    seen = observed.detected
    rows = zip(
        TIMES_S,
        seen.xy[number] * CAMERA.matrix[0, 0],
        seen.confidence[number],
        seen.z[number],
        strict=True,
    )
    return [(t, [(1, Keypoints2D(xy, sure, H36M_17, z))]) for t, xy, sure, z in rows]


def lifted(view: View, network: StepNetwork) -> tuple[np.ndarray, np.ndarray]:
    """Joints [T,17,3] m and their expected errors [T,17] m."""
    poses = [people[0] for people in lift(view.frames, CAMERA, network)]
    return np.stack([pose.joints_3d_m for pose in poses]), np.stack([pose.expected_error_m for pose in poses])


def seen_by(model: str, walks: list[View]) -> Found:
    """By kind of measure, of all views in which it and its uncertainty are known."""
    network, found = StepNetwork(model), defaultdict(list)
    for view in walks:
        true = view.true_measures
        measured = summarize(*lifted(view, network), TIMES_S, LEVEL_UP, from_video=True)
        for name in true:
            if true[name].known and name in measured and measured[name].uncertainty > 0:
                found[name].append(Seen(true[name].value, measured[name]))
    return dict(found)


def share(model: str, of_views: list[View]) -> float:
    """Of the views, in which gait is found."""
    network = StepNetwork(model)
    joints = (lifted(view, network)[0] for view in of_views)
    return float(np.mean([len(find_gait(one, TIMES_S, LEVEL_UP).steps) > 0 for one in joints]))


if __name__ == "__main__":
    main()
