"""How a method bears corruptions: error and pose quality over their level, and whether the quality tells.

The pose quality must fall as the truth gets worse. Rank correlations of its lack say how well it does, 1 being
perfect: with the error and with the level itself, over the levels of a corruption (means), and with the error over
single frames of all corruptions together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.metrics import pose, ranking

CLEAN = "clean"


@dataclass(frozen=True)
class Frames:
    """What came out under one condition: joints_m and truth_m [N,17,3] m in one frame, pose_quality [N] in [0,1],
    expected_error_m [N,17]. A frame without a pose is NaN."""

    joints_m: np.ndarray
    truth_m: np.ndarray
    pose_quality: np.ndarray
    expected_error_m: np.ndarray

    @property
    def error_m(self) -> np.ndarray:
        """Mean error [N] over the joints of each frame, relative to the pelvis."""
        errors = pose.joint_errors(pose.root_relative(self.joints_m), pose.root_relative(self.truth_m))
        known = np.isfinite(errors)
        return np.where(known, errors, 0).sum(-1) / np.where(known.any(-1), known.sum(-1), np.nan)

    @staticmethod
    def together(parts: Sequence[Frames]) -> Frames:
        names = ("joints_m", "truth_m", "pose_quality", "expected_error_m")
        return Frames(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True)
class Point:
    """One level of one corruption; level 0 is the clean input. missing: share of frames without a pose."""

    corruption: str
    level: int
    frames: int
    missing: float
    mpjpe_mm: float
    pa_mpjpe_mm: float
    pose_quality: float
    expected_error_mm: float


@dataclass(frozen=True)
class Robustness:
    """points: every level of every corruption; truth: what errors are counted against."""

    subject: str
    source: str
    truth: str
    points: tuple[Point, ...]
    spearman_levels: Mapping[str, float]
    spearman_frames: float

    @property
    def corruptions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(p.corruption for p in self.points if p.corruption != CLEAN))

    @property
    def spearman_quality(self) -> dict[str, float]:
        """By corruption, whether the mean quality falls from level to level: 1 where it always does. A frame without
        a pose counts as 0."""
        found = {}
        for name in self.corruptions:
            curve = self.curve(name)
            quality = [np.nan_to_num(p.pose_quality) * (1 - p.missing) for p in curve]
            found[name] = ranking.spearman(np.array([p.level for p in curve]), -np.array(quality))
        return found

    def curve(self, corruption: str) -> list[Point]:
        """The clean point, then the levels."""
        return _curve(self.points, corruption)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "points": [asdict(point) for point in self.points],
            "spearman_levels_mean": pose.finite_mean(np.array(list(self.spearman_levels.values()))),
            "spearman_quality": self.spearman_quality,
        }


Condition = tuple[str, int]


def summarise(
    subject: str, source: str, truth: str, conditions: Iterable[tuple[Condition, Frames]]
) -> Robustness:
    """Curves and rank correlations from the frames of each condition ('clean' at level 0, corruption at level 1..5; a
    corruption with a level 0 of its own starts there)."""
    points, errors, qualities = [], [], []
    for (corruption, level), frames in conditions:
        points.append(_point(corruption, level, frames))
        errors.append(frames.error_m)
        qualities.append(frames.pose_quality)
    if not points:
        raise UserError("There is nothing to compare: no frame has a pose.")
    names = dict.fromkeys(p.corruption for p in points if p.corruption != CLEAN)
    levels = {name: _agreement(_curve(points, name)) for name in names}
    frames_agree = ranking.spearman(np.concatenate(errors), -np.concatenate(qualities))
    return Robustness(subject, source, truth, tuple(points), levels, frames_agree)


def _curve(points: Sequence[Point], corruption: str) -> list[Point]:
    """The points of one corruption, from its own level 0 if it has one, else from the clean input."""
    own = [point for point in points if point.corruption == corruption]
    return own if own and own[0].level == 0 else [p for p in points if p.corruption == CLEAN] + own


def _agreement(points: Sequence[Point]) -> float:
    """Rank correlation between error and lack of quality over the levels."""
    error, quality = np.array([[p.mpjpe_mm, p.pose_quality] for p in points]).T
    return ranking.spearman(error, -quality)


def _point(corruption: str, level: int, frames: Frames) -> Point:
    relative, truth = pose.root_relative(frames.joints_m), pose.root_relative(frames.truth_m)
    given = np.isfinite(frames.joints_m).all(-1).any(-1)
    return Point(
        corruption,
        level,
        len(given),
        float(1 - given.mean()) if len(given) else float("nan"),
        1000 * pose.mpjpe(relative, truth),
        1000 * pose.pa_mpjpe(relative, truth),
        pose.finite_mean(frames.pose_quality),
        1000 * pose.finite_mean(frames.expected_error_m[:, 1:]),
    )
