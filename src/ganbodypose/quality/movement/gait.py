"""Gait events and what follows from them, where the motion is gait.

J. A. Zeni, J. G. Richards, J. S. Higginson, "Two simple methods for determining gait events during treadmill and
overground walking using kinematic data", Gait & Posture 27:710-714, 2008, the coordinate-based method: a foot strikes
when it is farthest in front of the pelvis, and leaves the floor when it is farthest behind. It needs no floor and no
place in the room, and there are no feet here: the ankle stands for the heel. It is gait where strikes of left and
right alternate, at least four in a row, at 60 to 240 steps a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from ganbodypose.quality.movement.angles import SIDES
from ganbodypose.quality.movement.measure import Measure, checked_times
from ganbodypose.skeletons import H36M_17

_RATE_HZ = 50.0
_SMOOTHING_S = 0.04
_HEADING_SMOOTHING_S = 0.3
_LEAST_STRIDE_S = 0.5
_LEAST_SWING_M = 0.12  # prominence of the ankle's way to and fro
_STEP_S = (0.25, 1.0)
_LEAST_STEPS = 4
_MAX_GAP_S = 0.3
_LEAST_FRAMES = 5
_NEEDED = H36M_17.indices("right_hip", "left_hip", "right_ankle", "left_ankle")


@dataclass(frozen=True)
class Step:
    """A foot strike: `side`, `time_s`, the distance between the ankles along the way then, and when the same foot
    leaves the floor (NaN: not seen)."""

    side: str
    time_s: float
    length_m: float
    off_s: float


@dataclass(frozen=True)
class Gait:
    """Steps in time order; `bouts` are ranges [start, stop) of steps that follow each other."""

    steps: tuple[Step, ...]
    bouts: tuple[tuple[int, int], ...]
    validity: float

    def measures(self) -> dict[str, Measure]:
        """Cadence, times, lengths and their symmetry; unknown where there is no gait."""
        step_s, by_side = self._step_times()
        stance = [self._stance_share(i) for i in range(len(self.steps))]
        lengths = [step.length_m for step in self.steps]
        left, right = (_mean(by_side[side]) for side in SIDES)
        values = {
            "gait, steps": (len(self.steps) or np.nan, ""),
            "gait, cadence": (60 / _mean(step_s), "1/min"),
            "gait, stride time": (2 * _mean(step_s), "s"),
            "gait, step time variation": (
                100 * float(np.std(step_s)) / _mean(step_s) if step_s else np.nan,
                "%",
            ),
            "gait, step time symmetry": (200 * (left - right) / (left + right), "%"),
            "gait, step length": (_mean(lengths), "m"),
            "gait, stance share of the stride": (100 * _mean(stance), "%"),
        }
        return {name: Measure(value, unit, self.validity) for name, (value, unit) in values.items()}

    def _step_times(self) -> tuple[list[float], dict[str, list[float]]]:
        """Times between strikes within bouts, all, and by the side that ends them."""
        every: list[float] = []
        by_side: dict[str, list[float]] = {side: [] for side in SIDES}
        for start, stop in self.bouts:
            for before, step in zip(self.steps[start : stop - 1], self.steps[start + 1 : stop], strict=True):
                every.append(step.time_s - before.time_s)
                by_side[step.side].append(step.time_s - before.time_s)
        return every, by_side

    def _stance_share(self, index: int) -> float:
        """From this strike to the foot's leaving, as a share of the stride to its next strike; NaN at an end."""
        step = self.steps[index]
        following = [
            s for start, stop in self.bouts if start <= index < stop for s in self.steps[index + 2 : stop]
        ]
        if not following or not step.off_s < following[0].time_s:
            return float("nan")
        return (step.off_s - step.time_s) / (following[0].time_s - step.time_s)


