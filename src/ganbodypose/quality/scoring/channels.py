"""Courses over time of one canonical motion: what the body does, in numbers that people have names for.

Angles are in degrees, everything else in percent of the body length. `forward`, `outward` and `up` are the
person's; a lean is 0 where the segment is upright, as seen from the side (forward) or from the front (sideways,
outward: a level thigh that points a little outward leans by 90 degrees). Paired channels exist for either side.
"""

from __future__ import annotations

import numpy as np

from ganbodypose.quality.movement.angles import SIDES, joint_angles
from ganbodypose.quality.movement.isb import hip_angles, trunk_angles
from ganbodypose.skeletons import H36M_17

Courses = dict[tuple[str, str], np.ndarray]  # (channel, side: 'left', 'right' or '') -> [N]

DEGREES, PERCENT = "deg", "% of body length"
_FORWARD, _LEFT, _UP = 0, 1, 2
# Change sign when left and right are exchanged.
SIDEWAYS = frozenset(
    f"{part} {what}"
    for part, whats in {
        "trunk": ("sideways lean", "bending", "rotation"),
        "head": ("sideways lean",),
        "hip line": ("tilt", "turn"),
        "shoulder line": ("tilt", "turn"),
        "front foot": ("lead",),
    }.items()
    for what in whats
)
_PLACES = ("lead", "width", "height", "offset", "reach")


def unit_of(channel: str) -> str:
    return PERCENT if any(word in channel for word in _PLACES) else DEGREES


def courses(motion: np.ndarray) -> Courses:
    """All channels of a canonical motion [N,17,3]."""
    found: Courses = {}
    found |= joint_angles(motion)
    found |= {(f"trunk {name}", ""): value for name, value in trunk_angles(motion).items()}
    found |= _upright(motion) | _lines(motion) | _stance(motion)
    for side in SIDES:
        found |= {(name, side): value for name, value in _limbs(motion, side).items()}
        found |= {(name, side): value for name, value in _reach(motion, side).items()}
    return found


def _between(motion: np.ndarray, start: str, end: str) -> np.ndarray:
    return motion[:, H36M_17.index(end)] - motion[:, H36M_17.index(start)]


def _degrees(sine: np.ndarray, cosine: np.ndarray) -> np.ndarray:
    return np.degrees(np.arctan2(sine, cosine))


def _upright(motion: np.ndarray) -> Courses:
    """Leans of trunk and head."""
    found: Courses = {}
    for name, start, end in (("trunk", "pelvis", "thorax"), ("head", "thorax", "head_top")):
        segment = _between(motion, start, end).T
        found[f"{name} forward lean", ""] = _degrees(segment[_FORWARD], segment[_UP])
        found[f"{name} sideways lean", ""] = _degrees(segment[_LEFT], segment[_UP])
    return found


def _lines(motion: np.ndarray) -> Courses:
    """Tilt (left side up) and turn (left side back) of the lines through hips and shoulders."""
    found: Courses = {}
    for name in ("hip", "shoulder"):
        line = _between(motion, f"right_{name}", f"left_{name}").T
        found[f"{name} line tilt", ""] = _degrees(line[_UP], line[_LEFT])
        found[f"{name} line turn", ""] = _degrees(-line[_FORWARD], line[_LEFT])
    return found


def _stance(motion: np.ndarray) -> Courses:
    feet, knees = (_between(motion, f"right_{joint}", f"left_{joint}").T for joint in ("ankle", "knee"))
    ankles = motion[:, H36M_17.indices("left_ankle", "right_ankle"), _UP]
    return {
        ("front foot lead", ""): 100 * feet[_FORWARD],
        ("stance width", ""): 100 * feet[_LEFT],
        ("knee width", ""): 100 * knees[_LEFT],
        ("pelvis height", ""): -100 * ankles.min(1),
    }


def _limbs(motion: np.ndarray, side: str) -> dict[str, np.ndarray]:
    """Leans of thigh and shin, the knee's place beside the leg's axis, directions of the arm."""
    outward = 1.0 if side == "left" else -1.0
    found = {"hip adduction": hip_angles(motion, side)["adduction"]}
    for name, start, end, forward in (("thigh", "hip", "knee", 1.0), ("shin", "knee", "ankle", -1.0)):
        segment = _between(motion, f"{side}_{start}", f"{side}_{end}").T
        found[f"{name} forward lean"] = _degrees(forward * segment[_FORWARD], -segment[_UP])
        found[f"{name} outward lean"] = _degrees(outward * segment[_LEFT], -segment[_UP])
    for name, start, end in (("upper arm", "shoulder", "elbow"), ("forearm", "elbow", "wrist")):
        segment = _between(motion, f"{side}_{start}", f"{side}_{end}")
        forward_, left, up = np.degrees(np.arcsin(np.clip(segment / _length(segment), -1, 1))).T
        found |= {f"{name} forward": forward_, f"{name} outward": outward * left, f"{name} up": up}
    return found | _knee_offset(motion, side, outward)


def _knee_offset(motion: np.ndarray, side: str, outward: float) -> dict[str, np.ndarray]:
    leg = _between(motion, f"{side}_hip", f"{side}_ankle")
    thigh = _between(motion, f"{side}_hip", f"{side}_knee")
    leg = leg / _length(leg)
    beside = thigh - np.sum(thigh * leg, axis=-1, keepdims=True) * leg
    return {
        "knee outward offset": 100 * outward * beside[:, _LEFT],
        "knee forward offset": 100 * beside[:, _FORWARD],
    }


def _reach(motion: np.ndarray, side: str) -> dict[str, np.ndarray]:
    """Places of ankle and wrist relative to the pelvis."""
    outward = 1.0 if side == "left" else -1.0
    found: dict[str, np.ndarray] = {}
    for joint in ("ankle", "wrist"):
        forward, left, up = 100 * motion[:, H36M_17.index(f"{side}_{joint}")].T
        found |= {
            f"{joint} forward reach": forward,
            f"{joint} outward reach": outward * left,
            f"{joint} upward reach": up,
        }
    return found


def _length(vectors: np.ndarray) -> np.ndarray:
    return np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
