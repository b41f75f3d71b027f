"""Joint angles plane by plane, by the conventions of the International Society of Biomechanics, in degrees.

G. Wu et al., J. Biomechanics 35:543-548, 2002 (hip, spine) and 38:981-992, 2005 (shoulder). Segment axes: X
forward, Y up, Z to the right. 17 joints are fewer than the landmarks ISB asks for, so:

    pelvis          Z along the hip line, Y from the pelvis towards the spine joint, not by the iliac spines:
                    its forward tilt, and with it hip flexion, has an offset of its own for each person
    thorax          Z along the shoulder line, Y from the spine joint to the thorax, not by sternum and vertebrae;
                    raising a shoulder tilts it
    hip             flexion and adduction; rotation about the thigh cannot be seen while the knee is straight
    shoulder        plane of elevation and elevation; axial rotation likewise
    trunk           thorax against pelvis. Where the spine joint is only the middle of pelvis and thorax (detectors
                    without a spine), flexion and lateral bending between them are no measurement
    knee, elbow     only the angle between the segments (`angles.joint_angles`): no varus, no rotation
    ankle, wrist    none: there is no foot and no hand

Any right-handed frame will do.
"""

from __future__ import annotations

import numpy as np

from ganbodypose.geometry.rotation import unit
from ganbodypose.quality.movement.angles import SIDES
from ganbodypose.skeletons import H36M_17

# Nearer than this to hanging or overhead, the plane in which the arm is raised is mostly noise.
_LEAST_ELEVATION_DEG = 10.0


def pelvis_axes(joints_m: np.ndarray) -> np.ndarray:
    """Rows X forward, Y up, Z right [...,3,3] of the pelvis, from joints [...,17,3]; NaN where undefined."""
    return _axes(joints_m, ("pelvis", "spine"), ("left_hip", "right_hip"))


def thorax_axes(joints_m: np.ndarray) -> np.ndarray:
    """Rows X forward, Y up, Z right [...,3,3] of the thorax, from joints [...,17,3]; NaN where undefined."""
    return _axes(joints_m, ("spine", "thorax"), ("left_shoulder", "right_shoulder"))


def hip_angles(joints_m: np.ndarray, side: str) -> dict[str, np.ndarray]:
    """'flexion' (forwards positive) and 'adduction' (towards the other leg) [...] in degrees."""
    x, y, z = _in_axes(pelvis_axes(joints_m), _between(joints_m, f"{side}_knee", f"{side}_hip"))
    across = z if side == "right" else -z
    return {"flexion": _degrees(-x, y), "adduction": _degrees(across, np.hypot(x, y))}


def shoulder_angles(joints_m: np.ndarray, side: str) -> dict[str, np.ndarray]:
    """'elevation' [...] in degrees, 0 hanging to 180 (ISB gives it a minus sign), and its 'plane': 0 sideways,
    90 forwards, negative behind; NaN within 10 degrees of hanging or overhead, where it means nothing."""
    x, y, z = _in_axes(thorax_axes(joints_m), _between(joints_m, f"{side}_elbow", f"{side}_shoulder"))
    outward = -z if side == "right" else z
    elevation = _degrees(np.hypot(x, z), y)
    raised = (elevation > _LEAST_ELEVATION_DEG) & (elevation < 180 - _LEAST_ELEVATION_DEG)
    return {"elevation": elevation, "plane": np.where(raised, _degrees(-x, outward), np.nan)}


def trunk_angles(joints_m: np.ndarray) -> dict[str, np.ndarray]:
    """Thorax against pelvis [...] in degrees: 'flexion' (bent forwards positive; ISB counts extension),
    'bending' to the right and 'rotation' to the left, as Cardan angles Z-X-Y."""
    turn = np.einsum("...ic,...jc->...ij", pelvis_axes(joints_m), thorax_axes(joints_m))
    return {
        "flexion": _degrees(turn[..., 0, 1], turn[..., 1, 1]),
        "bending": _degrees(turn[..., 2, 1], np.hypot(turn[..., 0, 1], turn[..., 1, 1])),
        "rotation": _degrees(-turn[..., 2, 0], turn[..., 2, 2]),
    }


def isb_angles(joints_m: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
    """All of the above [...] by (angle, side), as in ('hip flexion', 'left'); the trunk's side is ''."""
    named = {(f"trunk {name}", ""): value for name, value in trunk_angles(joints_m).items()}
    for side in SIDES:
        named |= {(f"hip {name}", side): value for name, value in hip_angles(joints_m, side).items()}
        named |= {
            (f"shoulder {name}", side): value for name, value in shoulder_angles(joints_m, side).items()
        }
    return named


def _between(joints_m: np.ndarray, start: str, end: str) -> np.ndarray:
    first, last = H36M_17.indices(start, end)
    return np.subtract(joints_m[..., last, :], joints_m[..., first, :], dtype=np.float64)


def _axes(joints_m: np.ndarray, up: tuple[str, str], right: tuple[str, str]) -> np.ndarray:
    z = unit(_between(joints_m, *right))
    x = unit(np.cross(_between(joints_m, *up), z))
    return np.stack([x, np.cross(z, x), z], -2)


def _in_axes(axes: np.ndarray, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The unit direction's components along the rows of `axes`."""
    along = np.einsum("...ic,...c->...i", axes, unit(direction))
    return along[..., 0], along[..., 1], along[..., 2]


def _degrees(sine: np.ndarray, cosine: np.ndarray) -> np.ndarray:
    return np.degrees(np.arctan2(sine, cosine))
