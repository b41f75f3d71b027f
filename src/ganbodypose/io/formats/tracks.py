"""What the formats of other tools share: the quality gate, one person at a constant rate, axes, joint names.

Axes. Those formats want y up; a results file is in the camera frame (x right, y down, z forward), whose up is
only assumed: the camera is taken to be held level. `Y_UP` turns half round the x axis: x stays right, y is up,
z points back to the camera. A tilted camera leaves its tilt in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.geometry.floor import SOLE_BELOW_ANKLE_M
from ganbodypose.skeletons import H36M_17, SKELETONS, Skeleton, skeleton_map

Y_UP = np.diag([1.0, -1.0, -1.0])  # camera frame -> y up; its own inverse
Z_TO_Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # z up -> y up, x stays
CAMERA_FRAME_NOTE = "in metres in the camera frame: x right, y down, z forward"
AXES_NOTE = "y is up as far as the camera was level, x the camera's right, z towards the camera"
METRES = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}  # by the names that files give to units

_Body = TypeVar("_Body")
_SAME_TIME_S = 1e-3  # containers round times to milliseconds
_LONGEST_GAP_S = 0.2  # interpolated across when the times are irregular
_LONGEST_GAP_FRAMES = 1.5  # of a recording so slow that this lasts longer
_MOST_FRAMES = 1 << 22  # at a constant rate: 39 hours at 30 Hz, 2 GB
_JOINTS = len(H36M_17)
_PELVIS = H36M_17.index("pelvis")
_ANKLES = H36M_17.indices("left_ankle", "right_ankle")


class NoPelvisError(UserError):
    """A person's joints are known, but never the pelvis from which they count."""


@dataclass(frozen=True)
class WriteOptions:
    """What goes into the file.

    track_id     the person; None: the one with most frames where the format holds one person, else everybody
    min_quality  frames of a lower pose quality become missing; None: no gate
    max_error_m  joints with a larger expected error become missing; None: no gate
    fps          the rate of formats with a constant rate; None: that of the recording
    on_floor     of formats with y up: the floor is y = 0, and who was seen longest begins above the origin
    """

    track_id: int | None = None
    min_quality: float | None = None
    max_error_m: float | None = None
    fps: float | None = None
    on_floor: bool = False

    def __post_init__(self) -> None:
        if self.min_quality is not None and not 0 <= self.min_quality <= 1:
            raise UserError(f"The least quality must lie within 0 and 1, not {self.min_quality:g}.")
        if self.max_error_m is not None and not self.max_error_m > 0:
            raise UserError(f"The largest error must be a positive length, not {self.max_error_m:g} m.")
        if self.fps is not None and not 0 < self.fps < np.inf:
            raise UserError(f"The frame rate must be a positive number, not {self.fps:g}.")


@dataclass(frozen=True)
class Selection:
    """The rows to write, and what was done to them, one clause each."""

    sequence: PoseSequence
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Track:
    """One person at a constant rate: frame k is at `start_s + k / fps`.

    joints_m [T,17,3] y up, NaN where missing; expected_error_m [T,17]; first_frame is the number of frame 0: the
    recording's own, or, at another rate, that of its time.
    """

    joints_m: np.ndarray
    expected_error_m: np.ndarray
    fps: float
    start_s: float = 0.0
    first_frame: int = 0
    notes: tuple[str, ...] = ()
    track_id: int = 1

    @property
    def time_s(self) -> np.ndarray:
        return self.start_s + np.arange(len(self.joints_m)) / self.fps


def select(sequence: PoseSequence, options: WriteOptions) -> Selection:
    """The wanted person or everybody, with everything below the quality gate missing."""
    if options.track_id is not None:
        if options.track_id not in sequence.track_ids:
            known = ", ".join(map(str, sequence.track_ids)) or "nobody"
            raise UserError(f"Person {options.track_id} is not in the recording; it holds {known}.")
        sequence = sequence.person(options.track_id)
    poor = np.zeros(sequence.expected_error_m.shape, bool)
    notes = []
    # NaN, an unknown quality, does not pass a gate
    if options.min_quality is not None:
        poor |= ~(sequence.pose_quality >= options.min_quality)[:, None]
        notes.append(f"frames of pose quality below {options.min_quality:g} are missing")
    if options.max_error_m is not None:
        poor |= ~(sequence.expected_error_m <= options.max_error_m)
        notes.append(f"joints of expected error above {options.max_error_m:g} m are missing")
    joints = np.where(poor[..., None], np.float32(np.nan), sequence.joints_3d_m)
    return Selection(replace(sequence, joints_3d_m=joints), tuple(notes))


