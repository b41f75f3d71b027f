"""A recording of one person, repaired, with a note of everything that was changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError, how_many
from ganbodypose.quality.repair.bones import with_constant_bones
from ganbodypose.quality.repair.contact import hold_feet
from ganbodypose.quality.repair.gaps import LONGEST_GAP_S, fill_gaps, filling_error
from ganbodypose.quality.repair.place import steady_in
from ganbodypose.quality.repair.smooth import smooth


@dataclass(frozen=True)
class RepairOptions:
    """fill: bridge missing joints and frames, up to a second, and make bones constant. smooth_hz: what is faster is
    jitter (walking needs 6, throwing 12); None leaves it. hold_feet: standing feet do not slide."""

    fill: bool = True
    smooth_hz: float | None = None
    hold_feet: bool = False

    def __post_init__(self) -> None:
        if self.smooth_hz is not None and not 0 < self.smooth_hz < np.inf:
            raise UserError(f"The frequency of smoothing must be positive, not {self.smooth_hz:g} Hz.")


@dataclass(frozen=True)
class Repaired:
    """The recording after it, also in its `meta["repair"]`; `filled` [N,17]: which joints were invented."""

    person: PoseSequence
    filled: np.ndarray
    notes: tuple[str, ...]


def repair(person: PoseSequence, options: RepairOptions) -> Repaired:
    """`person` holds the rows of one person in time order; missing joints are NaN."""
    notes: list[str] = []
    whole = _with_all_frames(person) if options.fill else person
    missing = np.isnan(whole.joints_3d_m).any(-1)
    joints, root = whole.joints_3d_m.astype(np.float64), whole.root_camera_m.astype(np.float64)
    error = whole.expected_error_m.astype(np.float64)
    if options.fill:
        joints, root = _filled(joints, root, whole.time_s)
        error = _error_of_filled(whole, joints, missing)
        joints = with_constant_bones(joints, np.where(missing, np.nan, error))
    still_missing = np.isnan(joints).any(-1)
    filled = np.logical_and(missing, ~still_missing)
    if options.fill:
        notes += _filling_notes(filled, int(still_missing.sum()))
    if options.smooth_hz is not None:
        joints = _smoothed(joints, whole.time_s, options.smooth_hz, error)
        root = smooth(root, whole.time_s, options.smooth_hz)
        notes.append(f"what is faster than {options.smooth_hz:g} Hz is smoothed away")
    if options.hold_feet:
        filmed = bool(np.isfinite(whole.camera_matrix).all())
        now = replace(whole, joints_3d_m=joints, root_camera_m=root, expected_error_m=error)
        placed, contacts = hold_feet(joints + steady_in(now)[:, None], whole.time_s, filmed)
        root = placed[:, 0]
        joints = placed - root[:, None]
        notes.append(
            f"feet are held still in {how_many(contacts, 'contact')} with the floor, and the body with them"
        )
    repaired = replace(
        whole,
        joints_3d_m=joints.astype(np.float32),
        root_camera_m=root.astype(np.float32),
        expected_error_m=error.astype(np.float32),
        meta={**person.meta, "repair": [*person.meta.get("repair", []), *notes]},
    )
    return Repaired(repaired, filled, tuple(notes))


def _with_all_frames(person: PoseSequence) -> PoseSequence:
    """Rows for the frames in which the person was not seen, for gaps that can be filled; everything in them is
    missing but number, time and person."""
    step = np.diff(person.frame_index)
    bridged = (step > 1) & (np.diff(person.time_s) <= LONGEST_GAP_S)
    if not bridged.any():
        return person
    new = np.concatenate(
        [
            np.arange(a + 1, a + s)
            for a, s in zip(person.frame_index[:-1][bridged], step[bridged], strict=True)
        ]
    )
    frames = np.concatenate([person.frame_index, new])
    order = np.argsort(frames, kind="stable")
    columns: dict[str, Any] = {
        name: _extended(getattr(person, name), len(new))[order] for name in person.ROW_FIELDS
    }
    columns |= {
        "frame_index": frames[order],
        "time_s": np.interp(frames[order], person.frame_index, person.time_s),
        "track_id": np.full(len(frames), person.track_id[0]),
    }
    return replace(person, **columns)


def _extended(column: np.ndarray, rows: int) -> np.ndarray:
    fill = np.nan if column.dtype.kind == "f" else 0
    return np.concatenate([column, np.full((rows, *column.shape[1:]), fill, column.dtype)])


def _filled(joints: np.ndarray, root: np.ndarray, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    together = fill_gaps(np.concatenate([joints, root[:, None]], 1), times_s)
    return together[:, :-1], together[:, -1]


def _error_of_filled(whole: PoseSequence, joints: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Expected errors [T,17] m: of filled joints, those of their known neighbours in time and the error of
    filling, as independent; NaN where the neighbours' are unknown."""
    seen = np.where(missing, np.nan, whole.expected_error_m.astype(np.float64))
    neighbours = fill_gaps(seen[..., None], whole.time_s)[..., 0]
    added = np.stack([filling_error(joints[:, j], missing[:, j]) for j in range(joints.shape[1])], -1)
    return np.where(missing, np.hypot(neighbours, added), seen)


def _filling_notes(filled: np.ndarray, left: int) -> list[str]:
    notes = ["bone lengths are constant"]
    if filled.any():
        notes.insert(
            0,
            f"{how_many(filled.sum(), 'missing joint')} in {how_many(filled.any(-1).sum(), 'frame')} interpolated "
            "in time, with larger expected errors",
        )
    if left:
        notes.append(f"{left} joints stay missing: longer than {LONGEST_GAP_S:g} s, or at an end")
    return notes


def _smoothed(joints: np.ndarray, times_s: np.ndarray, cutoff_hz: float, error: np.ndarray) -> np.ndarray:
    columns = (smooth(joints[:, j], times_s, cutoff_hz, error[:, j]) for j in range(joints.shape[1]))
    return np.stack(list(columns), 1)
