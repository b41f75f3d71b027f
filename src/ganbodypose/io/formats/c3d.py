"""C3D, the point file of biomechanics labs (Vicon, Mokka, Visual3D, MATLAB), through ezc3d.

Millimetres, y up as POINT:X_SCREEN and Y_SCREEN say (`tracks.Y_UP`), labels as in TRC. The residual of a point is
its expected error in whole millimetres, at most 255, and -1 where the point is missing. With several people, a
label is 'person2:RHip', and the group SUBJECTS names them. POINT:RATE is single precision, as the format has it.
The first frame's number is the recording's, or 1 where the last would exceed 16 bits; its exact time stands in
GANBODYPOSE:START_S.

Format: https://www.c3d.org/docs/C3D_User_Guide.pdf
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.c3d_check import BLOCK, check_c3d
from ganbodypose.io.formats.extras import need
from ganbodypose.io.formats.tracks import (
    AXES_NOTE,
    METRES,
    Z_TO_Y_UP,
    Track,
    WriteOptions,
    people_among,
    person_ids,
    sequence_of_all,
    to_h36m,
    tracks_of,
)
from ganbodypose.io.formats.trc import MARKER_ALIASES, marker_name
from ganbodypose.skeletons import H36M_17

_MM = 1000.0
_MAX_RESIDUAL_MM = 255  # one byte, in steps of the scale factor's size
_LONGEST_S = 120
_SPARE_ADDRESSES, _MOST_PER_BYTE = 4 << 30, 60  # bytes; of the file's bytes
_IDENTIFIER = 0x50  # second byte of every C3D file
# Words of the header: numbers of points and of analog samples in a frame, the points' scale (two words; negative: they
# are floats), number of the first block of points, from 1.
_POINTS, _ANALOG, _SCALE, _DATA_BLOCK = 1, 2, slice(6, 8), 8
_LAST_NUMBER = 65_535  # of a frame, from 1
_UP = {"Y": np.eye(3), "Z": Z_TO_Y_UP}  # the file's axes -> y up


def write_c3d(path: Path, sequence: PoseSequence, options: WriteOptions | None = None) -> tuple[str, ...]:
    """Write everybody, or one person; returns what was done to the data, one clause each.

    UserError when there are more frames than the format counts.
    """
    tracks = tracks_of(sequence, options or WriteOptions())
    first, numbering = _first_frame(tracks[0])
    file = need("ezc3d", "C3D").c3d()
    joints = np.concatenate([track.joints_m for track in tracks], axis=1) * _MM  # [T,P*17,3]
    error = np.concatenate([track.expected_error_m for track in tracks], axis=1) * _MM
    missing = ~np.isfinite(joints).all(-1)
    residual = np.where(missing, -1, np.nan_to_num(np.rint(error)).clip(0, _MAX_RESIDUAL_MM))
    _describe(file, tracks)
    file["data"]["points"] = np.insert(joints.transpose(2, 1, 0), 3, 1.0, axis=0)
    file["data"]["meta_points"]["residuals"] = np.where(missing, -1.0, 0.0).T[None]
    file["header"]["points"]["first_frame"] = first
    with replacing(path) as part:
        file.write(str(part))
        _point_words(part, "r+", residual.shape)[..., 3] = residual
    notes = ("in mm, residuals are the expected errors in mm", AXES_NOTE)
    return (*tracks[0].notes, *numbering, *notes)


def _first_frame(track: Track) -> tuple[int, tuple[str, ...]]:
    """The number of the first frame, from 0, and what is to be said about it."""
    frames = len(track.joints_m)
    if frames > _LAST_NUMBER:
        raise UserError(
            f"C3D counts {_LAST_NUMBER:,} frames at most, but the recording has {frames:,}: give a lower rate with "
            "--fps, or choose another format."
        )
    if 0 <= track.first_frame <= _LAST_NUMBER - frames:
        return track.first_frame, ()
    return 0, (f"frames are numbered from 1, for C3D counts to {_LAST_NUMBER:,}",)


def _describe(file: Any, tracks: Sequence[Track]) -> None:
    several = len(tracks) > 1
    prefixes = [f"person{track.track_id}:" if several else "" for track in tracks]
    labels = [prefix + marker_name(joint) for prefix in prefixes for joint in H36M_17.joints]
    point = file["parameters"]["POINT"]
    point["RATE"]["value"] = [tracks[0].fps]
    point["LABELS"]["value"] = labels
    point["UNITS"]["value"] = ["mm"]
    file.add_parameter("POINT", "X_SCREEN", ["+X"])
    file.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    file.add_parameter("GANBODYPOSE", "START_S", [tracks[0].start_s])
    if several:
        file.add_parameter("SUBJECTS", "USED", [len(tracks)])
        file.add_parameter("SUBJECTS", "NAMES", [prefix.rstrip(":") for prefix in prefixes])
        file.add_parameter("SUBJECTS", "LABEL_PREFIXES", prefixes)


def _point_words(path: Path, mode: Literal["r", "r+"], shape: tuple[int, ...]) -> np.memmap:
    """The numbers [T,M,4] of a file of ours as they lie there: x, y, z, and residual plus 256 times camera mask.

    ezc3d puts the residual of single precision files where the camera mask belongs, and looks for it there.
    """
    start = BLOCK * (int(_header_words(path)[_DATA_BLOCK]) - 1)
    return np.memmap(path, "<f4", mode, start, (*shape, 4))


def _header_words(path: Path) -> np.ndarray:
    return np.fromfile(path, "<u2", BLOCK // 2)


def read_c3d(path: Path) -> PoseSequence:
    """The people in a C3D file; points are joints by name, everybody with a prefix of their own. Points under other
    prefixes or none, as of things and of markers without a label, are left out.

    Up is y or z as POINT:Y_SCREEN says, else z, the labs' usual. UserError when the file is malformed, in unknown
    units, or names no pelvis and hips (raw skin markers are no joints).
    """
    file = _open(path)
    parameters, header = file["parameters"], file["header"]["points"]
    labels = list(_labels(parameters))
    fps, first = float(header["frame_rate"]), int(header["first_frame"])
    points = _points_m(path, file, labels, fps)
    start_s = float(_first(parameters, "GANBODYPOSE", "START_S", first / fps))
    error = _expected_error_m(path, parameters, points.shape[:2])
    table = np.concatenate([points, error[..., None]], axis=-1)
    people = _people(path, labels[: points.shape[1]], table)
    return sequence_of_all(
        [
            Track(joints[..., :3], joints[..., 3], fps, start_s, first, track_id=track_id)
            for track_id, joints in people.items()
        ]
    )


def _labels(parameters: Any) -> Iterator[str]:
    """Of all points; a parameter holds 255, the next ones are in LABELS2, LABELS3, ..."""
    for number in count(1):
        labels = _value(parameters, "POINT", f"LABELS{number}" if number > 1 else "LABELS", [])
        if not len(labels):
            return
        yield from map(str, labels)


def _points_m(path: Path, file: Any, labels: Sequence[str], fps: float) -> np.ndarray:
    """The points [T,M,3], y up; UserError in unknown units, or without frames, a rate, or a label for every point."""
    points = file["data"]["points"][:3].transpose(2, 1, 0)
    units = str(_first(file["parameters"], "POINT", "UNITS", "mm")).strip().lower()
    if units not in METRES:
        raise UserError(f"{path}: POINT:UNITS is {units!r}; mm, cm or m is expected.")
    if not 0 < fps < np.inf or not points.size or len(labels) < points.shape[1]:
        raise UserError(
            f"{path} has {len(points)} frames of {points.shape[1]} points with {len(labels)} labels at {fps:g} Hz; "
            "frames, a rate and a label for every point are expected."
        )
    screen = str(_first(file["parameters"], "POINT", "Y_SCREEN", "+Z")).strip().upper()
    return points * METRES[units] @ _UP["Y" if screen.endswith("Y") else "Z"].T


def _expected_error_m(path: Path, parameters: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Residuals [T,M] of a file of ours; those of other systems are no expected errors, so they are NaN, and so are
    those of a recording without expected errors, which are all 0."""
    if "GANBODYPOSE" not in parameters or not _is_as_written(path, shape[1]):
        return np.full(shape, np.nan)
    residual = np.array(_point_words(path, "r", shape)[..., 3], float)
    stated = (residual >= 0) & (residual > 0).any()
    return np.where(stated, residual, np.nan) / _MM


