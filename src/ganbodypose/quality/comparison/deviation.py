"""How far a repetition is from a reference, joint by joint and moment by moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.geometry.kinematics import bone_lengths, with_bone_lengths
from ganbodypose.geometry.procrustes import rigid_align
from ganbodypose.quality.comparison.warping import pose_costs, warping_path
from ganbodypose.skeletons import H36M_17

PHASES = ("beginning", "way there", "turning point", "way back", "end")
_SAMPLES = 100  # of either repetition: all that its movement holds, and quick


@dataclass(frozen=True)
class Deviation:
    """Of one repetition from one reference, in pairs of moments P in time order.

    own_s, reference_s [P]: the moments; own_m, reference_m [P,17,3]: the reference in the bones of the person, and the
    person turned onto it; deviation_m [P,17]: between the two. Bones are those of the person in both, so that a
    different build is no mistake.
    """

    own_s: np.ndarray
    reference_s: np.ndarray
    own_m: np.ndarray
    reference_m: np.ndarray

    @property
    def deviation_m(self) -> np.ndarray:
        return np.linalg.norm(self.own_m - self.reference_m, axis=-1)

    @property
    def mean_m(self) -> float:
        return float(self.deviation_m.mean())

    def by_joint(self) -> np.ndarray:
        """Means [17] m."""
        return self.deviation_m.mean(0)

    def by_phase(self) -> dict[str, np.ndarray]:
        """Means [17] m of each fifth of the reference's duration."""
        span = max(np.ptp(self.reference_s), 1e-9)
        phase = (
            ((self.reference_s - self.reference_s[0]) / span * len(PHASES))
            .astype(int)
            .clip(max=len(PHASES) - 1)
        )
        return {
            name: self.deviation_m[phase == k].mean(0)
            if (phase == k).any()
            else np.full(len(H36M_17), np.nan)
            for k, name in enumerate(PHASES)
        }

    def worst_moments(self, count: int = 3, apart: float = 0.15) -> list[int]:
        """Rows P of the largest mean deviation, at least a share `apart` of the pairs from each other."""
        found: list[int] = []
        mean = self.deviation_m.mean(1)
        for row in np.argsort(-mean):
            if len(found) < count and all(abs(row - other) >= apart * len(mean) for other in found):
                found.append(int(row))
        return found


def deviation(
    own_m: np.ndarray, own_s: np.ndarray, reference_m: np.ndarray, reference_s: np.ndarray
) -> Deviation:
    """Of a repetition own_m [T,17,3] m at own_s [T] from reference_m [R,17,3] at reference_s [R], all joints known.

    Bones to one build, times warped, then each pair turned onto each other (Procrustes, no scale).
    """
    own_even_s, own = _resampled(own_m, own_s)
    reference_even_s, reference = _resampled(reference_m, reference_s)
    reference = with_bone_lengths(reference, bone_lengths(own))
    path = warping_path(pose_costs(own, reference))
    rows, columns = path.T
    turned = rigid_align(own[rows], reference[columns])
    return Deviation(own_even_s[rows], reference_even_s[columns], turned, reference[columns])


def _resampled(joints_m: np.ndarray, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    even = np.linspace(times_s[0], times_s[-1], _SAMPLES)
    flat = joints_m.reshape(len(joints_m), -1)
    return even, np.stack([np.interp(even, times_s, c) for c in flat.T], -1).reshape(_SAMPLES, -1, 3)
