"""One repetition as seen from the person, so that people can be compared.

Frame: origin at the pelvis, x forward, y to the left, z up. The pelvis' own path is left out: where a camera
puts it is the least certain thing about a recording. Unit: body lengths (trunk + thigh + shin of the person).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ganbodypose.core import UserError
from ganbodypose.quality.movement.measure import checked_times
from ganbodypose.skeletons import H36M_17

RATE_HZ = 30.0
_SMOOTHING_S = 0.06
_LEAST_FRAMES, _MOST_FRAMES = 8, round(3600 * RATE_HZ)
_REST = 0.05  # of the farthest pose's distance
_SAMPLES = 16  # of the shape that tells the active side
_ONE_SIDED = 0.4  # least ratio of what differs between the sides to what both do
_BODY = (
    ("pelvis", "thorax", 1.0),
    *(
        (f"{side}_{upper}", f"{side}_{lower}", 0.5)
        for side in ("left", "right")
        for upper, lower in (("hip", "knee"), ("knee", "ankle"))
    ),
)


def canonical(joints_m: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """joints [T,17,3] m, z up, at true `times_s` [T] -> [N,17,3] at RATE_HZ in the frame above.

    Gaps of a joint are interpolated; a joint that is never there stays NaN. UserError where the repetition is
    shorter than a quarter of a second, longer than an hour, or hips, shoulders or legs are never seen.
    """
    times = checked_times(times_s, joints_m)
    count = int((times[-1] - times[0]) * RATE_HZ) + 1 if len(times) else 0
    if not _LEAST_FRAMES <= count <= _MOST_FRAMES:
        lasts = f"{times[-1] - times[0]:.2f}" if len(times) else "0"
        raise UserError(
            f"A repetition must last at least a quarter of a second, and an hour at most, not {lasts} s."
        )
    even = times[0] + np.arange(count) / RATE_HZ
    joints = np.stack([_evenly(joint, times, even) for joint in np.moveaxis(joints_m, 1, 0)], axis=1)
    joints = gaussian_filter1d(joints, _SMOOTHING_S * RATE_HZ, axis=0)
    joints = joints - joints[:, :1]
    moved = joints @ _facing(joints).T / _body_length_m(joints)
    if not np.isfinite(moved).any():
        raise UserError("Hips, shoulders and legs must be seen in a repetition, or it cannot be scored.")
    return _without_rest(moved)


def _without_rest(motion: np.ndarray) -> np.ndarray:
    """From where the first pose is left to where the last one is reached: how long a recording waits before
    and after is no part of the movement."""
    shapes = np.nan_to_num(motion).reshape(len(motion), -1)
    from_first, to_last = (np.linalg.norm(shapes - shapes[end], axis=1) for end in (0, -1))
    first = int(np.argmax(from_first > _REST * from_first.max()))
    last = len(motion) - int(np.argmax((to_last > _REST * to_last.max())[::-1]))
    return motion[max(first - 1, 0) : last + 1] if last - first >= _LEAST_FRAMES else motion


def _evenly(points: np.ndarray, times_s: np.ndarray, even_s: np.ndarray) -> np.ndarray:
    """One joint [T,3] at the even times; all NaN where it is never there."""
    seen = np.isfinite(points).all(-1)
    if not seen.any():
        return np.full((len(even_s), 3), np.nan)
    return np.stack([np.interp(even_s, times_s[seen], axis[seen]) for axis in points.T], -1)


def _facing(joints: np.ndarray) -> np.ndarray:
    """Rows forward, left, up [3,3]: the mean direction of the hip and the shoulder line over the repetition."""
    left = sum(
        joints[:, H36M_17.index(f"left_{joint}")] - joints[:, H36M_17.index(f"right_{joint}")]
        for joint in ("hip", "shoulder")
    )
    across = np.mean(left, axis=0) * [1, 1, 0]
    across = across / np.linalg.norm(across)
    up = np.array([0.0, 0.0, 1.0])
    return np.stack([np.cross(across, up), across, up])


def _body_length_m(joints: np.ndarray) -> float:
    lengths = [
        share * np.median(np.linalg.norm(joints[:, H36M_17.index(a)] - joints[:, H36M_17.index(b)], axis=-1))
        for a, b, share in _BODY
    ]
    return float(np.sum(lengths))


def mirrored(motion: np.ndarray) -> np.ndarray:
    """The motion [N,17,3] with left and right exchanged."""
    return motion[:, H36M_17.mirror] * [1, -1, 1]


@dataclass(frozen=True)
class ActiveSide:
    """Which side leads a movement that is done by one side.

    `axis` [16*17*3] is the direction in which left and right differ most among the repetitions it was learned
    from; a repetition leads with the right (by convention) where its own difference points along it. None:
    both sides do the same.
    """

    axis: np.ndarray | None

    @staticmethod
    def learn(motions: list[np.ndarray]) -> ActiveSide:
        """From canonical motions, without labels."""
        pairs = [_shapes(motion) for motion in motions]
        different = np.array([(own - other).ravel() / 2 for own, other in pairs])
        alike = [(own + other) / 2 for own, other in pairs]
        moving = np.array([np.linalg.norm(shape - shape.mean(0)) for shape in alike])
        if np.median(np.linalg.norm(different, axis=1) / np.maximum(moving, 1e-9)) < _ONE_SIDED:
            return ActiveSide(None)
        axis = np.linalg.svd(different, full_matrices=False)[2][0]
        # The sign of a singular vector is arbitrary: let the side that most repetitions lead with be first.
        return ActiveSide(axis if np.median(different @ axis) >= 0 else -axis)

    @property
    def one_sided(self) -> bool:
        return self.axis is not None

    def is_other(self, motion: np.ndarray) -> bool:
        """Whether the repetition leads with the other side than most that were learned from."""
        if self.axis is None:
            return False
        own, other = _shapes(motion)
        return bool((own - other).ravel() @ self.axis < 0)


def _shapes(motion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The motion and its mirror image at `_SAMPLES` even times [16,17,3]; missing joints at the pelvis."""
    at = np.linspace(0, len(motion) - 1, _SAMPLES)
    low = np.minimum(at.astype(int), len(motion) - 2)
    part = (at - low)[:, None, None]
    shape = np.nan_to_num(motion[low] * (1 - part) + motion[low + 1] * part)
    return shape, mirrored(shape)