def _is_as_written(path: Path, points: int) -> bool:
    """Whoever saves a file of ours again may put analog samples between the frames, or make the points integers."""
    header = _header_words(path)
    return bool(header[_POINTS] == points and header[_ANALOG] == 0 and header[_SCALE].view("<f4")[0] < 0)


def _people(path: Path, labels: Sequence[str], table: np.ndarray) -> dict[int, np.ndarray]:
    """Points and errors [T,M,4] -> those of joints [T,17,4] by person: 'person2:RHip' is person 2's, other prefixes
    count from 1."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, label in enumerate(labels):
        groups[label.rpartition(":")[0]].append(index)

    def joints_of(prefix: str) -> np.ndarray:
        of = groups[prefix]
        return to_h36m([labels[i] for i in of], table[:, of], MARKER_ALIASES, path)

    people = dict(people_among(groups, joints_of))
    return dict(zip(person_ids(list(people), r"person(\d+)"), people.values(), strict=True))


def _open(path: Path) -> Any:
    """ezc3d's reader trusts a file's numbers, so they are checked before, and another process tries it first."""
    ezc3d = need("ezc3d", "C3D")
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist; check the path.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) < BLOCK or data[1] != _IDENTIFIER:
        raise UserError(f"{path} does not begin with a C3D header (second byte 0x50); it is no C3D file.")
    try:
        check_c3d(data)
        _try_elsewhere(path)
        return ezc3d.c3d(str(path))
    except (
        OSError,
        RuntimeError,
        ValueError,
        IndexError,
        KeyError,
        MemoryError,
        UnicodeDecodeError,
    ) as error:
        raise UserError(f"{path} is malformed: {error}; export it again.") from error


def _try_elsewhere(path: Path) -> None:
    """ValueError where ezc3d crashes on the file, finds no end or takes far more memory than the file explains, which
    only costs a process of its own."""
    program = (
        f"import sys; sys.path[:] = {sys.path!r}; most = int(sys.argv[2])\n"
        "import ezc3d\n"
        "try:\n import resource; resource.setrlimit(resource.RLIMIT_AS, (most, most))\n"
        "except (ImportError, ValueError, OSError): pass\n"  # Windows; or there is a lower limit already
        "try:\n ezc3d.c3d(sys.argv[1])\n"
        "except Exception as error:\n"  # told when it is read here
        " sys.exit(isinstance(error, MemoryError) or 'bad_alloc' in str(error))"
    )
    most = _SPARE_ADDRESSES + _MOST_PER_BYTE * path.stat().st_size
    try:
        tried = subprocess.run(
            [sys.executable, "-c", program, str(path), str(most)],
            capture_output=True,
            check=False,
            timeout=_LONGEST_S,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # each thread takes addresses
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"it takes longer than {_LONGEST_S} s to read") from None
    if tried.returncode != 0:
        raise ValueError("ezc3d crashes on it or takes too much memory")


def _value(parameters: Any, group: str, name: str, default: Any) -> Any:
    try:
        return parameters[group][name]["value"]
    except KeyError:
        return default


def _first(parameters: Any, group: str, name: str, default: Any) -> Any:
    return next(iter(_value(parameters, group, name, [])), default)
