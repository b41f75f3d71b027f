"""netCDF as `movement` (Neuroinformatics Unit) keeps poses, for its plots, filters and kinematics, through xarray.

    position [time, space, keypoints, individuals]   metres in the camera frame (x right, y down, z forward)
    confidence [time, keypoints, individuals]        of the detected keypoint, 0 to 1
    expected_error [time, keypoints, individuals]    metres;   pose_quality [time, individuals]

Times are seconds; attributes fps, time_unit, ds_type 'poses' and source_software as `movement` wants them. Individuals
are 'person_1', ... A frame in which somebody was not seen is NaN. Frame numbers are a coordinate beside time.

Format: https://movement.neuroinformatics.dev, "movement datasets"
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError, average_fps
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.extras import need
from ganbodypose.io.formats.tracks import (
    CAMERA_FRAME_NOTE,
    Y_UP,
    Track,
    WriteOptions,
    person_ids,
    select,
    sequence_of_all,
    to_h36m,
)
from ganbodypose.skeletons import H36M_17

_DIMS = ("time", "space", "keypoints", "individuals")
_POINT_DIMS = ("time", "keypoints", "individuals")
_ATTRIBUTES = {
    "source_software": "gan-bodypose",
    "ds_type": "poses",
    "time_unit": "seconds",
    "axes": "x right, y down, z forward",
}


def write_netcdf(path: Path, sequence: PoseSequence, options: WriteOptions | None = None) -> tuple[str, ...]:
    """Write everybody, or one person; returns what was done to the data, one clause each."""
    chosen = select(sequence, options or WriteOptions())
    rows = chosen.sequence
    if not len(rows):
        raise UserError("The recording holds nobody; there is nothing to write.")
    xarray = need("xarray", "netCDF")
    need("h5netcdf", "netCDF")
    with replacing(path) as part:
        _dataset(xarray, rows).to_netcdf(part, engine="h5netcdf")
    return (*chosen.notes, CAMERA_FRAME_NOTE)


def _dataset(xarray: Any, rows: PoseSequence) -> Any:
    """The xarray.Dataset of all rows; a frame in which nobody was seen is not there."""
    frames, first, at = np.unique(rows.frame_index, return_index=True, return_inverse=True)
    ids = sorted(rows.track_ids)
    who = np.searchsorted(ids, rows.track_id)

    def spread(values: np.ndarray) -> np.ndarray:
        """Values [N,...] of rows as [T,...,P]."""
        table = np.full((len(frames), len(ids), *values.shape[1:]), np.nan)
        table[at, who] = values
        return np.moveaxis(table, 1, -1)

    position = spread(np.swapaxes(rows.joints_3d_m.astype(float) + rows.root_camera_m[:, None], 1, 2))
    return xarray.Dataset(
        {
            "position": (_DIMS, position, {"units": "m"}),
            "confidence": (_POINT_DIMS, spread(rows.keypoints_2d_confidence)),
            "expected_error": (_POINT_DIMS, spread(rows.expected_error_m), {"units": "m"}),
            "pose_quality": (("time", "individuals"), spread(rows.pose_quality)),
        },
        coords={
            "time": rows.time_s[first],
            "space": ["x", "y", "z"],
            "keypoints": list(H36M_17.joints),
            "individuals": [f"person_{track_id}" for track_id in ids],
            "frame_index": ("time", frames),
        },
        attrs=_ATTRIBUTES | ({"fps": float(rows.fps)} if np.isfinite(rows.fps) else {}),
    )


def read_netcdf(path: Path) -> PoseSequence:
    """The people in a `movement` poses dataset in space: in metres, axes of the camera.

    Keypoints are joints by name. UserError when it is malformed, flat, or names no pelvis or hips.
    """
    found = _contents(path)
    if found.position.shape[1] != 3 or not len(found.time_s) or (np.diff(found.time_s) <= 0).any():
        raise UserError(f"{path} must hold positions in space (x, y, z) at times that increase.")
    start_s, tracks = float(found.time_s[0]), []
    for p, track_id in enumerate(person_ids(found.people, r"person_(\d+)")):
        places, error = np.moveaxis(found.position[..., p], 1, 2) @ Y_UP.T, found.error[..., p, None]
        joints = to_h36m(found.names, np.concatenate([places, error], axis=-1), {}, path)
        tracks.append(Track(joints[..., :3], joints[..., 3], found.fps, start_s, track_id=track_id))
    sequence = sequence_of_all(tracks, found.time_s)
    return replace(sequence, frame_index=found.frames[sequence.frame_index])


@dataclass(frozen=True)
class _Contents:
    """T times, K keypoints and P people: position [T,3,K,P], error [T,K,P], time_s [T], frames [T]."""

    position: np.ndarray
    error: np.ndarray
    time_s: np.ndarray
    frames: np.ndarray
    names: list[str]
    people: list[str]
    fps: float


def _contents(path: Path) -> _Contents:
    dataset = _open(path)
    try:
        position = np.asarray(dataset["position"].transpose(*_DIMS), float)
        fps = float(dataset.attrs.get("fps") or "nan")
        time_s = _times_s(path, dataset, fps)
        names, people = ([str(n) for n in dataset[dim].values] for dim in ("keypoints", "individuals"))
        error: np.ndarray = np.full((len(time_s), len(names), len(people)), np.nan)
        if "expected_error" in dataset:
            error = np.asarray(dataset["expected_error"].transpose(*_POINT_DIMS), float)
        frames: np.ndarray = np.arange(len(time_s))
        if "frame_index" in dataset.coords:
            frames = np.asarray(dataset["frame_index"], np.int64)
    except (KeyError, ValueError, TypeError) as failure:
        raise UserError(
            f"{path} is no poses dataset of movement: 'position' over {', '.join(_DIMS)} is expected ({failure})."
        ) from failure
    if frames.shape != time_s.shape:
        raise UserError(f"{path}: 'frame_index' must be one number for each time.")
    if not people:
        raise UserError(f"{path} holds nobody; there is nothing to read.")
    if np.isnan(fps) and len(frames):
        fps = average_fps(frames[-1] - frames[0], time_s[-1] - time_s[0])
    return _Contents(position, error, time_s, frames, names, people, fps)


def _times_s(path: Path, dataset: Any, fps: float) -> np.ndarray:
    """`movement` counts frames where it was not told the rate."""
    times = np.asarray(dataset["time"], float)
    if dataset.attrs.get("time_unit") != "frames":
        return times
    if np.isnan(fps):
        raise UserError(f"{path} has times in frames but no rate; give it the attribute 'fps'.")
    return times / fps


def _open(path: Path) -> Any:
    xarray = need("xarray", "netCDF")
    need("h5netcdf", "netCDF")
    if not path.is_file():
        raise UserError(f"{path} does not exist; check the path.")
    try:
        return xarray.load_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = (str(error).splitlines() or ["unreadable"])[0]
        raise UserError(f"{path} is not a complete netCDF 4 file ({reason}); export it again.") from error
