"""CSV as a long table: one line per frame, person and joint, for spreadsheets, R and data frames.

    frame_index, time_s, track_id, joint   which joint of whom and when
    x_px, y_px, confidence                 the detected keypoint in the picture
    x_m, y_m, z_m                          the joint in the camera frame (x right, y down, z forward)
    expected_error_m, pose_quality         of the joint from the pelvis; of the whole person in this frame

Metres, seconds and pixels; missing is an empty cell. Comma, decimal point, UTF-8, one header line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.tracks import WriteOptions, blank_sequence, select
from ganbodypose.io.text import read_text
from ganbodypose.skeletons import H36M_17

COLUMNS = (
    "frame_index",
    "time_s",
    "track_id",
    "joint",
    "x_px",
    "y_px",
    "confidence",
    "x_m",
    "y_m",
    "z_m",
    "expected_error_m",
    "pose_quality",
)
_NUMBERS = COLUMNS[4:]
_JOINTS = len(H36M_17)


def write_csv(
    path: str | Path, sequence: PoseSequence, options: WriteOptions | None = None
) -> tuple[str, ...]:
    """Write everybody, or one person; returns what was done to the data, one clause each."""
    path = Path(path)
    chosen = select(sequence, options or WriteOptions())
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(COLUMNS)
        lines.writerows(_rows(chosen.sequence))
    return (*chosen.notes, "in metres in the camera frame: x right, y down, z forward")


def _rows(sequence: PoseSequence) -> Iterator[list[object]]:
    position = sequence.joints_3d_m.astype(float) + sequence.root_camera_m[:, None]
    for n in range(len(sequence)):
        head = [int(sequence.frame_index[n]), repr(float(sequence.time_s[n])), int(sequence.track_id[n])]
        for j, joint in enumerate(H36M_17.joints):
            numbers = (
                *sequence.keypoints_2d_px[n, j],
                sequence.keypoints_2d_confidence[n, j],
                *position[n, j],
                sequence.expected_error_m[n, j],
                sequence.pose_quality[n],
            )
            yield [*head, joint, *("" if np.isnan(v) else f"{v:.9g}" for v in numbers)]


def read_csv(path: str | Path) -> PoseSequence:
    """The rows of such a table; columns may come in any order, and further ones are ignored.

    The frame rate is the average one, NaN with fewer than two frames. What the table does not hold (camera,
    bounding boxes) is NaN. UserError, naming file and line, when the table is malformed.
    """
    path = Path(path)
    table = csv.DictReader(read_text(path, "CSV").splitlines())
    absent = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    if absent:
        raise UserError(
            f"{path} lacks the column {absent[0]!r}; its first line must name {', '.join(COLUMNS)}."
        )
    rows: dict[tuple[int, int], int] = {}
    times: list[float] = []
    blocks: list[np.ndarray] = []
    for line in table:
        frame, time_s, track, joint, numbers = _parsed(line, f"{path}, line {table.line_num}")
        row = rows.setdefault((frame, track), len(rows))
        if row == len(blocks):
            times.append(time_s)
            blocks.append(np.full((_JOINTS, len(_NUMBERS)), np.nan))
        blocks[row][joint] = numbers
    if not rows:
        raise UserError(f"{path} has a header but no rows.")
    keys = np.array(list(rows), np.int64)
    return _sequence(keys, np.array(times), np.stack(blocks))


def _parsed(line: dict[str, str], where: str) -> tuple[int, float, int, int, list[float]]:
    if None in line.values():
        raise UserError(f"{where} has too few cells; mend or remove it.")
    try:
        joint = H36M_17.index(line["joint"])
        numbers = [float(line[name]) if line[name] else float("nan") for name in _NUMBERS]
        return int(line["frame_index"]), float(line["time_s"]), int(line["track_id"]), joint, numbers
    except ValueError as error:
        raise UserError(f"{where} cannot be read ({error}); mend or remove it.") from error


def _sequence(keys: np.ndarray, time_s: np.ndarray, values: np.ndarray) -> PoseSequence:
    """keys [N,2] frame and person, values [N,17,8] in the order of _NUMBERS."""
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    (frame, track), time_s = keys[order].T, time_s[order]
    values = values[order]
    duration_s, frames = time_s[-1] - time_s[0], frame[-1] - frame[0]
    fps = float(frames / duration_s) if duration_s > 0 else float("nan")
    blank = blank_sequence(frame, time_s, track, values[..., 3:6], values[..., 6], fps)
    return replace(
        blank,
        keypoints_2d_px=values[..., :2].astype(np.float32),
        keypoints_2d_confidence=values[..., 2].astype(np.float32),
        pose_quality=values[:, 0, 7].astype(np.float32),
    )
