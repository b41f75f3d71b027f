"""Windows of human motion for training: balanced sampling, bodies drawn anew, limbs turned, sides mirrored.

Everything works on bone vectors [B,T,16,3] (child minus parent, world frame, z up): changing a length or
turning a limb moves what hangs from it, by construction. B windows of T frames are made at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ganbodypose.core import Clip
from ganbodypose.geometry.bones import to_bones, to_joints
from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.skeletons import H36M_17

_MIRROR = np.array(H36M_17.mirror)

# Share of the windows that each source gives; standing still and single exercises count for less than they last.
SOURCE_WEIGHTS = {
    "cmu_amc_s01-03": 0.20,
    "cmu_daz_dance_martial": 0.20,
    "cmu_expmap_mixed": 0.17,
    "deepmimic": 0.16,
    "reactidle": 0.05,
    "uiprmd_vicon": 0.22,
}

# Mean bone lengths (m) of real bodies, joints 1..16; the second is the mean of published Human3.6M subjects.
H36M_BODY = np.array(
    [
        0.133,
        0.440,
        0.446,
        0.133,
        0.440,
        0.446,
        0.243,
        0.254,
        0.114,
        0.115,
        0.155,
        0.278,
        0.248,
        0.155,
        0.278,
        0.248,
    ]
)


def _subtree(joint: str) -> np.ndarray:
    """Bones (0..15) that turn with `joint`: the bones below it."""
    turned = {H36M_17.index(joint)}
    for child, parent in enumerate(H36M_17.parents):
        if parent in turned:
            turned.add(child)
    return np.array(sorted(turned - {H36M_17.index(joint)})) - 1


def _limb_turns() -> tuple[tuple[np.ndarray, float], ...]:
    """(bones that turn together, share of the window's turning strength)."""
    upper_body = np.array([b for b in range(16) if b >= H36M_17.index("spine") - 1])
    turns: list[tuple[np.ndarray, float]] = [(upper_body, 0.4), (_subtree("thorax")[:2], 0.4)]
    for side in ("left", "right"):
        turns += [(_subtree(f"{side}_hip"), 0.6), (_subtree(f"{side}_knee"), 0.25)]
        turns += [(_subtree(f"{side}_shoulder"), 1.0), (_subtree(f"{side}_elbow"), 0.5)]
    return tuple(turns)


_TURNS = _limb_turns()
_UPPER = np.arange(6, 16)


@dataclass(frozen=True)
class MotionWindow:
    """joints_m [B,T,17,3] world frame, absolute; dt_s [B] frame interval."""

    joints_m: np.ndarray
    dt_s: np.ndarray


class MotionBank:
    """All clips of a split, ready to be sampled."""

    def __init__(self, clips: Sequence[Clip]) -> None:
        if not clips:
            raise ValueError("no clips to sample from")
        self.poses = np.concatenate([clip.joints_m for clip in clips])
        lengths = np.array([len(clip.joints_m) for clip in clips])
        self.start = np.concatenate([[0], lengths.cumsum()[:-1]])
        self.length = lengths
        self.fps = np.array([clip.fps for clip in clips])
        self.weight = _clip_weights([clip.source for clip in clips], lengths)
        self.source = np.array([clip.source for clip in clips])
        self.bodies = real_bodies(clips)

    def sample(
        self, rng: np.random.Generator, windows: int, frames: int, augment: bool = True
    ) -> MotionWindow:
        """Random windows at random frame rates of 24 to 60; `augment` draws bodies and limbs anew."""
        clip = rng.choice(len(self.length), windows, p=self.weight)
        dt = 1 / np.where(
            rng.random(windows) < 0.6,
            rng.choice([25.0, 30.0, 50.0, 60.0], windows),
            rng.uniform(24, 60, windows),
        )
        speed = rng.uniform(0.8, 1.25, windows) if augment else np.ones(windows)
        stride = dt * self.fps[clip] * speed
        start = rng.random(windows) * np.maximum(self.length[clip] - 1 - stride * (frames - 1), 0)
        joints = self._interpolate(clip, start[:, None] + stride[:, None] * np.arange(frames))
        if augment:
            joints = self._augmented(rng, joints)
        return MotionWindow(joints, dt)

    def every_window(self, frames: int, fps: float = 30.0) -> tuple[MotionWindow, np.ndarray]:
        """The whole split once, unchanged, in windows of `frames` at `fps` (the rest of a clip that is shorter
        is left out unless the clip has no full window: then its last frame is held). With each window's clip."""
        stride = self.fps / fps
        count = np.maximum(1, ((self.length - 1) / stride + 1) // frames).astype(int)
        clip = np.repeat(np.arange(len(count)), count)
        number = np.arange(len(clip)) - np.repeat(count.cumsum() - count, count)
        at = (number[:, None] * frames + np.arange(frames)) * stride[clip][:, None]
        return MotionWindow(self._interpolate(clip, at), np.full(len(clip), 1 / fps)), clip

    def _interpolate(self, clip: np.ndarray, at: np.ndarray) -> np.ndarray:
        last = self.length[clip][:, None] - 1
        at = np.minimum(at, last)
        low = np.floor(at).astype(np.int64)
        part = (at - low)[..., None, None].astype(np.float32)
        base = self.start[clip][:, None]
        return self.poses[base + low] * (1 - part) + self.poses[base + np.minimum(low + 1, last)] * part

    def _augmented(self, rng: np.random.Generator, joints: np.ndarray) -> np.ndarray:
        root, bones = joints[:, :, 0], to_bones(joints)
        legs = np.linalg.norm(bones[:, 0, [1, 2]], axis=-1).sum(-1)
        bones = _recombine(rng, bones)
        bones = _turn_limbs(rng, bones)
        bones = self._redraw_bodies(rng, bones)
        root = root * (np.linalg.norm(bones[:, 0, [1, 2]], axis=-1).sum(-1) / legs)[:, None, None]
        joints = to_joints(bones) + root[:, :, None]
        mirrored = joints[:, :, _MIRROR] * np.array([-1, 1, 1], np.float32)
        return np.where(rng.random(len(joints))[:, None, None, None] < 0.5, mirrored, joints)

    def _redraw_bodies(self, rng: np.random.Generator, bones: np.ndarray) -> np.ndarray:
        """Limb directions kept, lengths of a random real body, jittered alike on both sides."""
        n = len(bones)
        jitter = np.exp(rng.normal(0, 0.03, (n, 16)))
        twin = np.array(H36M_17.mirror)[1:] - 1
        jitter = np.sqrt(jitter * jitter[:, twin])
        length = (
            self.bodies[rng.integers(len(self.bodies), size=n)] * jitter * np.exp(rng.normal(0, 0.05, (n, 1)))
        )
        kept = rng.random(n) < 0.15  # the clip's own body
        norm = np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-6)
        redrawn = bones / norm * length[:, None, :, None]
        return np.where(kept[:, None, None, None], bones, redrawn).astype(np.float32)


def _clip_weights(sources: list[str], lengths: np.ndarray) -> np.ndarray:
    share = {s: lengths[[i for i, t in enumerate(sources) if t == s]].sum() for s in set(sources)}
    weight = np.array(
        [SOURCE_WEIGHTS.get(s, 0.1) * n / share[s] for s, n in zip(sources, lengths, strict=True)]
    )
    return weight / weight.sum()


def real_bodies(clips: Sequence[Clip]) -> np.ndarray:
    """Median bone lengths [bodies,16] of the real people among the clips, and of published Human3.6M subjects."""
    subjects: dict[tuple[str, str], list[np.ndarray]] = {}
    for clip in clips:
        if clip.source in ("uiprmd_vicon", "cmu_amc_s01-03"):
            length = np.linalg.norm(to_bones(clip.joints_m[::10]), axis=-1)
            subjects.setdefault((clip.source, clip.subject), []).append(np.median(length, 0))
    bodies = [np.median(lengths, 0) for lengths in subjects.values()]
    return np.stack([*bodies, *[H36M_BODY] * max(1, len(bodies) // 3)])


def _heading(bones: np.ndarray) -> np.ndarray:
    """Rotations [B,T,3,3] about the vertical that turn x onto the left-to-right line of the hips."""
    hips = bones[..., 3, :] - bones[..., 0, :]
    yaw = np.arctan2(hips[..., 1], hips[..., 0])
    c, s, o = np.cos(yaw), np.sin(yaw), np.zeros_like(yaw)
    return np.stack([c, -s, o, s, c, o, o, o, o + 1], -1).reshape(*yaw.shape, 3, 3).astype(np.float32)


def _turn_limbs(rng: np.random.Generator, bones: np.ndarray) -> np.ndarray:
    """Limbs turned about their joints by angles held through the window, relative to the body's heading."""
    n = len(bones)
    heading = _heading(bones)
    strength = np.abs(rng.normal(0, 0.25, n)) * (rng.random(n) < 0.5)
    local = np.einsum("btji,btkj->btki", heading, bones)
    for group, share in _TURNS:
        turn = rotvec_to_matrix(rng.normal(0, 1, (n, 3)) * (strength * share)[:, None]).astype(np.float32)
        local[:, :, group] = np.einsum("bij,btkj->btki", turn, local[:, :, group])
    return np.einsum("btij,btkj->btki", heading, local)


def _recombine(rng: np.random.Generator, bones: np.ndarray, share: float = 0.10) -> np.ndarray:
    """A part of the windows takes the upper body of another window, in the heading of its own."""
    chosen = np.flatnonzero(rng.random(len(bones)) < share)
    donors = rng.permutation(len(bones))[: len(chosen)]
    turn = np.einsum("btij,btkj->btik", _heading(bones[chosen]), _heading(bones[donors]))
    mixed = bones.copy()
    mixed[np.ix_(chosen, np.arange(bones.shape[1]), _UPPER)] = np.einsum(
        "btij,btkj->btki", turn, bones[donors][:, :, _UPPER]
    )
    return mixed
