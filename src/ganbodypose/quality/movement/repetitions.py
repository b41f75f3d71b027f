"""Cyclic movement: where each repetition begins and ends, how many there are, and how fast.

The body's shape is described by the distances between its joints, which neither camera nor turning changes;
their strongest common course over time is the signal. Its period comes from the autocorrelation of all
distances, its repetitions are peaks by prominence, at least about half a period apart.

Measured on UI-PRMD repetitions joined to sequences, ten movements by ten people, correct and deliberately
incorrect (`benchmarks/repetition_counting.py`): of subjects 9 and 10, 31 of 32 sequences of Vicon and 39 of 40 of
Kinect v2 are counted exactly; of subjects 1 to 8, on whom the constants were chosen, 156 of 158 and 157 of 160.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from ganbodypose.quality.movement.measure import Measure, checked_times
from ganbodypose.skeletons import H36M_17

_RATE_HZ = 12.5
_SMOOTHING_S = 0.15
_DRIFT_S = 2.5  # what changes slower than this is posture, not repetition
_LEAST_PERIOD_S = 0.5
_LEAST_PROMINENCE = 0.07  # of the signal's range
_LEAST_DISTANCE = 0.55  # of the period
_LEAST_CORRELATION = 0.1  # prominence of a peak of the autocorrelation
_LEAST_SHARE = 0.5  # of the most prominent peak's prominence
_MAX_GAP_S = 0.5
_LEAST_ALIKENESS = 0.2  # one of UI-PRMD's 390 sequences lies below, and of dances and idle movement most
_PHASES = 33


@dataclass(frozen=True)
class Repetition:
    """Seconds: `peak_s` is the turning point between `start_s` and `end_s`."""

    start_s: float
    peak_s: float
    end_s: float


@dataclass(frozen=True)
class Repetitions:
    """What was found, in time order. `count` is 0, known, where nothing repeats; unknown where too much is
    missing. `period` (s) is the median repetition's, `tempo` is in repetitions per minute. `alikeness`: the median
    correlation of two repetitions' courses; unknown with fewer than two."""

    found: tuple[Repetition, ...]
    count: Measure
    period: Measure
    tempo: Measure
    alikeness: Measure

    @property
    def alike(self) -> bool:
        """Whether one movement is repeated; else several followed each other, or the poses are too poor to tell."""
        return self.alikeness.value >= _LEAST_ALIKENESS

    def as_json(self) -> dict[str, Any]:
        """Plain values; seconds."""
        return {
            "found": [asdict(repetition) for repetition in self.found],
            **{name: getattr(self, name).as_json() for name in ("count", "period", "tempo", "alikeness")},
        }


def find_repetitions(joints_m: np.ndarray, times_s: np.ndarray) -> Repetitions:
    """Repetitions in joints [T,17,3] m of any frame at true `times_s` [T].

    Frames with a missing joint are left out; unknown where that leaves a gap of more than half a second. A
    movement that the recording cuts at its turning point counts as one.
    """
    times = checked_times(times_s, joints_m)
    present = np.isfinite(joints_m).all((-1, -2))
    validity = float(present.mean()) if len(times) else 0.0
    if present.sum() < 5 or np.diff(times[present]).max() > _MAX_GAP_S:
        return _result((), np.nan, validity)
    even, shape = _shape_course(joints_m[present], times[present])
    period = _period(shape)
    if period is None:
        return _result((), 0, validity)
    found = _segments(_strongest_course(shape), even, period)
    return _result(found, len(found), validity, _alikeness(shape, even, found))


def _result(
    found: tuple[Repetition, ...], count: float, validity: float, alikeness: float = np.nan
) -> Repetitions:
    peaks = [repetition.peak_s for repetition in found]
    period = float(np.median(np.diff(peaks))) if len(peaks) > 1 else np.nan
    return Repetitions(
        found,
        Measure(count, "", validity),
        Measure(period, "s", validity),
        Measure(60 / period, "1/min", validity),
        Measure(alikeness, "", validity),
    )


