"""Joint angles between body segments, in degrees.

They are angles between two directions in 3D, so they do not depend on the camera and need no floor; they are
not the plane-by-plane angles of a clinical gait report. With thigh, shin, upper arm and forearm as directions
from the upper to the lower joint, and the trunk as the direction from the thorax to the pelvis:

    knee flexion        thigh to shin             0 straight leg, 90 sitting
    hip flexion         trunk to thigh            0 standing upright; also grows backwards and sideways
    elbow flexion       upper arm to forearm      0 straight arm
    shoulder elevation  trunk to upper arm        0 hanging arm, 90 horizontal in any direction, 180 overhead
"""

from __future__ import annotations

import numpy as np

from ganbodypose.quality.movement.measure import Measure, share_present
from ganbodypose.skeletons import H36M_17

_TRUNK = ("thorax", "pelvis")
_SEGMENTS = {
    "knee flexion": (("{side}_hip", "{side}_knee"), ("{side}_knee", "{side}_ankle")),
    "hip flexion": (_TRUNK, ("{side}_hip", "{side}_knee")),
    "elbow flexion": (("{side}_shoulder", "{side}_elbow"), ("{side}_elbow", "{side}_wrist")),
    "shoulder elevation": (_TRUNK, ("{side}_shoulder", "{side}_elbow")),
}
ANGLES: tuple[str, ...] = tuple(_SEGMENTS)
SIDES: tuple[str, ...] = ("left", "right")


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angle in degrees [...], 0 to 180, between directions a and b [...,3]; NaN where one has no length."""
    # atan2 keeps its precision near 0 and 180 degrees, where arccos of the dot product loses it.
    across = np.linalg.norm(np.cross(a, b), axis=-1)
    along = np.sum(a * b, axis=-1)
    defined = (np.linalg.norm(a, axis=-1) > 1e-9) & (np.linalg.norm(b, axis=-1) > 1e-9)
    return np.where(defined, np.degrees(np.arctan2(across, along)), np.nan)


def joint_angles(joints_m: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
    """Angles in degrees [...] by (angle, side), from H36M-17 joints [...,17,3] in metres and any frame."""

    def direction(segment: tuple[str, str], side: str) -> np.ndarray:
        start, end = H36M_17.indices(*(joint.format(side=side) for joint in segment))
        return np.subtract(joints_m[..., end, :], joints_m[..., start, :], dtype=np.float64)

    return {
        (angle, side): angle_between(direction(upper, side), direction(lower, side))
        for angle, (upper, lower) in _SEGMENTS.items()
        for side in SIDES
    }


def range_of_motion(angle_deg: np.ndarray) -> Measure:
    """Largest minus smallest of an angle's samples [T] in degrees; the missing ones could only widen it.

    Extremes attract errors: noise in the joints makes it too large, never too small on average.
    """
    present = angle_deg[np.isfinite(angle_deg)]
    value = float(np.ptp(present)) if present.size else np.nan
    return Measure(value, "deg", share_present(angle_deg))
