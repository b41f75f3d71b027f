"""What the charts show: the last seconds of one person, in bounded memory."""

from __future__ import annotations

from collections import deque

import numpy as np

from ganbodypose.core import FrameResult, PersonResult
from ganbodypose.quality.movement.angles import ANGLES, SIDES, joint_angles
from ganbodypose.quality.movement.repetitions import find_repetitions
from ganbodypose.sinks.base import OnePerson

CHART_S = 15.0
REPETITIONS_S = 120.0
_EVERY_S = 1 / 15
_LEAST_FRAMES = 30


class History:
    """Samples of the person followed: pose quality, expected error, joint angles, joints."""

    def __init__(self) -> None:
        self._choice = OnePerson()
        self._person: int | None = None
        self._samples: deque[tuple[float, PersonResult]] = deque()

    def add(self, result: FrameResult) -> None:
        person = self._choice.of(result)
        if person is None:
            return
        if person.track_id != self._person:
            self.clear()
            self._person = person.track_id
        if self._samples and result.time_s < self._samples[-1][0]:
            self.clear()
        samples = self._samples  # the same to the end of this, though a button may clear them in the meantime
        if samples and result.time_s - samples[-1][0] < _EVERY_S - 1e-3:
            return
        samples.append((result.time_s, person))
        while samples[0][0] < result.time_s - REPETITIONS_S:
            samples.popleft()

    def clear(self) -> None:
        """Any thread may call it."""
        self._samples = deque()

    def chart(self, angle: str) -> dict[str, np.ndarray]:
        """Over the last `CHART_S`, all [T]: `time` (s before now), `quality` (%), `error` (mm, mean over the
        joints), `left` and `right` (degrees) of one of `quality.movement.angles.ANGLES`."""
        samples = list(self._samples)
        newest = samples[-1][0] if samples else 0.0
        recent = [sample for sample in samples if sample[0] >= newest - CHART_S]
        if angle not in ANGLES:
            raise ValueError(f"no angle {angle!r}")
        joints = np.array([person.joints_3d_m for _, person in recent]).reshape(-1, 17, 3)
        angles = joint_angles(joints)
        return {
            "time": np.array([time_s - newest for time_s, _ in recent]),
            "quality": np.array([100 * person.pose_quality for _, person in recent]),
            "error": np.array([1000 * person.expected_error_m[1:].mean() for _, person in recent]),
            **{side: angles[angle, side] for side in SIDES},
        }

    def repetitions(self) -> int | None:
        """How often the movement was repeated within `REPETITIONS_S`, or since `clear`; None: unknown yet."""
        samples = list(self._samples)
        if len(samples) < _LEAST_FRAMES:
            return None
        times, joints = np.array([t for t, _ in samples]), np.array([p.joints_3d_m for _, p in samples])
        count = find_repetitions(joints, times).count.value
        return int(count) if np.isfinite(count) else None
