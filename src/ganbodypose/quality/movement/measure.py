"""What every movement measure is, and how its timestamps are checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_ERROR_M = 0.25  # about a third of a step, or a forearm


@dataclass(frozen=True)
class Measure:
    """One number about a movement.

    `value` in `unit` ('' for a number without one); NaN where it cannot be said. `validity` in [0,1] is the
    share of the samples it is taken from that were present. `uncertainty`, in the same unit, is what the
    expected errors of the joints make of it (`uncertainty.with_uncertainties`); NaN while that was not asked.
    """

    value: float
    unit: str
    validity: float
    uncertainty: float = float("nan")

    def __post_init__(self) -> None:
        if not 0 <= self.validity <= 1:
            raise ValueError(f"validity must lie in [0,1], got {self.validity}")
        for name in ("value", "validity", "uncertainty"):
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def known(self) -> bool:
        return bool(np.isfinite(self.value))

    def as_json(self) -> dict[str, float | str | None]:
        """Plain values to seven digits; what is not known is None."""
        numbers = {name: getattr(self, name) for name in ("value", "validity", "uncertainty")}
        known = {name: float(f"{x:.7g}") if np.isfinite(x) else None for name, x in numbers.items()}
        return {"unit": self.unit, **known}


def only_sure(joints_m: np.ndarray, expected_error_m: np.ndarray) -> np.ndarray:
    """Joints [T,17,3] m with NaN in the place of those whose expected error [T,17] m is so large that nobody knows
    which way a limb points; unknown errors are no reason."""
    return np.where((expected_error_m > MOST_ERROR_M)[..., None], np.nan, joints_m)


def share_present(samples: np.ndarray) -> float:
    """The share of samples [T,...] in [0,1] that are complete; 0 where there are none."""
    complete = np.isfinite(samples).reshape(len(samples), -1).all(-1)
    return float(complete.mean()) if complete.size else 0.0


def checked_times(times_s: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """`times_s` [T] as float64; ValueError unless there is one per sample and they are finite and increase."""
    times = np.asarray(times_s, dtype=np.float64)
    if times.shape != (len(samples),):
        raise ValueError(f"{len(samples)} samples need as many timestamps, got {times.shape}")
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise ValueError("timestamps must be finite and increase from sample to sample")
    return times


def without_gaps(
    samples: np.ndarray, times_s: np.ndarray, max_gap_s: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """Samples [T] or [T,C] and times without the missing ones; None where two neighbours that remain are
    more than `max_gap_s` apart, or fewer than five remain.

    With true timestamps a missing sample is only an irregular interval, so short gaps need no invented values.
    """
    times = checked_times(times_s, samples)
    present = np.isfinite(samples).reshape(len(samples), -1).all(-1)
    if present.sum() < 5 or np.diff(times[present]).max() > max_gap_s:
        return None
    return np.asarray(samples[present], dtype=np.float64), times[present]
