"""Short pieces of recorded motion, from sources weighted by how much variety they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ganbodypose.core import Clip, UserError
from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.skeletons import H36M_17

FPS = 25.0
_MIRROR = list(H36M_17.mirror)
# Chance of a source relative to the others: long ones of standing about count less than dances.
_WEIGHTS = {"reactidle": 0.4, "cmu_expmap_mixed": 0.8, "uiprmd_vicon": 1.2, "cmu_daz_dance_martial": 1.4}


@dataclass(frozen=True)
class Motion:
    """joints_m [T,17,3] world, z up, at FPS; name 'file:clip' of the recording, its subject and action; first: the
    recording's frame it begins with; mirrored left to right or not."""

    joints_m: np.ndarray
    name: str
    subject: str
    action: str
    first: int
    mirrored: bool


class Motions:
    """The recordings of one split."""

    def __init__(self, clips: Sequence[Clip], frames: int) -> None:
        """Only recordings that last `frames` frames at FPS are used; UserError when none does."""
        long_enough = [clip for clip in clips if len(clip.joints_m) >= self._span(clip, frames)]
        if not long_enough:
            raise UserError(
                f"No recorded motion of this split lasts {frames / FPS:g} s; ask for shorter clips."
            )
        self._frames = frames
        self._sources = {
            s: [c for c in long_enough if c.source == s] for s in {c.source for c in long_enough}
        }
        self._sources = dict(sorted(self._sources.items()))
        weights = np.array([_WEIGHTS.get(source, 1.0) for source in self._sources])
        self._chances = weights / weights.sum()

    @staticmethod
    def _span(clip: Clip, frames: int) -> int:
        return int(np.ceil((frames - 1) * clip.fps / FPS)) + 1

    def sample(self, rng: np.random.Generator) -> Motion:
        """A piece of a random recording, turned about the vertical, in half of the cases mirrored."""
        source = list(self._sources.values())[rng.choice(len(self._chances), p=self._chances)]
        clip = source[rng.integers(len(source))]
        span = self._span(clip, self._frames)
        first = int(rng.integers(0, len(clip.joints_m) - span + 1))
        joints = _resampled(clip.joints_m[first : first + span].astype(float), clip.fps, self._frames)
        joints = joints @ rotvec_to_matrix(np.array([0, 0, rng.uniform(0, 2 * np.pi)])).T
        motion = Motion(joints, f"{clip.source}:{clip.name}", clip.subject, clip.action, first, False)
        return mirrored(motion) if rng.random() < 0.5 else motion


def mirrored(motion: Motion) -> Motion:
    joints = motion.joints_m[:, _MIRROR] * [-1, 1, 1]
    return replace(motion, joints_m=joints, mirrored=not motion.mirrored)


def _resampled(joints: np.ndarray, fps: float, frames: int) -> np.ndarray:
    """`frames` frames at FPS, linear between the recording's."""
    time = np.minimum(np.arange(frames) * fps / FPS, len(joints) - 1)
    before = np.minimum(time.astype(int), len(joints) - 2)
    part = (time - before)[:, None, None]
    return joints[before] * (1 - part) + joints[before + 1] * part
