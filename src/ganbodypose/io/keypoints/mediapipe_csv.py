"""MediaPipe Pose as a table, one person: the usual dumps of its 33 landmarks as CSV.

    wide   frame, time_s, nose_x, nose_y, nose_z, nose_visibility, ...     one line a picture; landmarks by name
                          x0, y0, z0, v0, ... or x1 ... x33, 0_x, landmark_0_x   or by number
    long   frame, landmark, x, y, z, visibility                            one line a landmark, by name or number

`frame` and times (`mediapipe.TIME_UNITS_S`) are optional in a wide table, z everywhere; without visibility every
landmark given counts as seen. Small and capital letters are the same. Units: `mediapipe`.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.io.keypoints.frames import KeypointFrame, malformed, people_frame
from ganbodypose.io.keypoints.mediapipe import TIME_UNITS_S, landmark_person, pixel_scale
from ganbodypose.skeletons import BLAZEPOSE_33

_JOINTS = len(BLAZEPOSE_33)
_FRAME = ("frame", "frame_index", "frame_id", "frame_number")
_LANDMARK = ("landmark", "landmark_id", "landmark_index", "landmark_name", "joint", "name", "id")
_LONGEST_HEADER = 1 << 16  # characters; 33 landmarks have 3000
_PARTS = (("x",), ("y",), ("z",), ("visibility", "vis", "v"))

Row = dict[str, str]


def mediapipe_csv_frames(path: Path, text: str, size_wh: tuple[int, int] | None) -> list[KeypointFrame]:
    """UserError names the file, the line and what is wrong there; fractions need the picture's size."""
    table = csv.DictReader(text.splitlines())
    columns = _lower(table.fieldnames)
    table.fieldnames = columns
    try:
        read = _long if _is_long(columns) else _wide
        found = read(path, table, columns)
    except csv.Error as error:
        raise malformed(path, f"line {table.line_num}", error) from error
    if not found:
        raise UserError(f"{path} has a header but no rows; export the keypoints again.")
    scale = pixel_scale(path, [image for _, image in found.values()], size_wh)
    return [
        people_frame(index, [(landmark_person(image, None, scale), None)], time_s)
        for index, (time_s, image) in sorted(found.items())
    ]


def is_mediapipe_csv(path: Path) -> bool:
    """Does the first line of this .csv name landmarks of MediaPipe?"""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            columns = _lower(file.readline(_LONGEST_HEADER).split(","))
    except OSError:
        return False
    return _is_long(columns) or _wide_columns(columns) is not None


def _lower(names: Iterable[str] | None) -> list[str]:
    return [name.strip().lower() for name in names or ()]


def _is_long(columns: list[str]) -> bool:
    return any(name in columns for name in _LANDMARK) and "x" in columns


Found = dict[int, tuple[float, np.ndarray]]


def _wide(path: Path, table: csv.DictReader[str], columns: list[str]) -> Found:
    names = _wide_columns(columns)
    if names is None:
        raise UserError(
            f"{path} has no columns of MediaPipe's landmarks; name them nose_x, nose_y, ... or x0, y0, ..."
        )
    found: Found = {}
    for number, row in enumerate(table):
        with_place = _cells(path, row, table.line_num)
        image = np.array(
            [[with_place(name) if name else _default(k) for k, name in enumerate(of)] for of in names]
        )
        index = _index(with_place, columns, number)
        if index in found:
            raise malformed(path, f"line {table.line_num}", ValueError(f"frame {index} is there twice"))
        found[index] = _time_s(with_place, columns), image
    return found


def _long(path: Path, table: csv.DictReader[str], columns: list[str]) -> Found:
    which = next(name for name in _LANDMARK if name in columns)
    parts = [next((name for name in names if name in columns), None) for names in _PARTS]
    if parts[1] is None or not any(name in columns for name in _FRAME):
        raise UserError(f"{path} must have the columns frame, {which}, x and y.")
    found: Found = {}
    given: set[tuple[int, int]] = set()
    for row in table:
        with_place = _cells(path, row, table.line_num)
        joint = _joint(row[which] or "", path, table.line_num)
        index = _index(with_place, columns, 0)
        if (index, joint) in given:
            twice = f"landmark {row[which]!r} of frame {index} is there twice"
            raise malformed(path, f"line {table.line_num}", ValueError(twice))
        given.add((index, joint))
        blank = (_time_s(with_place, columns), np.full((_JOINTS, 4), np.nan))
        image = found.setdefault(index, blank)[1]
        image[joint] = [with_place(name) if name else _default(k) for k, name in enumerate(parts)]
    return found


def _wide_columns(columns: list[str]) -> list[list[str | None]] | None:
    """[33][4] names of the columns of x, y, z, visibility (the last two may be absent), or None."""
    base = 1 if "x33" in columns else 0  # counted from 1
    styles: tuple[Callable[[int, str], str], ...] = (
        lambda j, part: f"{BLAZEPOSE_33.joints[j]}_{part}",
        lambda j, part: f"{part}{j + base}",
        lambda j, part: f"{j}_{part}",
        lambda j, part: f"landmark_{j}_{part}",
    )
    for style in styles:
        names = [
            [next((n for n in (style(j, p) for p in parts) if n in columns), None) for parts in _PARTS]
            for j in range(_JOINTS)
        ]
        if all(of[0] and of[1] for of in names):
            return names
    return None


def _default(part: int) -> float:
    """Of a column that is absent: no depth, but seen."""
    return 1.0 if part == 3 else np.nan


def _cells(path: Path, row: Row, line: int) -> Callable[[str], float]:
    """Column name -> number; an empty cell is NaN."""

    def cell(name: str) -> float:
        if row[name] is None:
            raise malformed(path, f"line {line}", ValueError("there are too few cells"))
        try:
            return float(row[name]) if row[name].strip() else np.nan
        except ValueError as error:
            raise malformed(path, f"line {line}, column {name}", error) from error

    return cell


def _index(cell: Callable[[str], float], columns: list[str], default: int) -> int:
    name = next((name for name in _FRAME if name in columns), None)
    value = cell(name) if name else default
    return int(value) if np.isfinite(value) else default


def _time_s(cell: Callable[[str], float], columns: list[str]) -> float:
    name = next((name for name in TIME_UNITS_S if name in columns), None)
    return cell(name) * TIME_UNITS_S[name] if name else np.nan


def _joint(text: str, path: Path, line: int) -> int:
    name = text.strip().lower().removeprefix("poselandmark.")
    if name in BLAZEPOSE_33.joints:
        return BLAZEPOSE_33.index(name)
    if name.isdecimal() and int(name) < _JOINTS:
        return int(name)
    raise malformed(path, f"line {line}", ValueError(f"{text!r} is none of MediaPipe's 33 landmarks"))
