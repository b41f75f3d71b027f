"""From 17 joints to the rotations of a body's bones, in closed form.

Pelvis and chest get frames of their own, the spine blends from one to the other, limbs point where the joints say and
twist so that knees and elbows bend about their hinges. What 17 joints do not tell is drawn at random, smooth in time
and within what people do: forearm twist, hands and fingers, how far the toes point out, where the head looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ganbodypose.geometry.rotation import matrix_to_rotvec, rotation_between, rotvec_to_matrix, unit
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.pairs.rig import Rig

UP = np.array([0.0, 0.0, 1.0])
SIDES = {"L": "left", "R": "right"}
_SPINE = {"root": 0.0, "pelvis.L": 0.0, "pelvis.R": 0.0, "spine05": 0.15, "spine04": 0.4, "spine03": 0.65}
_SPINE |= {"spine02": 0.9, "spine01": 1.0}
_NECK = {"neck01": 0.25, "neck02": 0.5, "neck03": 0.75, "head": 1.0}
_MAX_GAZE_RAD = np.radians(45)
_CONTACT_M = 0.12  # an ankle this much above its lowest place has left the floor


@dataclass(frozen=True)
class Posed:
    """rotations [T,B,3,3] in the world and heads [T,B,3] m of every bone."""

    rotations: np.ndarray
    heads: np.ndarray


def retarget(joints: np.ndarray, rig: Rig, rng: np.random.Generator, fps: float) -> Posed:
    """joints [T,17,3] m (H36M_17, z up) of any person -> that motion on the body of `rig`."""
    motion = _Motion(np.asarray(joints, np.float64), rig, rng, fps)
    motion.turn_trunk()
    for side in SIDES:
        motion.turn_leg(side)
        motion.turn_arm(side)
    motion.turn_rest()
    return Posed(motion.turns, rig.pose(motion.turns, motion.root()))


def smooth_noise(rng: np.random.Generator, frames: int, sd: float, tau: float) -> np.ndarray:
    """[frames] of zero-mean noise with standard deviation `sd` that changes over about `tau` frames."""
    pad = int(3 * tau) + 1
    noise = gaussian_filter1d(rng.normal(size=frames + 2 * pad), tau)[pad:-pad]
    return noise * sd * np.sqrt(2 * np.sqrt(np.pi) * tau)  # white noise loses that much by the filter


def partway(start: np.ndarray, end: np.ndarray, fraction: float) -> np.ndarray:
    """The rotation `fraction` of the way from start to end, both [...,3,3]."""
    step = matrix_to_rotvec(np.swapaxes(start, -1, -2) @ end)
    return start @ rotvec_to_matrix(fraction * step)


def frame_of(primary: np.ndarray, secondary: np.ndarray) -> np.ndarray:
    """[...,3,3] with columns: unit primary, secondary made perpendicular to it, and their normal."""
    first = unit(primary)
    second = unit(secondary - first * (secondary * first).sum(-1, keepdims=True))
    return np.stack([first, second, np.cross(first, second)], -1)


class _Motion:
    """The rotations of all bones while they are found, trunk before limbs before the rest."""

    def __init__(self, joints: np.ndarray, rig: Rig, rng: np.random.Generator, fps: float) -> None:
        self.joints, self.rig, self.rng, self.fps = joints, rig, rng, fps
        self.turns = np.full((len(joints), len(rig.names), 3, 3), np.nan)

    def joint(self, name: str) -> np.ndarray:
        return self.joints[:, H36M_17.index(name)]

    def noise(self, sd: float, seconds: float) -> np.ndarray:
        return smooth_noise(self.rng, len(self.joints), sd, seconds * self.fps)

    def set(self, bone: str, turns: np.ndarray) -> None:
        self.turns[:, self.rig.index(bone)] = turns

    def turn_trunk(self) -> None:
        rig, joint = self.rig, self.joint
        hips, chest = _mid(rig, "upperleg01"), (_mid(rig, "clavicle") + rig.head("neck01")) / 2
        middle = 0.4 * rig.head("spine03") + 0.6 * rig.head("spine02")
        hip_line = frame_of(rig.between("upperleg01.R", "upperleg01.L"), middle - hips)
        shoulder_line = frame_of(chest - middle, rig.between("upperarm01.R", "upperarm01.L"))
        seen_hips = frame_of(joint("left_hip") - joint("right_hip"), joint("spine") - joint("pelvis"))
        seen_chest = frame_of(
            joint("thorax") - joint("spine"), joint("left_shoulder") - joint("right_shoulder")
        )
        self.pelvis, self.chest = seen_hips @ hip_line.T, seen_chest @ shoulder_line.T
        for bone, part in _SPINE.items():
            self.set(bone, partway(self.pelvis, self.chest, part))
        head = self._head()
        for bone, part in _NECK.items():
            self.set(bone, partway(self.chest, head, part))

    def _head(self) -> np.ndarray:
        """Tilted as the joints say; turned to where the person goes, and about."""
        up = self.joint("head_top") - self.joint("neck_nose")
        tilted = partway(self.chest, rotation_between(self.chest @ UP, up) @ self.chest, 0.7)
        yaw = self._gaze() + self.noise(0.3, 0.8) + self.rng.normal(0, 0.2)
        pitch = self.noise(0.12, 0.6) + self.rng.normal(0, 0.08)
        return tilted @ rotvec_to_matrix(np.stack([pitch, 0 * yaw, yaw], -1))

    def _gaze(self) -> np.ndarray:
        """Angle [T] about the chest's axis towards the way the person moves, for those who move."""
        velocity = np.gradient(gaussian_filter1d(self.joint("pelvis"), 0.2 * self.fps, axis=0), axis=0)
        going = np.einsum("tji,tj->ti", self.chest, velocity * self.fps)  # chest frame, facing -y
        angle = np.clip(np.arctan2(going[:, 0], -going[:, 1]), -_MAX_GAZE_RAD, _MAX_GAZE_RAD)
        speed = np.hypot(going[:, 0], going[:, 1])
        return gaussian_filter1d(0.6 * angle * np.clip(speed - 0.3, 0, 1), 0.2 * self.fps)

    def turn_leg(self, side: str) -> None:
        hip, knee, ankle = (self.joint(f"{SIDES[side]}_{name}") for name in ("hip", "knee", "ankle"))
        bones = (f"upperleg01.{side}", f"lowerleg01.{side}", f"foot.{side}")
        swing, thigh, shank = self._limb(
            bones, (knee - hip, ankle - knee), self.pelvis, np.array([1.0, 0, 0]), 0.05
        )
        self.set(bones[0], partway(swing, thigh, 0.5))
        self.set(f"upperleg02.{side}", thigh)
        for bone in (bones[1], f"lowerleg02.{side}"):
            self.set(bone, shank)
        self.set(bones[2], self._foot(side, shank, ankle[:, 2]))

    def _foot(self, side: str, shank: np.ndarray, height: np.ndarray) -> np.ndarray:
        """Flat where the ankle is near the floor, else hanging from the shank; toes a little outwards."""
        forward = shank @ np.array([0, -1.0, 0])
        level = forward * [1, 1, 0]
        reach = np.linalg.norm(level, axis=-1, keepdims=True)
        lowest = np.percentile(self.joints[:, H36M_17.indices("left_ankle", "right_ankle"), 2], 2)
        grounded = np.clip(1 - (height - lowest - 0.5 * _CONTACT_M) / _CONTACT_M, 0, 1)[:, None]
        grounded = gaussian_filter1d(grounded * np.clip(2 * reach - 0.4, 0, 1), 0.06 * self.fps, axis=0)
        rest = frame_of(np.array([0, -1.0, 0]), UP)
        flat = frame_of(level + 1e-6, np.broadcast_to(UP, level.shape)) @ rest.T
        hanging = shank @ rotvec_to_matrix(np.array([self.rng.normal(0.35, 0.1), 0, 0]))
        bend = matrix_to_rotvec(np.swapaxes(hanging, -1, -2) @ flat)
        size = np.linalg.norm(bend, axis=-1, keepdims=True)
        bend *= np.minimum(1, 1 / np.maximum(size, 1e-9))  # an ankle turns by a radian at most
        outwards = self.rng.normal(0.12, 0.1) * (1 if side == "L" else -1)
        return hanging @ rotvec_to_matrix(bend * grounded) @ rotvec_to_matrix(outwards * UP)

    def turn_arm(self, side: str) -> None:
        rig = self.rig
        shoulder, elbow, wrist = (self.joint(f"{SIDES[side]}_{n}") for n in ("shoulder", "elbow", "wrist"))
        collar = self._collar(shoulder)
        for bone in ("clavicle", "shoulder01"):
            self.set(f"{bone}.{side}", collar)
        bones = (f"upperarm01.{side}", f"lowerarm01.{side}", f"wrist.{side}")
        hinge = np.cross(rig.between(*bones[:2]), rig.between(*bones[1:]))
        swing, upper, lower = self._limb(bones, (elbow - shoulder, wrist - elbow), collar, hinge, 0.08)
        self.set(bones[0], partway(swing, upper, 0.5))
        self.set(f"upperarm02.{side}", upper)
        axis = unit(rig.between(*bones[1:]))
        twist = np.clip(self.rng.normal(0, 0.5) + self.noise(0.3, 0.5), -1.3, 1.3)[:, None] * axis
        for bone, part in (("lowerarm01", 0.2), ("lowerarm02", 0.6), ("wrist", 1.0)):
            self.set(f"{bone}.{side}", lower @ rotvec_to_matrix(part * twist))
        bend = np.stack([self.noise(0.15, 0.4), self.noise(0.15, 0.4), 0 * twist[:, 0]], -1)
        self.turns[:, rig.index(bones[2])] @= rotvec_to_matrix(bend + self.rng.normal(0, 0.15, 3))

    def _collar(self, shoulder: np.ndarray) -> np.ndarray:
        """The shoulder girdle follows what the shoulder does against its own median, not its build."""
        local = unit(np.einsum("tji,tj->ti", self.chest, shoulder - self.joint("thorax")))
        return partway(self.chest, self.chest @ rotation_between(unit(np.median(local, 0)), local), 0.7)

    def _limb(
        self,
        bones: tuple[str, str, str],
        seen: tuple[np.ndarray, np.ndarray],
        base: np.ndarray,
        hinge: np.ndarray,
        prior: float,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rotations [T,3,3]: upper bone without twist, with twist, and lower bone.

        `hinge` [3] is the axis about which the limb bends at rest; `prior` is its weight against the plane in which
        the limb is seen to bend, which a straight limb does not have.
        """
        upper, lower = (unit(self.rig.between(*pair)) for pair in (bones[:2], bones[1:]))
        upper_seen, lower_seen = unit(seen[0]), unit(seen[1])
        axis = unit(hinge - upper * (hinge @ upper))
        swing = rotation_between(base @ upper, upper_seen) @ base
        normal = np.cross(upper_seen, lower_seen)
        bent = np.linalg.norm(normal, axis=-1, keepdims=True)  # counts twice: the more bent, the surer
        normal = gaussian_filter1d(normal * bent + prior * (swing @ axis), 0.08 * self.fps, axis=0)
        twisted = frame_of(upper_seen, normal) @ frame_of(upper, axis).T
        return swing, twisted, rotation_between(twisted @ lower, lower_seen) @ twisted

    def turn_rest(self) -> None:
        """All other bones follow their parents; fingers curl by an amount drawn for each hand."""
        curl = {side: self.rng.uniform(0, 1) for side in SIDES}
        for bone, name in enumerate(self.rig.names):
            if np.isfinite(self.turns[0, bone, 0, 0]):
                continue
            self.turns[:, bone] = self.turns[:, self.rig.parents[bone]]
            if name.startswith("finger"):
                strength = (0.3 if name.startswith("finger1") else 1.1) * self.rng.uniform(0.8, 1.2)
                self.turns[:, bone] @= rotvec_to_matrix(self._knuckle(name[-1]) * curl[name[-1]] * strength)

    def _knuckle(self, side: str) -> np.ndarray:
        """Unit axis [3] about which the fingers of a hand bend at rest."""
        along = unit(self.rig.between(f"wrist.{side}", f"finger3-1.{side}"))
        across = unit(self.rig.between(f"finger2-1.{side}", f"finger5-1.{side}"))
        palm = np.cross(along, across) * (-1 if side == "L" else 1)
        return unit(np.cross(along, palm))

    def root(self) -> np.ndarray:
        """The root bone's place [T,3]: the pelvis of the motion, scaled by the ratio of leg lengths."""
        rig = self.rig
        own = np.linalg.norm(rig.between("upperleg01.L", "lowerleg01.L"))
        own += np.linalg.norm(rig.between("lowerleg01.L", "foot.L"))
        seen = np.linalg.norm(self.joint("left_hip") - self.joint("left_knee"), axis=-1)
        seen += np.linalg.norm(self.joint("left_knee") - self.joint("left_ankle"), axis=-1)
        hips = _mid(rig, "upperleg01") - rig.heads[0]
        return self.joint("pelvis") * (own / np.median(seen)) - self.turns[:, 0] @ hips


def _mid(rig: Rig, bone: str) -> np.ndarray:
    return (rig.head(f"{bone}.L") + rig.head(f"{bone}.R")) / 2