def track_of(sequence: PoseSequence, options: WriteOptions) -> Track:
    """The wanted person, or the one with most frames, at a constant rate; see `tracks_of`."""
    options, notes = one_person(sequence, options)
    (track,) = tracks_of(sequence, options)
    return replace(track, notes=(*track.notes, *notes))


def tracks_of(sequence: PoseSequence, options: WriteOptions) -> tuple[Track, ...]:
    """The wanted person or everybody, the longest seen first, over the same time at the same constant rate.

    Frames stay what they are when their times are those of the rate to a millisecond, and are missing where
    a person was not seen; otherwise everything is interpolated linearly, and a note says so.
    UserError when nobody is there or the rate is unknown.
    """
    _require_somebody(sequence)
    chosen = select(sequence, options)
    rows, notes = chosen.sequence, chosen.notes
    grid = _grid_of(rows, options.fps or rows.fps)
    if not grid.fits:
        notes += (f"resampled to {grid.fps:g} Hz by linear interpolation",)
    first = int(rows.frame_index.min()) if grid.fits else round(grid.start_s * grid.fps)
    tracks = []
    for track_id in rows.track_ids:
        values = _on_grid(rows.person(track_id), grid)
        tracks.append(Track(values[..., :3], values[..., 3], grid.fps, grid.start_s, first, notes, track_id))
    return on_floor(tracks) if options.on_floor else tuple(tracks)


def on_floor(tracks: Sequence[Track]) -> tuple[Track, ...]:
    """Everybody moved alike: the soles of the first person touch y = 0, where she is first seen x and z are 0.

    The floor is the lowest that ankles come, but for a tenth of the frames, in which they may err."""
    joints_m = tracks[0].joints_m
    seen = joints_m[np.isfinite(joints_m[:, [_PELVIS, *_ANKLES]]).all((1, 2))]
    if not len(seen):
        raise UserError(
            f"Person {tracks[0].track_id} is never seen from pelvis to ankles: no floor to stand on."
        )
    floor_m = np.quantile(seen[:, _ANKLES, 1].min(1), 0.1) - SOLE_BELOW_ANKLE_M
    origin_m = seen[0, _PELVIS] * [1, 0, 1] + [0, floor_m, 0]
    note = f"moved so that the floor is y = 0 and person {tracks[0].track_id} begins above the origin"
    return tuple(
        replace(track, joints_m=track.joints_m - origin_m, notes=(*track.notes, note)) for track in tracks
    )


@dataclass(frozen=True)
class _Grid:
    """Times at a constant rate; `fits`: all rows of a recording lie on it, frame by frame."""

    start_s: float
    fps: float
    frames: int
    fits: bool

    @property
    def time_s(self) -> np.ndarray:
        return self.start_s + np.arange(self.frames) / self.fps

    def nearest(self, time_s: np.ndarray) -> np.ndarray:
        """Numbers of the frames at these times."""
        return np.rint((time_s - self.start_s) * self.fps).astype(np.int64)


def _grid_of(rows: PoseSequence, fps: float) -> _Grid:
    if not fps > 0:
        raise UserError("The frame rate of the recording is unknown; give it with --fps, or convert to .csv.")
    start_s = float(rows.time_s.min())
    frames = (float(rows.time_s.max()) - start_s) * fps
    if frames > _MOST_FRAMES:
        raise UserError(
            f"At {fps:g} Hz the recording would have {frames:,.0f} frames, more than {_MOST_FRAMES:,}: check "
            "its times, or give a lower rate with --fps."
        )
    grid = _Grid(start_s, float(fps), round(frames) + 1, fits=True)
    number = grid.nearest(rows.time_s)
    in_time = np.abs(rows.time_s - start_s - number / fps) <= _SAME_TIME_S
    in_order = number == rows.frame_index - rows.frame_index.min()
    return replace(grid, fits=bool((in_time & in_order).all()))


def _on_grid(person: PoseSequence, grid: _Grid) -> np.ndarray:
    """[T,17,4]: joints in metres, y up, and their expected errors."""
    joints = (person.joints_3d_m.astype(float) + person.root_camera_m[:, None]) @ Y_UP.T
    values = np.concatenate([joints, person.expected_error_m[..., None]], axis=-1)
    if not grid.fits:
        return _interpolate(person.time_s, values, grid, _longest_gap_s(person.fps))
    return _placed(person.time_s, values, grid)


