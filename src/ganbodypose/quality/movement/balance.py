"""Centre of mass by segment parameters, and its sway.

P. de Leva, "Adjustments to Zatsiorsky-Seluyanov's segment inertia parameters", J. Biomechanics 29:1223-1230,
1996, table 4: young, fit adults; others differ. 17 joints lack hands and feet: a hand's mass lies on the
prolonged forearm (straight wrist), a foot's at the ankle, which leaves the centre of a standing person a
millimetre or two too high and too far back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ganbodypose.quality.movement.measure import Measure, checked_times, share_present
from ganbodypose.skeletons import H36M_17

Sex = Literal["female", "male"]


@dataclass(frozen=True)
class Segment:
    """`mass` as a share of the body's, its centre `along` the way from the joint `start` to `end`."""

    start: str
    end: str
    mass: float
    along: float


# start, end, (mass %, centre %) of women and of men. Head VERT-CERV, trunk MIDS-MIDH, limbs between joint
# centres, shank KJC-AJC. A hand's centre is beyond the wrist by its share of the mean hand, in mean forearms:
# 0.7474 * 78.0 mm / 264.3 mm and 0.7900 * 86.2 mm / 268.9 mm.
_TRUNK_AND_HEAD = (
    ("head_top", "thorax", (6.68, 48.41), (6.94, 50.02)),
    ("thorax", "pelvis", (42.57, 37.82), (43.46, 43.10)),
)
_LIMBS = (
    ("shoulder", "elbow", (2.55, 57.54), (2.71, 57.72)),
    ("elbow", "wrist", (1.38, 45.59), (1.62, 45.74)),
    ("elbow", "wrist", (0.56, 122.06), (0.61, 125.32)),  # hand
    ("hip", "knee", (14.78, 36.12), (14.16, 40.95)),
    ("knee", "ankle", (4.81, 43.52), (4.33, 43.95)),
    ("knee", "ankle", (1.29, 100.0), (1.37, 100.0)),  # foot
)


def body_segments(sex: Sex | None = None) -> tuple[Segment, ...]:
    """The segments that make up the body; None takes the mean of women and men. Masses sum to 1 within 0.1 %
    (rounding of the published table)."""
    if sex not in ("female", "male", None):
        raise ValueError(f"sex must be 'female', 'male' or None, got {sex!r}")
    rows = list(_TRUNK_AND_HEAD)
    for start, end, female, male in _LIMBS:
        rows += [(f"{side}_{start}", f"{side}_{end}", female, male) for side in ("left", "right")]
    chosen = {"female": [1.0, 0.0], "male": [0.0, 1.0], None: [0.5, 0.5]}[sex]
    return tuple(
        Segment(start, end, *(np.dot(chosen, [female, male]) / 100).tolist())
        for start, end, female, male in rows
    )


def center_of_mass(joints_m: np.ndarray, sex: Sex | None = None) -> np.ndarray:
    """Centre of mass [...,3] in metres, in the frame of the joints [...,17,3]; NaN where a joint other
    than spine and neck_nose, which it does not need, is missing."""
    segments = body_segments(sex)
    weights = np.zeros(len(H36M_17))
    for part in segments:
        weights[H36M_17.index(part.start)] += part.mass * (1 - part.along)
        weights[H36M_17.index(part.end)] += part.mass * part.along
    used = np.flatnonzero(weights)
    points = np.asarray(joints_m, dtype=np.float64)[..., used, :]
    return np.einsum("j,...jc->...c", weights[used] / weights.sum(), points)


@dataclass(frozen=True)
class Sway:
    """How far the centre of mass wanders over the floor (not the centre of pressure of a force plate)."""

    path: Measure  # m, length of its way
    mean_speed: Measure  # m/s
    rms_distance: Measure  # m from its mean place
    ellipse_area: Measure  # m^2, 95 % prediction ellipse


def sway(center_m: np.ndarray, times_s: np.ndarray, up: np.ndarray) -> Sway:
    """Sway of centres [T,3] m at `times_s` [T] across the direction `up` [3] (same frame; any length).

    T. E. Prieto et al., IEEE Trans. Biomed. Eng. 43:956-966, 1996; the ellipse has the area pi * 5.991 * sqrt(det
    of the covariance). The way is summed between neighbours that are both present, its speed over just those
    intervals. From one camera, movement along its axis is by far the least certain part.
    """
    times = checked_times(times_s, center_m)
    floor = _on_floor(center_m, up)
    steps = np.linalg.norm(np.diff(floor, axis=0), axis=-1)
    seen = np.isfinite(steps)
    path = float(steps[seen].sum()) if seen.any() else np.nan
    duration = float(np.diff(times)[seen].sum())
    validity = share_present(floor)
    rms, area = _spread(floor[np.isfinite(floor).all(-1)])
    return Sway(
        Measure(path, "m", validity),
        Measure(path / duration if duration > 0 else np.nan, "m/s", validity),
        Measure(rms, "m", validity),
        Measure(area, "m^2", validity),
    )


def _on_floor(points_m: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Two coordinates [T,2] across `up`."""
    _, _, axes = np.linalg.svd(np.reshape(np.asarray(up, dtype=np.float64), (1, 3)))
    return np.asarray(points_m, dtype=np.float64) @ axes[1:].T


def _spread(points: np.ndarray) -> tuple[float, float]:
    """Root mean square distance from the mean, and area of the 95 % ellipse, of points [N,2]."""
    if len(points) < 3:
        return np.nan, np.nan
    rms = np.sqrt(np.var(points, axis=0).sum())
    return float(rms), float(np.pi * 5.991 * np.sqrt(max(np.linalg.det(np.cov(points.T)), 0.0)))
