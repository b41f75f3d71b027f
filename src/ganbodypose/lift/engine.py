"""Streaming lifter on ONNX Runtime: keypoints of several persons in, 3D joints with their expected error out.

One window state per person, all persons in one batch. The state is explicit: the network's memory, the
person's virtual camera and, for `--height`, the length of the person's skeleton.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ganbodypose.core import Camera, Keypoints2D
from ganbodypose.geometry.camera import unproject
from ganbodypose.geometry.root import joint_weights
from ganbodypose.geometry.virtual_camera import VirtualCamera
from ganbodypose.lift.body import BoneLengths
from ganbodypose.lift.features import NOMINAL_INTERVAL_S, condition_features, joint_features
from ganbodypose.lift.network import Lifter
from ganbodypose.lift.trajectory import RootTrajectory
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.quality.signals import error_signals

FORGET_AFTER_S = 1.0  # a person who is away longer starts afresh


@dataclass(frozen=True)
class LiftedPose:
    """One person in one frame: joints_3d_m [17,3] camera frame, relative to the pelvis; root_camera_m [3] the
    pelvis in the camera frame; expected_error_m [17] calibrated; pose_quality in [0,1]; realness [5], the
    discriminator's score of each body part (trunk, right leg, left leg, left arm, right arm)."""

    joints_3d_m: np.ndarray
    root_camera_m: np.ndarray
    expected_error_m: np.ndarray
    pose_quality: float
    realness: np.ndarray


@dataclass(frozen=True)
class _State:
    """Of P persons: ids [P], when each was last seen [P] s, virtual cameras, network memory, bones, place."""

    ids: np.ndarray
    last_seen_s: np.ndarray
    view: VirtualCamera
    memory: dict[str, np.ndarray]
    bones: BoneLengths
    trajectory: RootTrajectory

    def take(self, rows: np.ndarray) -> _State:
        view = VirtualCamera(self.view.R_virtual_cam[rows], self.view.extent[rows], self.view.direction[rows])
        memory = {name: value[rows] for name, value in self.memory.items()}
        bones, trajectory = self.bones.take(rows), self.trajectory.take(rows)
        return _State(self.ids[rows], self.last_seen_s[rows], view, memory, bones, trajectory)

    def join(self, other: _State) -> _State:
        both = lambda a, b: np.concatenate([a, b])  # noqa: E731
        view = VirtualCamera(
            both(self.view.R_virtual_cam, other.view.R_virtual_cam),
            both(self.view.extent, other.view.extent),
            both(self.view.direction, other.view.direction),
        )
        memory = {name: both(value, other.memory[name]) for name, value in self.memory.items()}
        return _State(
            both(self.ids, other.ids),
            both(self.last_seen_s, other.last_seen_s),
            view,
            memory,
            self.bones.join(other.bones),
            self.trajectory.join(other.trajectory),
        )