def _placed(time_s: np.ndarray, values: np.ndarray, grid: _Grid) -> np.ndarray:
    """values [n,...] at time_s [n] -> [T,...]: each at the frame nearest to its time, all other frames missing."""
    table = np.full((grid.frames, *values.shape[1:]), np.nan)
    table[grid.nearest(time_s)] = values
    return table


def _longest_gap_s(fps: float) -> float:
    return max(_LONGEST_GAP_S, _LONGEST_GAP_FRAMES / fps) if fps > 0 else _LONGEST_GAP_S


def _require_somebody(sequence: PoseSequence) -> None:
    if not len(sequence):
        raise UserError("The recording holds nobody; there is nothing to write.")


def one_person(sequence: PoseSequence, options: WriteOptions) -> tuple[WriteOptions, tuple[str, ...]]:
    """The options for the wanted person, or the one with most frames; where there are others, a note says so.
    UserError when nobody is there."""
    _require_somebody(sequence)
    chosen = sequence.track_ids[0] if options.track_id is None else options.track_id
    people = len(sequence.track_ids)
    notes = (f"person {chosen} of {people}",) if people > 1 else ()
    return replace(options, track_id=chosen), notes


def _interpolate(time_s: np.ndarray, values: np.ndarray, grid: _Grid, longest_gap_s: float) -> np.ndarray:
    """values [n,...] at time_s [n] -> [T,...]; missing beyond the ends, in long gaps, beside the missing."""
    if len(time_s) < 2:
        return _placed(time_s, values, grid)
    grid_s = grid.time_s
    after = np.clip(np.searchsorted(time_s, grid_s), 1, len(time_s) - 1)
    step_s = time_s[after] - time_s[after - 1]
    share = (grid_s - time_s[after - 1]) / step_s
    share[(step_s > longest_gap_s) & (share > 0) & (share < 1)] = np.nan
    # the last point of the grid may lie up to half a frame after the last frame
    half_s = (grid_s[1] - grid_s[0]) / 2 if len(grid_s) > 1 else 0.0
    share[(grid_s < time_s[0]) | (grid_s > time_s[-1] + half_s + _SAME_TIME_S)] = np.nan
    share = np.minimum(share, 1).reshape(-1, *(1,) * (values.ndim - 1))
    blend = (1 - share) * values[after - 1] + share * values[after]
    return np.where(share == 0, values[after - 1], np.where(share == 1, values[after], blend))


def sequence_of(track: Track, time_s: np.ndarray | None = None) -> PoseSequence:
    """A recording of one person that has no picture: pixels, camera and quality are NaN.

    Positions count from the pelvis; where the pelvis itself is missing, `root_camera_m` is interpolated in
    time and only says from where the other joints count. It is NaN where nothing of a person is ever known;
    NoPelvisError when other joints are.
    """
    return sequence_of_all((track,), time_s)


def sequence_of_all(tracks: Sequence[Track], time_s: np.ndarray | None = None) -> PoseSequence:
    """A recording of several people over the same frames; see `sequence_of`.

    Frames in which nothing of a person is known have no row, unless the person is alone.
    """
    frames = len(tracks[0].joints_m)
    times = tracks[0].time_s if time_s is None else time_s
    joints = np.stack([track.joints_m for track in tracks], axis=1) @ Y_UP.T  # [T,P,17,3]
    error = np.stack([track.expected_error_m for track in tracks], axis=1)
    seen = np.isfinite(joints).any((2, 3)) | (len(tracks) == 1)
    return blank_sequence(
        frame_index=(tracks[0].first_frame + np.arange(frames))[:, None].repeat(len(tracks), 1)[seen],
        time_s=times[:, None].repeat(len(tracks), 1)[seen],
        track_id=np.tile([track.track_id for track in tracks], (frames, 1))[seen],
        joints_camera_m=joints[seen],
        expected_error_m=error[seen],
        fps=tracks[0].fps,
    )


