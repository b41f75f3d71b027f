"""All measures of one recording of one person, under plain names, with their uncertainty.

The joints may be in any right-handed frame whose `up` is given. Everything is taken relative to the pelvis or to
the feet, never from the place in the room, which one camera does not see well.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ganbodypose.quality.movement.angles import ANGLES, joint_angles, range_of_motion
from ganbodypose.quality.movement.balance import center_of_mass, sway
from ganbodypose.quality.movement.gait import find_gait
from ganbodypose.quality.movement.isb import isb_angles
from ganbodypose.quality.movement.kinematics import speed
from ganbodypose.quality.movement.measure import Measure, only_sure, share_present
from ganbodypose.quality.movement.measured import as_measured
from ganbodypose.quality.movement.smoothness import smoothness_of
from ganbodypose.quality.movement.symmetry import symmetry_index
from ganbodypose.quality.movement.uncertainty import with_uncertainties
from ganbodypose.quality.repair.smooth import smooth
from ganbodypose.skeletons import H36M_17

_DRAWN_FRAMES = 200_000  # frames in all Monte Carlo copies together: what takes a few seconds
_LEAST_DRAWS, _MOST_DRAWS = 12, 64
_PELVIS, *_ANKLES = H36M_17.indices("pelvis", "left_ankle", "right_ankle")
_EXTREMITIES = list(H36M_17.indices("left_wrist", "right_wrist", "left_ankle", "right_ankle"))
_FASTEST_SHARE = 95  # percentile: one wild frame is no peak
# Poses from video tremble, which looks like unsmooth movement. On rendered people of the validation subjects speeds
# without what is faster than this have half the error in SPARC and LDLJ; ranges of motion gain nothing.
_TREMBLE_HZ = 4.0


def summarize(
    joints_m: np.ndarray,
    expected_error_m: np.ndarray,
    times_s: np.ndarray,
    up: np.ndarray,
    spans_s: Sequence[tuple[float, float]] = (),
    from_video: bool = False,
) -> dict[str, Measure]:
    """Measures by name of joints [T,17,3] m with expected errors [T,17] m (NaN: unknown, and so the uncertainty)
    at `times_s` [T] s; `up` [3] points away from the floor; spans_s: the repetitions, for their smoothness; from_video:
    the joints were lifted, so speeds are taken without their tremble and the uncertainties are those of such measures
    (`measured`).

    Joints that are hardly known (`only_sure`) count as missing: a limb outside the picture would make extremes.
    """
    draws = int(np.clip(_DRAWN_FRAMES // max(len(times_s), 1), _LEAST_DRAWS, _MOST_DRAWS))
    measured = with_uncertainties(
        lambda joints: _direct_measures(joints, times_s, up, spans_s, from_video),
        only_sure(joints_m, expected_error_m),
        expected_error_m,
        times_s,
        draws=draws,
    )
    if from_video:
        measured = as_measured(measured)
    found = measured | _symmetries(measured)
    return {name: measure for name, measure in found.items() if measure.known or not name.startswith("gait")}


def _direct_measures(
    joints_m: np.ndarray,
    times_s: np.ndarray,
    up: np.ndarray,
    spans_s: Sequence[tuple[float, float]],
    from_video: bool,
) -> dict[str, Measure]:
    courses = _extremity_speeds(joints_m, times_s, from_video)
    return (
        _ranges_of_motion(joints_m)
        | _peak_speeds(courses)
        | _balance(joints_m, times_s, up)
        | smoothness_of(courses, times_s, spans_s)
        | find_gait(joints_m, times_s, up).measures()
    )


def _ranges_of_motion(joints_m: np.ndarray) -> dict[str, Measure]:
    angles = isb_angles(joints_m) | joint_angles(joints_m)  # the latter's hip flexion cannot wrap round
    return {
        f"{_sided(side, angle)}, range of motion": range_of_motion(values)
        for (angle, side), values in angles.items()
        if angle != "shoulder plane"  # undefined with hanging arms, and turns through 360 degrees
    }


def _extremity_speeds(joints_m: np.ndarray, times_s: np.ndarray, from_video: bool) -> dict[str, np.ndarray]:
    """Speeds [T] m/s of hands and feet against the pelvis, by name."""
    courses = {}
    for joint in _EXTREMITIES:
        way = joints_m[:, joint] - joints_m[:, _PELVIS]
        steady = smooth(way, times_s, _TREMBLE_HZ) if from_video else way
        courses[H36M_17.joints[joint].replace("_", " ")] = speed(steady, times_s)
    return courses


def _peak_speeds(courses: dict[str, np.ndarray]) -> dict[str, Measure]:
    measures = {}
    for name, course in courses.items():
        known = course[np.isfinite(course)]
        fastest = np.percentile(known, _FASTEST_SHARE) if known.size else np.nan
        measures[f"{name}, peak speed"] = Measure(fastest, "m/s", share_present(course))
    return measures


def _balance(joints_m: np.ndarray, times_s: np.ndarray, up: np.ndarray) -> dict[str, Measure]:
    """Sway of the centre of mass over the middle of the ankles: the room itself does not enter."""
    feet = joints_m[:, _ANKLES].mean(1)
    found = sway(center_of_mass(joints_m) - feet, times_s, up)
    return {
        "centre of mass over the feet, mean speed": found.mean_speed,
        "centre of mass over the feet, root mean square distance": found.rms_distance,
        "centre of mass over the feet, 95 % ellipse": found.ellipse_area,
    }


def _symmetries(measures: dict[str, Measure]) -> dict[str, Measure]:
    """Of the angles between segments and of the speeds."""
    bases = [f"{angle}, range of motion" for angle in ANGLES] + ["wrist, peak speed", "ankle, peak speed"]
    return {
        f"{base.replace(',', ' symmetry,')}": symmetry_index(
            *(measures[_sided(side, base)] for side in ("left", "right"))
        )
        for base in bases
    }


def _sided(side: str, name: str) -> str:
    return f"{side} {name}".strip()
