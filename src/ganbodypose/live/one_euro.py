"""One-euro filter at true timestamps: smooth while still, quick while moving.

G. Casiez, N. Roussel, D. Vogel: 1 Euro Filter, CHI 2012, https://gery.casiez.net/1euro/. A first-order low-pass
whose cutoff grows with speed. Here the speed is that of the point in 3D, so that the axes share one cutoff and
the result does not depend on how the camera is turned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ganbodypose.core import FrameResult, PersonResult

DEFAULT_STRENGTH = 0.4
FORGET_AFTER_S = 1.0  # who was away longer starts afresh
_WEAKEST_HZ, _STRONGEST_HZ = 12.0, 0.4  # cutoff at rest
_HZ_PER_SPEED = 6.0  # what the cutoff gains per m/s
_SPEED_CUTOFF_HZ = 1.0


@dataclass(frozen=True)
class _Course:
    """The filtered points [K,3] m at time_s, and their smoothed velocity [K,3] m/s."""

    points: np.ndarray
    velocity: np.ndarray
    time_s: float

    def next(self, points: np.ndarray, time_s: float, rest_hz: float) -> _Course:
        dt_s = time_s - self.time_s
        if dt_s <= 0:
            return self
        known = np.isfinite(self.points).all(-1, keepdims=True)
        step = np.where(known, points - self.points, 0.0) / dt_s
        velocity = self.velocity + _gain(_SPEED_CUTOFF_HZ, dt_s) * (np.nan_to_num(step) - self.velocity)
        cutoff_hz = rest_hz + _HZ_PER_SPEED * np.linalg.norm(velocity, axis=-1, keepdims=True)
        smooth = self.points + _gain(cutoff_hz, dt_s) * (points - self.points)
        return _Course(np.where(known, smooth, points), velocity, time_s)


def _gain(cutoff_hz: np.ndarray | float, dt_s: float) -> np.ndarray | float:
    return 1 / (1 + 1 / (2 * np.pi * cutoff_hz * dt_s))


class PoseSmoother:
    """Filters the 3D joints and places of everybody in a stream; the keypoints and errors stay as they are.

    Pass a `strength` from 0 (not at all) to 1 (as calm as possible) with each frame. A missing joint stays
    missing and starts afresh.
    """

    def __init__(self) -> None:
        self._courses: dict[int, _Course] = {}

    def __call__(self, result: FrameResult, strength: float) -> FrameResult:
        if strength <= 0:
            self._courses.clear()
            return result
        rest_hz = _WEAKEST_HZ * (_STRONGEST_HZ / _WEAKEST_HZ) ** min(strength, 1.0)
        self._courses = {
            person: course
            for person, course in self._courses.items()
            if 0 <= result.time_s - course.time_s <= FORGET_AFTER_S
        }
        persons = tuple(self._smooth(person, result.time_s, rest_hz) for person in result.persons)
        return replace(result, persons=persons)

    def _smooth(self, person: PersonResult, time_s: float, rest_hz: float) -> PersonResult:
        points = np.concatenate([person.joints_3d_m, person.root_camera_m[None]]).astype(np.float64)
        before = self._courses.get(person.track_id) or _Course(points, np.zeros_like(points), time_s)
        course = self._courses[person.track_id] = before.next(points, time_s, rest_hz)
        return replace(person, joints_3d_m=course.points[:-1], root_camera_m=course.points[-1])
