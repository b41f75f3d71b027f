"""Where do people stand in front of the camera, and do their feet stand still? Rendered people seen by BlazePose.

    python benchmarks/root_trajectory.py --data DATA [--split val] [--page docs/evaluation.md]

Every clip is lifted as a video would be, with the true focal length; once not knowing the body height, once knowing it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from doc_block import publish, table
from ganbodypose.core import Camera, Keypoints2D
from ganbodypose.geometry.bones import to_bones
from ganbodypose.lift.body import HEIGHT_PER_CHAIN, chain_length
from ganbodypose.lift.engine import LiftedPose
from ganbodypose.lift.network import StepNetwork
from ganbodypose.lift.recording import Frame, lift, steadied
from ganbodypose.metrics import pose
from ganbodypose.quality.repair.contact import hold_feet, stretches
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.data import load_split
from ganbodypose.training.pairs.bank import PairBank

CAMERA = Camera(np.array([[1000.0, 0, 0], [0, 1000.0, 0], [0, 0, 1]]), (1000, 1000))
STANDS_M_PER_S, STANDS_S = 0.15, 0.2
ANKLES = np.array(H36M_17.indices("left_ankle", "right_ankle"))
Scores = dict[str, np.ndarray]
HEADS = (
    "MRPE, mm",
    "depth, %",
    "MRPE at the best scale, mm",
    "speed error, m/s",
    "foot skate, m/s",
    "MPJPE, mm",
)
MEANING = """
MRPE: mean distance of the pelvis from its true place. Depth: median relative error. Best scale: after one factor for
each clip, which takes out what a wrong body height does. Speed error: median length of the pelvis's velocity less the
true one. Foot skate: median speed of ankles that truly stand (slower than {speed} m/s for at least {time} s). Feet
held: after `convert --hold-feet`. MPJPE: of the pose about the pelvis, every frame. {clips} clips of the {split}
split, true focal length, `python benchmarks/root_trajectory.py --split {split}`.
"""


@dataclass(frozen=True)
class Clip:
    """frames: keypoints of one person in pixels of `CAMERA`; times_s [T], truth_m [T,17,3] in the camera frame."""

    frames: list[Frame]
    times_s: np.ndarray
    truth_m: np.ndarray

    @property
    def height_m(self) -> float:
        bones_m = np.median(np.linalg.norm(to_bones(self.truth_m), axis=-1), axis=0)
        return float(HEIGHT_PER_CHAIN * chain_length(bones_m))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--split", choices=("val", "test"), default="test")
    parser.add_argument("--models", nargs="+", default=["live", "studio"])
    parser.add_argument("--page", type=Path)
    arguments = parser.parse_args()
    pairs = load_split(arguments.data, arguments.split).pairs
    if pairs is None:
        raise SystemExit("error: no rendered pairs in DATA/pairs")
    clips = list(clips_of(pairs))
    rows = {name: summary(scores) for model in arguments.models for name, scores in judged(clips, model)}
    meaning = MEANING.format(speed=STANDS_M_PER_S, time=STANDS_S, clips=len(clips), split=arguments.split)
    publish(table(rows, HEADS) + meaning, arguments.page, "root")


def judged(clips: Sequence[Clip], model: str) -> Iterator[tuple[str, list[Scores]]]:
    """(name of a row, scores of every clip)"""
    network = StepNetwork(model)
    unknown = [lift(clip.frames, CAMERA, network) for clip in clips]
    known = [lift(clip.frames, CAMERA, network, clip.height_m) for clip in clips]
    held = [feet_held(clip, poses) for clip, poses in zip(clips, unknown, strict=True)]
    yield model, list(map(score, clips, map(joints_of, unknown)))
    yield f"{model}, feet held", list(map(score, clips, held))
    yield f"{model}, height known", list(map(score, clips, map(joints_of, known)))


def clips_of(bank: PairBank) -> Iterator[Clip]:
    for start, length in zip(bank.start, bank.length, strict=True):
        rows = slice(start, start + length)
        xy_px = bank.xy[rows] * CAMERA.matrix[0, 0]
        times_s = np.arange(length) * bank.dt_s
        seen = zip(times_s, xy_px, bank.confidence[rows], bank.z[rows], strict=True)
        frames = [(t, [(1, Keypoints2D(xy, sure, H36M_17, z))]) for t, xy, sure, z in seen]
        yield Clip(frames, times_s, bank.joints_m[rows])


def joints_of(poses: list[list[LiftedPose]]) -> np.ndarray:
    """Joints [T,17,3] m in the camera frame of the only person."""
    return np.stack([people[0].joints_3d_m + people[0].root_camera_m for people in poses])


def feet_held(clip: Clip, poses: list[list[LiftedPose]]) -> np.ndarray:
    """The same after what `convert --hold-feet` does."""
    return hold_feet(joints_of(steadied(poses, clip.frames, CAMERA)), clip.times_s, True)[0]


def score(clip: Clip, joints_m: np.ndarray) -> Scores:
    """Per-frame errors; of a standing ankle only the frames in which it stands."""
    root, true = joints_m[:, 0], clip.truth_m[:, 0]
    scale = np.nansum(root * true) / np.nansum(root * root)
    velocity, true_velocity = (np.gradient(place, clip.times_s, axis=0) for place in (root, true))
    speed = np.linalg.norm(np.gradient(joints_m[:, ANKLES], clip.times_s, axis=0), axis=-1)
    return {
        "mrpe": np.linalg.norm(root - true, axis=-1),
        "depth": np.abs(root[:, 2] / true[:, 2] - 1),
        "scaled": np.linalg.norm(scale * root - true, axis=-1),
        "speed": np.linalg.norm(velocity - true_velocity, axis=-1),
        "skate": speed[standing(clip)],
        "mpjpe": pose.joint_errors(pose.root_relative(joints_m), pose.root_relative(clip.truth_m)),
    }


def standing(clip: Clip) -> np.ndarray:
    """bool [T,2]: which ankle stands."""
    speed = np.linalg.norm(np.gradient(clip.truth_m[:, ANKLES], clip.times_s, axis=0), axis=-1)
    still = np.zeros(speed.shape, bool)
    for foot, slow in enumerate((speed < STANDS_M_PER_S).T):
        for start, stop in stretches(slow, clip.times_s, STANDS_S):
            still[start:stop, foot] = True
    return still


def summary(scores: list[Scores]) -> dict[str, str]:
    every = {name: np.concatenate([one[name] for one in scores]) for name in scores[0]}
    return {
        "mrpe": f"{1000 * np.nanmean(every['mrpe']):.0f}",
        "depth": f"{100 * np.nanmedian(every['depth']):.1f}",
        "scaled": f"{1000 * np.nanmean(every['scaled']):.0f}",
        "speed": f"{np.nanmedian(every['speed']):.2f}",
        "skate": f"{np.nanmedian(every['skate']):.2f}",
        "mpjpe": f"{1000 * np.nanmean(every['mpjpe']):.1f}",
    }


if __name__ == "__main__":
    main()
