"""Whole recordings: every frame is lifted with its past and its future.

The streaming engine runs twice. The first time its network is listened to and what it is given is kept; then each
stay of a person in the picture is lifted both ways and brought to one set of bones; the second time the engine
is told the outcome in the network's place. So there is one way to follow people and views. Where they stand is said
at the end, with knowledge of all frames, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from ganbodypose.core import Camera, Keypoints2D
from ganbodypose.geometry.camera import unproject
from ganbodypose.lift.body import BoneLengths
from ganbodypose.lift.engine import LiftedPose, LiftingEngine
from ganbodypose.lift.network import Lifter, Memory, Step, StepNetwork, run
from ganbodypose.lift.ways import Said, lift_both_ways
from ganbodypose.quality.repair.place import steady_roots

Frame = tuple[float, Sequence[tuple[int, Keypoints2D]]]  # time (s), the people seen


def lift(
    frames: Sequence[Frame], camera: Camera, network: StepNetwork, height_m: float | None = None
) -> list[list[LiftedPose]]:
    """The poses of everybody in every frame, as the network was made to be used: frame by frame or both ways."""
    if network.both_ways:
        return lift_recording(frames, camera, network, height_m)
    return _run(LiftingEngine(camera, network, height_m), frames)


def lift_recording(
    frames: Sequence[Frame], camera: Camera, network: Lifter, height_m: float | None = None
) -> list[list[LiftedPose]]:
    """What `LiftingEngine.step` says of each frame, with knowledge of all frames. Memory grows with their number:
    about 500 bytes a person and frame beside the result."""
    listener = _Listener(network)
    _run(LiftingEngine(camera, listener, height_m), frames)
    lift = partial(run, network)
    said = [_with_constant_bones(lift_both_ways(lift, *stay.given())) for stay in listener.stays]
    teller = LiftingEngine(camera, _Teller(network, said), height_m, BoneLengths.unknown)
    return steadied(_run(teller, frames), frames, camera)


def steadied(
    poses: list[list[LiftedPose]], frames: Sequence[Frame], camera: Camera
) -> list[list[LiftedPose]]:
    """The poses of `frames`, each person's in the places that `steady_roots` says."""
    seen: dict[int, list[tuple[int, int]]] = {}
    for number, (_, people) in enumerate(frames):
        for place, (track_id, _) in enumerate(people):
            seen.setdefault(track_id, []).append((number, place))
    steadied = [list(people) for people in poses]
    for of_person in seen.values():
        rows = [(poses[n][place], frames[n][1][place][1], frames[n][0]) for n, place in of_person]
        for (n, place), root in zip(of_person, _roots(rows, camera), strict=True):
            if np.isfinite(root).all():
                steadied[n][place] = replace(poses[n][place], root_camera_m=root)
    return steadied


def _roots(rows: Sequence[tuple[LiftedPose, Keypoints2D, float]], camera: Camera) -> np.ndarray:
    poses, keypoints, times_s = zip(*rows, strict=True)
    return steady_roots(
        np.stack([pose.joints_3d_m for pose in poses]),
        unproject(camera, np.stack([one.xy_px for one in keypoints])),
        np.stack([one.confidence for one in keypoints]),
        np.stack([pose.expected_error_m for pose in poses]),
        np.array(times_s),
    )


def _run(engine: LiftingEngine, frames: Sequence[Frame]) -> list[list[LiftedPose]]:
    return [engine.step(people, time_s) for time_s, people in frames]


def _with_constant_bones(said: Said) -> Said:
    """One person's sequence [1,T,...] with the mean bone lengths of all its frames."""
    joints, log_error, realness = said
    bones = BoneLengths.typical(1)
    for frame in range(joints.shape[1]):
        bones = bones.update(joints[:, frame], np.exp(log_error[:, frame]))
    return bones.constrain(joints[0])[None].astype(np.float32), log_error, realness


@dataclass
class _Stay:
    """What the network is given of one person from coming to leaving."""

    joints: list[np.ndarray] = field(default_factory=list)
    condition: list[np.ndarray] = field(default_factory=list)

    def given(self) -> tuple[np.ndarray, np.ndarray]:
        """joints [1,T,17,5], condition [1,T,6]"""
        return np.stack(self.joints)[None], np.stack(self.condition)[None]


class _Listener:
    """A network that keeps what it is given; its memory is the number of the stay."""

    def __init__(self, network: Lifter) -> None:
        self.calibration = network.calibration
        self.stays: list[_Stay] = []

    def initial_memory(self, persons: int) -> Memory:
        first = len(self.stays)
        self.stays += [_Stay() for _ in range(persons)]
        return {"stay": np.arange(first, first + persons)}

    def step(self, joints: np.ndarray, condition: np.ndarray, memory: Memory) -> Step:
        for row, stay in enumerate(memory["stay"]):
            self.stays[stay].joints.append(joints[row])
            self.stays[stay].condition.append(condition[row])
        persons = len(joints)
        anything = np.broadcast_to(np.arange(17, dtype=np.float32)[:, None], (persons, 17, 3))
        return anything, np.zeros((persons, 16), np.float32), np.zeros((persons, 5), np.float32), memory


class _Teller:
    """In a network's place: what is known to be said of each stay, frame after frame."""

    def __init__(self, network: Lifter, said: Sequence[Said]) -> None:
        self.calibration = network.calibration
        self._said, self._told = said, 0

    def initial_memory(self, persons: int) -> Memory:
        first, self._told = self._told, self._told + persons
        return {"stay": np.arange(first, first + persons), "frame": np.zeros(persons, np.int64)}

    def step(self, joints: np.ndarray, condition: np.ndarray, memory: Memory) -> Step:
        del joints, condition
        at = list(zip(memory["stay"], memory["frame"], strict=True))
        poses, log_error, realness = (
            np.stack([self._said[stay][part][0, frame] for stay, frame in at]) for part in range(3)
        )
        return poses, log_error, realness, memory | {"frame": memory["frame"] + 1}
