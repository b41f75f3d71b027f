"""Smoothness of one movement from its speed: SPARC and LDLJ.

S. Balasubramanian, A. Melendez-Calderon, A. Roby-Brami, E. Burdet, "On the analysis of movement smoothness",
J. NeuroEngineering and Rehabilitation 12:112, 2015. Both are negative numbers without unit, nearer to zero
where smoother, and free of the movement's size; compare only like movements, cut the same way. A missing sample
is left out and the true timestamps kept; the result is unknown where a gap exceeds `max_gap_s`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.interpolate import CubicSpline

from ganbodypose.quality.movement.kinematics import derivative
from ganbodypose.quality.movement.measure import Measure, share_present, without_gaps

MAX_GAP_S = 0.1
_MOST_SPANS = 10


def sparc(
    course: np.ndarray,
    times_s: np.ndarray,
    cutoff_hz: float = 10.0,
    amplitude_threshold: float = 0.05,
    padding: int = 4,
    max_gap_s: float = MAX_GAP_S,
) -> Measure:
    """Spectral arc length of the speed `course` [T] (any unit) at `times_s` [T].

    Minus the length of the normalised magnitude spectrum up to the last frequency below `cutoff_hz` that
    exceeds `amplitude_threshold`; the spectrum is zero-padded to 2**padding times the length (as published).
    Irregular samples are first brought to their mean rate by a cubic spline. A smooth reach has about -1.4.
    """
    usable = without_gaps(course, times_s, max_gap_s)
    if usable is None or not np.any(usable[0]):
        return Measure(np.nan, "", share_present(course))
    samples, rate_hz = _at_mean_rate(*usable)
    size = 2 ** (int(np.ceil(np.log2(len(samples)))) + padding)
    magnitude = np.abs(np.fft.rfft(samples, size))
    frequency = np.fft.rfftfreq(size, 1 / rate_hz)
    magnitude = (magnitude / magnitude.max())[frequency <= cutoff_hz]
    loud = np.flatnonzero(magnitude >= amplitude_threshold)
    band = slice(loud[0], loud[-1] + 1)
    return Measure(
        -_arc_length(frequency[: len(magnitude)][band], magnitude[band]), "", share_present(course)
    )


def _at_mean_rate(samples: np.ndarray, times_s: np.ndarray) -> tuple[np.ndarray, float]:
    """Samples at equal intervals over the same time, as many as there are, and their rate."""
    even = np.linspace(times_s[0], times_s[-1], len(times_s))
    return CubicSpline(times_s, samples)(even), (len(even) - 1) / (even[-1] - even[0])


def _arc_length(frequency: np.ndarray, magnitude: np.ndarray) -> float:
    if len(frequency) < 2:
        return 0.0
    return float(np.hypot(np.diff(frequency) / np.ptp(frequency), np.diff(magnitude)).sum())


def ldlj(course: np.ndarray, times_s: np.ndarray, max_gap_s: float = MAX_GAP_S) -> Measure:
    """Log dimensionless jerk of the speed `course` v [T] (any unit) at `times_s` [T]:

    -ln( D^3 / v_peak^2 * integral of (d2v/dt2)^2 dt ) with D the duration from first to last sample. A
    minimum-jerk reach has -ln(204.8) = -5.32. It falls with every bit of noise in the joints: state its
    uncertainty, or smooth all movements alike before.
    """
    usable = without_gaps(course, times_s, max_gap_s)
    if usable is None or not np.ptp(usable[0]) > 0:
        return Measure(np.nan, "", share_present(course))
    samples, times = usable
    squared = derivative(samples, times, 2) ** 2
    integral = np.sum((squared[1:] + squared[:-1]) / 2 * np.diff(times))
    scale = (times[-1] - times[0]) ** 3 / np.max(np.abs(samples)) ** 2
    return Measure(-np.log(scale * integral), "", share_present(course))


def smoothness_of(
    courses: Mapping[str, np.ndarray], times_s: np.ndarray, spans_s: Sequence[tuple[float, float]]
) -> dict[str, Measure]:
    """SPARC and LDLJ of speeds [T] by name: medians over the spans (repetitions; ten of them, where there are more),
    or of the whole where there are none."""
    chosen = np.linspace(0, len(spans_s) - 1, min(len(spans_s), _MOST_SPANS)).astype(int)
    spans = [spans_s[i] for i in chosen] or [(-np.inf, np.inf)]
    rows = [(times_s >= start) & (times_s <= end) for start, end in spans]
    measures = {}
    for joint, course in courses.items():
        for name, measure in (("SPARC", sparc), ("LDLJ", ldlj)):
            found = [measure(course[r], times_s[r]) for r in rows if r.sum() >= 5]
            known = [one.value for one in found if one.known]
            value = float(np.median(known)) if known else np.nan
            measures[f"{joint}, smoothness {name}"] = Measure(value, "", share_present(course))
    return measures