def find_gait(joints_m: np.ndarray, times_s: np.ndarray, up: np.ndarray) -> Gait:
    """Gait in joints [T,17,3] m at `times_s` [T] s; `up` [3] points away from the floor.

    Frames in which a hip or ankle is missing are bridged up to 0.3 s; no bout goes on beyond that.
    """
    times = checked_times(times_s, joints_m)
    known = np.isfinite(joints_m[:, _NEEDED]).all((1, 2))
    joints, seen_s = joints_m[known], times[known]
    breaks = np.flatnonzero(np.diff(seen_s) > _MAX_GAP_S) + 1
    stretches = zip(np.split(joints, breaks), np.split(seen_s, breaks), strict=True)
    bouts = [bout for stretch in stretches for bout in _bouts(_steps(*stretch, up))]
    ends = np.cumsum([0] + [len(bout) for bout in bouts])
    validity = float(known.mean()) if len(known) else 0.0
    return Gait(tuple(step for bout in bouts for step in bout), tuple(pairwise(ends.tolist())), validity)


def _steps(joints_m: np.ndarray, times_s: np.ndarray, up: np.ndarray) -> list[Step]:
    """Every foot strike, in time order, in frames without a long gap."""
    if len(times_s) < _LEAST_FRAMES:
        return []
    even = np.arange(times_s[0], times_s[-1], 1 / _RATE_HZ)
    ways = _ways(joints_m, times_s, even, np.asarray(up, dtype=np.float64))
    strikes = sorted((float(even[i]), side, i) for side in SIDES for i in _peaks(ways[side]))
    leaving = {side: _peaks(-ways[side]) for side in SIDES}
    return [_step(side, i, ways, leaving[side], even) for _, side, i in strikes]


def _ways(
    joints_m: np.ndarray, times_s: np.ndarray, even_s: np.ndarray, up: np.ndarray
) -> dict[str, np.ndarray]:
    """By side, how far the ankle is in front of the hips [N] m at even times."""
    right_hip, left_hip, right_ankle, left_ankle = (joints_m[:, j] for j in _NEEDED)
    forward = np.cross(up / np.linalg.norm(up), right_hip - left_hip)
    forward = _resampled(
        forward / np.maximum(np.linalg.norm(forward, axis=-1, keepdims=True), 1e-9), times_s, even_s
    )
    forward = gaussian_filter1d(forward, _HEADING_SMOOTHING_S * _RATE_HZ, axis=0)
    middle = (right_hip + left_hip) / 2
    ways = {}
    for side, ankle in (("left", left_ankle), ("right", right_ankle)):
        way = (_resampled(ankle - middle, times_s, even_s) * forward).sum(-1)
        ways[side] = gaussian_filter1d(way, _SMOOTHING_S * _RATE_HZ)
    return ways


def _resampled(values: np.ndarray, times_s: np.ndarray, even_s: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(even_s, times_s, column) for column in values.T], -1)


def _peaks(way: np.ndarray) -> np.ndarray:
    peaks, _ = find_peaks(way, prominence=_LEAST_SWING_M, distance=_LEAST_STRIDE_S * _RATE_HZ)
    return peaks


def _step(side: str, row: int, ways: dict[str, np.ndarray], leaving: np.ndarray, even_s: np.ndarray) -> Step:
    other = "left" if side == "right" else "right"
    after = leaving[leaving > row]
    off_s = float(even_s[after[0]]) if after.size else float("nan")
    return Step(side, float(even_s[row]), float(ways[side][row] - ways[other][row]), off_s)


def _bouts(steps: list[Step]) -> list[list[Step]]:
    """Runs of at least four steps that alternate at a walking or running pace."""
    breaks = [0]
    for i in range(1, len(steps)):
        before, step = steps[i - 1], steps[i]
        if before.side == step.side or not _STEP_S[0] <= step.time_s - before.time_s <= _STEP_S[1]:
            breaks.append(i)
    breaks.append(len(steps))
    return [steps[a:b] for a, b in pairwise(breaks) if b - a >= _LEAST_STEPS]


def _mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")