def _alikeness(shape: np.ndarray, times_s: np.ndarray, found: tuple[Repetition, ...]) -> float:
    """The median correlation of two repetitions' courses of all distances, each brought to one duration."""
    if len(found) < 2:
        return np.nan
    moments = np.concatenate([np.linspace(one.start_s, one.end_s, _PHASES) for one in found])
    courses = np.stack([np.interp(moments, times_s, column) for column in shape.T], -1)
    courses = courses.reshape(len(found), _PHASES, -1)
    likeness = np.corrcoef((courses - courses.mean(1, keepdims=True)).reshape(len(found), -1))
    return float(np.median(likeness[np.triu_indices(len(found), 1)]))


def _shape_course(joints_m: np.ndarray, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Even times [N] and, at them, the joints' distances [N,136], smoothed and free of slow drift."""
    first, second = np.triu_indices(len(H36M_17), 1)
    distances = np.linalg.norm(joints_m[:, first] - joints_m[:, second], axis=-1)
    even = np.arange(times_s[0], times_s[-1], 1 / _RATE_HZ)
    course = np.stack([np.interp(even, times_s, column) for column in distances.T], -1)
    course = gaussian_filter1d(course, _SMOOTHING_S * _RATE_HZ, axis=0)
    return even, course - gaussian_filter1d(course, _DRIFT_S * _RATE_HZ, axis=0)


def _period(course: np.ndarray) -> int | None:
    """The shortest lag in samples after which the course [N,C] clearly repeats itself.

    Clearly means by the prominence of the autocorrelation's peak: where every second repetition is alike, the
    double lag has the higher peak, but both stand out of what lies between.
    """
    count = len(course)
    spectrum = np.fft.rfft(course - course.mean(0), 2 * count, axis=0)
    likeness = np.fft.irfft((np.abs(spectrum) ** 2).sum(1))[: 2 * count // 3]
    if not likeness[0] > 0:
        return None
    likeness = likeness / likeness[0] * count / (count - np.arange(len(likeness)))
    lags, found = find_peaks(likeness, prominence=_LEAST_CORRELATION)
    prominence = np.where(lags >= _LEAST_PERIOD_S * _RATE_HZ, found["prominences"], 0.0)
    clear = prominence >= _LEAST_SHARE * prominence.max(initial=_LEAST_CORRELATION)
    return int(lags[clear][0]) if clear.any() else None


def _strongest_course(course: np.ndarray) -> np.ndarray:
    """The first principal component [N] of [N,C]."""
    centered = course - course.mean(0)
    _, axes = np.linalg.eigh(centered.T @ centered)
    return centered @ axes[:, -1]


def _segments(signal: np.ndarray, times_s: np.ndarray, period: int) -> tuple[Repetition, ...]:
    """Repetitions between the valleys of whichever sign of the signal has fewer peaks.

    From rest to rest, the resting position is reached once more than the turning points.
    """
    peaks, sign = min(
        ((_peaks(sign * signal, period), sign) for sign in (1, -1)), key=lambda found: len(found[0])
    )
    valleys = [a + int(np.argmin(sign * signal[a : b + 1])) for a, b in pairwise(peaks)]
    bounds = [0, *valleys, len(signal) - 1]
    return tuple(
        Repetition(*(float(times_s[i]) for i in (bounds[k], peak, bounds[k + 1])))
        for k, peak in enumerate(peaks)
    )


def _peaks(signal: np.ndarray, period: int) -> np.ndarray:
    low, high = np.percentile(signal, [5, 95])
    # Padding lets the first and the last sample be peaks.
    padded = np.concatenate([[signal.min()], signal, [signal.min()]])
    peaks, _ = find_peaks(
        padded, prominence=_LEAST_PROMINENCE * (high - low), distance=max(1, _LEAST_DISTANCE * period)
    )
    return peaks - 1