def blank_sequence(
    frame_index: np.ndarray,
    time_s: np.ndarray,
    track_id: np.ndarray,
    joints_camera_m: np.ndarray,
    expected_error_m: np.ndarray,
    fps: float,
) -> PoseSequence:
    """Rows in the camera frame as a PoseSequence; see `sequence_of`."""
    root = np.full((len(time_s), 3), np.nan)
    for track in np.unique(track_id):
        rows = track_id == track
        if np.isfinite(joints_camera_m[rows]).any():
            root[rows] = _root(time_s[rows], joints_camera_m[rows, _PELVIS], track)
    n, missing = len(time_s), np.float32(np.nan)
    return PoseSequence(
        frame_index=np.asarray(frame_index, np.int64),
        time_s=np.asarray(time_s, np.float64),
        track_id=np.asarray(track_id, np.int64),
        keypoints_2d_px=np.full((n, _JOINTS, 2), missing),
        keypoints_2d_confidence=np.full((n, _JOINTS), missing),
        joints_3d_m=(joints_camera_m - root[:, None]).astype(np.float32),
        root_camera_m=root.astype(np.float32),
        expected_error_m=np.asarray(expected_error_m, np.float32),
        pose_quality=np.full(n, missing),
        bbox_px=np.full((n, 4), missing),
        joint_names=H36M_17.joints,
        camera_matrix=np.full((3, 3), np.nan),
        fps=float(fps),
        image_size_wh=(0, 0),
        meta={},
    )


def _root(time_s: np.ndarray, pelvis_m: np.ndarray, track_id: int) -> np.ndarray:
    try:
        return without_gaps(time_s, pelvis_m, "pelvis")
    except UserError as error:
        raise NoPelvisError(f"person {track_id}: {error}") from error


def without_gaps(time_s: np.ndarray, points: np.ndarray, name: str) -> np.ndarray:
    """points [T,3] with its missing rows interpolated in time, held at the ends.

    UserError about the joint `name` when all are missing.
    """
    known = np.isfinite(points).all(-1)
    if not known.any():
        raise UserError(f"The {name} is missing in every frame; loosen the quality gate, or measure it.")
    columns = [np.interp(time_s, time_s[known], points[known, c]) for c in range(points.shape[1])]
    return np.where(known[:, None], points, np.stack(columns, axis=-1))


def people_among(
    bodies: Iterable[_Body], joints_of: Callable[[_Body], np.ndarray]
) -> list[tuple[_Body, np.ndarray]]:
    """The bodies of a file that are people, each with its joints; `joints_of` raises UserError for what is none, such
    as an animal or a box. UserError, that of the last body, when nobody is there."""
    people, failure = [], UserError("Nobody is there; export it again.")
    for body in bodies:
        try:
            people.append((body, joints_of(body)))
        except UserError as error:
            failure = error
    if not people:
        raise failure
    return people


def person_ids(names: Sequence[str], pattern: str) -> list[int]:
    """Whom a file's names of people mean: the number that `pattern` finds in each, or, where one has none, 1, 2, ..."""
    found = [re.fullmatch(pattern, name) for name in names]
    numbers = [int(match[1]) for match in found if match]
    return numbers if len(numbers) == len(names) else list(range(1, len(names) + 1))


def _short(joint: str) -> str:
    side, _, part = joint.partition("_")
    return side[0] + part if side in ("left", "right") else joint


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.rpartition(":")[2].lower())


# 'RightHip', 'right_hip' and 'RHip' are all right_hip; of two joints of one spelling, the full name wins.
_SPELLINGS = {
    _letters(spelling(joint)): joint
    for spelling in (_short, str)
    for skeleton in SKELETONS.values()
    for joint in skeleton.joints
}


def joint_named(name: str, aliases: Mapping[str, str]) -> str | None:
    """The joint of any skeleton that a name in a file means; see `to_h36m`."""
    letters = _letters(name)
    return aliases.get(letters, _SPELLINGS.get(letters))


def to_h36m(names: Sequence[str], joints: np.ndarray, aliases: Mapping[str, str], path: Path) -> np.ndarray:
    """joints [T,M,3] under the names of a file -> [T,17,3]; NaN where a joint cannot be made from them.

    `aliases` are what this kind of file calls joints, in small letters without punctuation, beyond the plain
    spellings. UserError, naming the file, when neither the pelvis nor both hips are there.
    """
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        joint = joint_named(name, aliases)
        if joint is not None:
            found.setdefault(joint, index)
    source = Skeleton("file", tuple(found), (-1,) * len(found))
    weights = skeleton_map(source, H36M_17)
    if np.isnan(weights[_PELVIS]).any() or not found:
        raise UserError(
            f"{path} names neither a pelvis nor both hips; rename its joints, e.g. RHip and LHip."
        )
    points = joints[:, list(found.values())]
    return np.stack([_mix(row, points) for row in weights], axis=1)


def _mix(weights: np.ndarray, points: np.ndarray) -> np.ndarray:
    """weights [M] of points [T,M,3] -> [T,3]; only what has a weight can be missing."""
    used = np.flatnonzero(weights)
    return np.einsum("m,tmc->tc", weights[used], points[:, used])