class LiftingEngine:
    """Lifts the persons of one video or stream, frame by frame.

    camera: intrinsics, and the up direction where its pose in the world is known. network: as `StepNetwork` opens
    it. height_m: true stature of the person, for metric scale. bones_of_newcomers: of so many people before anything
    is known of them.
    """

    def __init__(
        self,
        camera: Camera,
        network: Lifter,
        height_m: float | None = None,
        bones_of_newcomers: Callable[[int], BoneLengths] = BoneLengths.typical,
    ) -> None:
        self.camera = camera
        self._network = network
        self._up = np.full(3, np.nan) if camera.R_cam_world is None else camera.R_cam_world[:, 2]
        self._height_m = height_m
        self._bones_of_newcomers = bones_of_newcomers
        self._state = self._newcomers(np.empty(0, np.int64), 0.0)
        self._time_s: float | None = None

    @property
    def calibration(self) -> ErrorCalibration:
        """What the network's word on its errors is worth."""
        return self._network.calibration

    def step(self, tracked: Sequence[tuple[int, Keypoints2D]], time_s: float) -> list[LiftedPose]:
        """One frame: (track id, keypoints in H36M_17, with depth if the detector has it) of everybody seen.

        Poses come in the order of `tracked`. Persons that are not seen go on for a second without keypoints,
        so that their window stays true in time.
        """
        dt = NOMINAL_INTERVAL_S if self._time_s is None else max(time_s - self._time_s, 1e-3)
        self._time_s = time_s
        self._state = self._with_people(np.array([i for i, _ in tracked], np.int64), time_s)
        if not len(self._state.ids):
            return []
        row = {int(person): r for r, person in enumerate(self._state.ids)}
        rows = np.array([row[i] for i, _ in tracked], np.int64)
        rays, confidence, depth = self._observations(tracked, rows)
        joints, signals, realness = self._advance(rays, confidence, depth, dt)
        expected = self._network.calibration.expected_error(signals)
        root = self._follow_roots(joints, rays, joint_weights(confidence, expected), dt)
        scale = self._state.bones.scale(self._height_m)[:, None]
        joints, root, expected = joints * scale[..., None], root * scale, expected * scale
        quality = self._network.calibration.pose_quality(expected)
        return [LiftedPose(joints[r], root[r], expected[r], float(quality[r]), realness[r]) for r in rows]

    def _observations(
        self, tracked: Sequence[tuple[int, Keypoints2D]], rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """rays [P,17,3], confidence [P,17], depth [P,17] of all persons in the state; NaN and 0 where unseen."""
        persons = len(self._state.ids)
        rays, confidence = np.full((persons, 17, 3), np.nan), np.zeros((persons, 17))
        depth = np.full((persons, 17), np.nan)
        if tracked:
            rays[rows] = unproject(self.camera, np.stack([k.xy_px for _, k in tracked]))
            confidence[rows] = np.nan_to_num(np.stack([k.confidence for _, k in tracked]))
            depth[rows] = np.stack([_pelvis_relative_depth(k) for _, k in tracked])
        return rays, confidence, depth

    def _advance(
        self, rays: np.ndarray, confidence: np.ndarray, depth: np.ndarray, dt_s: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Joints [P,17,3] m in camera axes, signals [P,17,S] of their errors and realness [P,5]; the state moves on."""
        state = self._state
        view = state.view.follow(rays, confidence, dt_s)
        features = joint_features(view, rays, confidence, depth)
        up = np.broadcast_to(self._up, (len(state.ids), 3))
        condition = condition_features(view, up, dt_s)
        joints, log_error, realness, memory = self._network.step(features, condition, state.memory)
        bones = state.bones.update(joints, np.exp(log_error))
        self._state = replace(state, view=view, memory=memory, bones=bones)
        signals = error_signals(features, joints, log_error, realness)
        joints = bones.constrain(joints)
        return np.einsum("pij,pki->pkj", view.R_virtual_cam, joints), signals, realness

    def _follow_roots(
        self, joints: np.ndarray, rays: np.ndarray, weights: np.ndarray, dt_s: float
    ) -> np.ndarray:
        root, trajectory = self._state.trajectory.update(joints, rays, weights, dt_s)
        self._state = replace(self._state, trajectory=trajectory)
        return root

    def _with_people(self, seen: np.ndarray, time_s: float) -> _State:
        """The state with newcomers added, those seen marked and those long away dropped."""
        state = self._state
        same = state.ids[:, None] == seen
        last_seen = np.where(same.any(1), time_s, state.last_seen_s)
        away = time_s - state.last_seen_s > FORGET_AFTER_S  # also those who come back after so long
        state = replace(state, last_seen_s=last_seen)
        if away.any():
            state = state.take(np.flatnonzero(~away))
            same = same[~away]
        newcomers = seen[~same.any(0)]
        return state.join(self._newcomers(newcomers, time_s)) if len(newcomers) else state

    def _newcomers(self, ids: np.ndarray, time_s: float) -> _State:
        n = len(ids)
        memory = self._network.initial_memory(n)
        view, bones, trajectory = (
            VirtualCamera.unseen(n),
            self._bones_of_newcomers(n),
            RootTrajectory.unknown(n),
        )
        return _State(ids, np.full(n, time_s), view, memory, bones, trajectory)


def _pelvis_relative_depth(keypoints: Keypoints2D) -> np.ndarray:
    if keypoints.depth_m is None:
        return np.full(keypoints.confidence.shape, np.nan)
    return keypoints.depth_m - keypoints.depth_m[..., :1]
