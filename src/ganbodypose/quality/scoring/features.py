"""A repetition as a few hundred named numbers that are comparable between people.

Of every channel: its value at the turning point (where the pose is farthest from the start), its change from
the start to there, and its range. Beside them timing, smoothness, and how far and fast each joint moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ganbodypose.quality.movement.smoothness import ldlj, sparc
from ganbodypose.quality.scoring.canonical import RATE_HZ, ActiveSide, canonical, mirrored
from ganbodypose.quality.scoring.channels import SIDEWAYS, courses
from ganbodypose.skeletons import H36M_17

AT_TURN, CHANGE, RANGE, WHOLE = "at the turning point", "change", "range", "whole"
_WINDOW = 0.05  # share of the repetition that counts as its start, or as the turning point
_MOVING = ("thorax", "head_top", "wrist", "ankle", "knee")
STILL = 0.02  # body lengths (per second): movement less than this is noise


@dataclass(frozen=True)
class Feature:
    """`statistic` of a `channel`; side 'left', 'right', '' (no sides), 'both' (mean) or 'difference'."""

    statistic: str
    channel: str
    side: str = ""

    @property
    def key(self) -> str:
        return "|".join((self.statistic, self.channel, self.side))

    @staticmethod
    def from_key(key: str) -> Feature:
        return Feature(*key.split("|"))


Description = dict[Feature, float]


@dataclass(frozen=True)
class Repetition:
    """One repetition as a canonical `motion` [N,17,3]; it is described only once, however often it is used."""

    motion: np.ndarray

    @staticmethod
    def of(joints_m: np.ndarray, times_s: np.ndarray) -> Repetition:
        """From joints [T,17,3] m, z up, at times [T]; UserError as `canonical`."""
        return Repetition(canonical(joints_m, times_s))

    @property
    def duration_s(self) -> float:
        return len(self.motion) / RATE_HZ

    def described(self, side: ActiveSide) -> Description:
        """Its features, as if led by the side most led with where the movement has one. Unknown is NaN."""
        if not side.one_sided:
            return _without_sides(self._as_it_is)
        return self._mirrored if side.is_other(self.motion) else self._as_it_is

    @cached_property
    def _as_it_is(self) -> Description:
        return _of_channels(self.motion) | _of_whole(self.motion)

    @cached_property
    def _mirrored(self) -> Description:
        motion = mirrored(self.motion)
        return _of_channels(motion) | _of_whole(motion)


def _of_channels(motion: np.ndarray) -> Description:
    width = max(1, int(len(motion) * _WINDOW))
    turn = turning_point(motion)
    around = slice(max(0, turn - width), turn + width + 1)
    channels = courses(motion)
    values = np.stack(list(channels.values()))  # [C,N]
    low, high = np.percentile(values, [3, 97], axis=1)
    at_turn, at_start = values[:, around].mean(1), values[:, :width].mean(1)
    statistics = {AT_TURN: at_turn, CHANGE: at_turn - at_start, RANGE: high - low}
    return {
        Feature(statistic, channel, side): float(value)
        for statistic, of_all in statistics.items()
        for (channel, side), value in zip(channels, of_all, strict=True)
    }


def turning_point(motion: np.ndarray) -> int:
    """The frame in which the pose is farthest from that of the first frames."""
    return int(np.argmax(_distance_from_start(motion)))


def _distance_from_start(motion: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.nan_to_num(motion - motion[:3].mean(0)).reshape(len(motion), -1), axis=1)


def _of_whole(motion: np.ndarray) -> Description:
    away = _distance_from_start(motion)
    speed = np.linalg.norm(np.gradient(motion, axis=0), axis=-1) * RATE_HZ
    mean_speed, times = np.nanmean(speed, axis=1), np.arange(len(motion)) / RATE_HZ
    found = {
        Feature(WHOLE, "duration"): len(motion) / RATE_HZ,
        Feature(WHOLE, "time of the turning point"): np.argmax(away) / len(motion),
        Feature(WHOLE, "time near the turning point"): float(np.mean(away > 0.8 * away.max())),
        Feature(WHOLE, "size of the movement"): away.max(),
        Feature(WHOLE, "smoothness (SPARC)"): sparc(mean_speed, times).value,
        Feature(WHOLE, "smoothness (LDLJ)"): ldlj(mean_speed, times).value,
    }
    for index, joint in enumerate(H36M_17.joints):
        side, part = joint.split("_", 1) if joint.startswith(("left_", "right_")) else ("", joint)
        if part in _MOVING:
            path = speed[:, index].sum() / RATE_HZ
            peak = np.percentile(speed[:, index], 95)
            found[Feature(WHOLE, f"path of the {part}", side)] = float(np.log(path + STILL))
            found[Feature(WHOLE, f"peak speed of the {part}", side)] = float(np.log(peak + STILL))
    return found


def _without_sides(found: Description) -> Description:
    """Left and right become their mean and their difference; what has a direction sideways, its size."""
    result: Description = {}
    for feature, value in found.items():
        if feature.side == "left":
            right = found[Feature(feature.statistic, feature.channel, "right")]
            result[Feature(feature.statistic, feature.channel, "both")] = (value + right) / 2
            result[Feature(feature.statistic, feature.channel, "difference")] = abs(value - right)
        elif not feature.side:
            result[feature] = abs(value) if feature.channel in SIDEWAYS else value
    return result
