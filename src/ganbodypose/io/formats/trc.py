"""TRC, the marker file of Motion Analysis, as OpenSim and Pose2Sim read and write it.

Tabs between the cells; millimetres, as the header says; y up (`tracks.Y_UP`); a missing marker is three empty
cells. Markers carry Pose2Sim's names where the joint is the same (its 'Neck' is the base of the neck, its
'Head' the crown). `Time` is the recording's own time, and `Frame#` is its frame number plus one. The format has
no comments: what was left out or resampled stands in the first line, behind the file's name.

Format: https://opensimconfluence.atlassian.net/wiki/spaces/OpenSim/pages/53089972
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.tracks import (
    AXES_NOTE,
    METRES,
    Track,
    WriteOptions,
    sequence_of,
    to_h36m,
    track_of,
)
from ganbodypose.io.text import numbers_in, read_text
from ganbodypose.skeletons import H36M_17

HEADER_KEYS = (
    "DataRate",
    "CameraRate",
    "NumFrames",
    "NumMarkers",
    "Units",
    "OrigDataRate",
    "OrigDataStartFrame",
    "OrigNumFrames",
)
_MARKERS = {"pelvis": "Hip", "spine": "Spine", "thorax": "Neck", "neck_nose": "NeckNose", "head_top": "Head"}
MARKER_ALIASES = {"hip": "pelvis", "chip": "pelvis", "head": "head_top"}
_LARGEST_NUMBER = 1e15  # of a frame; also refuses what is no number
_MM = 1000.0


def write_trc(
    path: str | Path, sequence: PoseSequence, options: WriteOptions | None = None
) -> tuple[str, ...]:
    """Write one person; returns what was done to the data, one clause each."""
    path = Path(path)
    track = track_of(sequence, options or WriteOptions())
    with replacing(path) as part:
        part.write_text("\n".join(_lines(track, path.name)) + "\n", encoding="utf-8", newline="\n")
    return (*track.notes, f"in mm; {AXES_NOTE}")


def marker_name(joint: str) -> str:
    """'right_hip' -> 'RHip'."""
    side, _, part = joint.partition("_")
    return _MARKERS.get(joint) or side[0].upper() + part.capitalize()


def _lines(track: Track, name: str) -> Iterator[str]:
    frames, joints = track.joints_m.shape[:2]
    rate = f"{track.fps:.9g}"
    notes = f" ({'; '.join(track.notes)})" if track.notes else ""
    yield f"PathFileType\t4\t(X/Y/Z)\t{name}{notes}"
    yield "\t".join(HEADER_KEYS)
    yield "\t".join(
        [rate, rate, str(frames), str(joints), "mm", rate, str(track.first_frame + 1), str(frames)]
    )
    yield "Frame#\tTime\t" + "\t\t\t".join(map(marker_name, H36M_17.joints)) + "\t\t\t"
    yield "\t\t" + "".join(f"X{k}\tY{k}\tZ{k}\t" for k in range(1, joints + 1))
    yield ""
    for k, (time_s, row) in enumerate(zip(track.time_s, track.joints_m, strict=True)):
        cells = "".join(_cells(point) for point in row * _MM)
        yield f"{track.first_frame + k + 1}\t{time_s:.6f}\t{cells}"


def _cells(point: np.ndarray) -> str:
    """Three cells, each closed by a tab: OpenSim would not count an empty one that ends the line."""
    return "".join(f"{c:.4f}\t" for c in point) if np.isfinite(point).all() else "\t\t\t"


def read_trc(path: str | Path) -> PoseSequence:
    """One person from a TRC file, y up, in the units of its header; UserError when it is malformed.

    Markers under other names than those of the 17 joints are used where a joint can be made from them
    (`skeletons.DERIVED_JOINTS`), and dropped otherwise.
    """
    path = Path(path)
    lines = read_text(path, "TRC", older="latin-1").splitlines()
    if not lines or not lines[0].startswith("PathFileType"):
        raise UserError(f"{path} does not begin with 'PathFileType'; it is no TRC file.")
    if len(lines) < 5:
        raise UserError(f"{path} ends within its header; export it again.")
    fps, scale, count, frames = _header(lines, path)
    names = [cell.strip() for cell in lines[3].split("\t") if cell.strip()]
    if names[:2] != ["Frame#", "Time"] or len(names) != count + 2:
        raise UserError(f"{path}: line 4 must be 'Frame#', 'Time' and the names of {count} markers.")
    table = _table(lines, count, path)
    if len(table) < frames:
        raise UserError(f"{path} announces {frames} frames, but {len(table)} are there; export it again.")
    joints = to_h36m(names[2:], table[:, 2:].reshape(len(table), count, 3) * scale, MARKER_ALIASES, path)
    track = Track(joints, np.full(joints.shape[:2], np.nan), fps, first_frame=int(table[0, 0]) - 1)
    sequence = sequence_of(track, table[:, 1])
    number = table[:, 0].astype(np.int64) - 1
    return replace(sequence, frame_index=number) if (np.diff(number) > 0).all() else sequence


def _header(lines: list[str], path: Path) -> tuple[float, float, int, int]:
    """Rate in Hz, metres per unit, numbers of markers and of frames."""
    values = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    try:
        fps, scale = float(values["DataRate"]), METRES[values["Units"].lower()]
        count, frames = int(values["NumMarkers"]), int(values["NumFrames"])
    except KeyError as error:
        raise UserError(f"{path}: the header lacks {error}, or knows no such unit of length.") from error
    except ValueError as error:
        raise UserError(f"{path}: a value in the header is not a number ({error}).") from error
    if not 0 < fps < np.inf or count < 1:
        raise UserError(f"{path}: DataRate and NumMarkers must be positive, not {fps:g} and {count}.")
    return fps, scale, count, frames


def _table(lines: list[str], count: int, path: Path) -> np.ndarray:
    """[T, 2 + 3 count]: frame number, time, coordinates; an empty cell is NaN."""
    width = 2 + 3 * count
    rows = []
    for number, line in enumerate(lines[5:], start=6):
        if line.strip():
            rows.append(_row(line, width, f"{path}, line {number}"))
    if not rows:
        raise UserError(f"{path} has a header but no frames; export it again.")
    table = np.array(rows)
    if not (np.abs(table[:, :2]) < _LARGEST_NUMBER).all() or (np.diff(table[:, 1]) <= 0).any():
        raise UserError(f"{path}: frame numbers and times must be given, and times increase from row to row.")
    return table


def _row(line: str, width: int, where: str) -> list[float]:
    cells = [cell.strip() for cell in line.split("\t")]
    if any(cells[width:]):
        raise UserError(f"{where} has {len(cells)} cells, but the header announces {width}.")
    cells = cells[:width] + [""] * (width - len(cells))  # some programs leave out empty cells at the end
    return numbers_in(cells, where)
