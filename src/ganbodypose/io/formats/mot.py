"""MOT, the motion file of OpenSim: joint angles of one person over time.

Coordinates carry the names and signs of OpenSim's full-body models (Rajagopal et al. 2016): pelvis_tilt, _list,
_rotation about Z, X, Y of axes x forward, y up, z right; hips, lumbar and arms in the same order of axes; knee_angle
and elbow_flex positive in flexion; arms hang down at 0. Degrees, and metres for pelvis_tx, _ty, _tz: the place of the
hips' midpoint in the axes of the TRC file of the same recording (y up). A model's pelvis has its origin elsewhere,
so positions differ by a constant. Angles are those of the skeleton of constant bones (`skeleton_motion`).

Angles alone do not tell where joints are: `read_angles` gives the table (also of Sports2D and Pose2Sim), `read_mot`
says what to convert instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.geometry.kinematics import NODES, global_rotations
from ganbodypose.geometry.rotation import matrix_to_euler
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.skeleton_motion import SkeletonMotion, motion_of
from ganbodypose.io.formats.tracks import AXES_NOTE, WriteOptions, track_of
from ganbodypose.io.text import numbers_in, read_text

_NAMES = [node.name for node in NODES]
# Columns: OpenSim's x (forward), y (up), z (right) in a body that faces +z with left at +x (`geometry.kinematics`).
_TRUNK = np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]])
# The same for an upper arm, which hangs down at 0 and bends about z, but lies along x in the T-pose.
_ARMS = {
    "right": np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]]),
    "left": np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]]),
}
_MIRRORED = {"right": np.array([1.0, 1, 1]), "left": np.array([1.0, -1, -1])}  # left: adduction, rotation


@dataclass(frozen=True)
class JointAngles:
    """A table of coordinates over time: time_s [T], names [C], values [T,C] (angles in degrees)."""

    time_s: np.ndarray
    names: tuple[str, ...]
    values: np.ndarray


def write_mot(path: Path, sequence: PoseSequence, options: WriteOptions | None = None) -> tuple[str, ...]:
    """Write one person; returns what was done to the data, one clause each.

    UserError when a joint is missing in every frame.
    """
    track = track_of(sequence, options or WriteOptions())
    motion = motion_of(track)
    angles = joint_angles(motion, track.time_s)
    with replacing(path) as part:
        part.write_text("\n".join(_lines(path.stem, angles)) + "\n", encoding="utf-8", newline="\n")
    return (*track.notes, *motion.notes, f"in degrees and metres; {AXES_NOTE}")


def joint_angles(motion: SkeletonMotion, time_s: np.ndarray) -> JointAngles:
    """The coordinates of a skeleton's motion, in the order of the file; no jumps by 360 degrees."""
    turns = global_rotations(motion.rotations)
    columns: dict[str, np.ndarray] = {}
    for names, angles in _joints(turns):
        columns |= dict(zip(names, np.degrees(np.unwrap(angles, axis=0)).T, strict=True))
    columns |= dict(zip(("pelvis_tx", "pelvis_ty", "pelvis_tz"), motion.pelvis_m.T, strict=True))
    return JointAngles(time_s, tuple(columns), np.stack(list(columns.values()), axis=-1))


def _joints(turns: np.ndarray) -> Iterator[tuple[tuple[str, ...], np.ndarray]]:
    """Names of coordinates and their angles [T,n] rad, joint by joint; turns [T,N,3,3] of all nodes."""
    pelvis, thorax = _body(turns, "pelvis", _TRUNK), _body(turns, "thorax", _TRUNK)
    yield ("pelvis_tilt", "pelvis_list", "pelvis_rotation"), matrix_to_euler(pelvis, "ZXY")
    yield ("lumbar_extension", "lumbar_bending", "lumbar_rotation"), _between(pelvis, thorax)
    for side in ("right", "left"):
        s, sign = side[0], _MIRRORED[side]
        thigh, shank = _body(turns, f"{side}_hip", _TRUNK), _body(turns, f"{side}_knee", _TRUNK)
        yield (f"hip_flexion_{s}", f"hip_adduction_{s}", f"hip_rotation_{s}"), _between(pelvis, thigh) * sign
        yield (f"knee_angle_{s}",), -_between(thigh, shank)[:, :1]
        arm, forearm = (
            _body(turns, f"{side}_shoulder", _ARMS[side]),
            _body(turns, f"{side}_elbow", _ARMS[side]),
        )
        yield (f"arm_flex_{s}", f"arm_add_{s}", f"arm_rot_{s}"), _between(thorax, arm) * sign
        yield (f"elbow_flex_{s}",), _between(arm, forearm)[:, :1]


def _body(turns: np.ndarray, node: str, axes: np.ndarray) -> np.ndarray:
    return turns[:, _NAMES.index(node)] @ axes


def _between(parent: np.ndarray, child: np.ndarray) -> np.ndarray:
    return matrix_to_euler(np.swapaxes(parent, -1, -2) @ child, "ZXY")


def _lines(name: str, angles: JointAngles) -> Iterator[str]:
    yield from (name, "version=1", f"nRows={len(angles.time_s)}", f"nColumns={len(angles.names) + 1}")
    yield from ("inDegrees=yes", "endheader")
    yield "\t".join(("time", *angles.names))
    for time_s, row in zip(angles.time_s, angles.values, strict=True):
        yield "\t".join([f"{time_s:.6f}", *(f"{value:.6f}" for value in row + 0.0)])


def read_mot(path: Path) -> NoReturn:
    """UserError: the file is malformed, or holds angles where positions are wanted."""
    angles = read_angles(path)
    raise UserError(
        f"{path} holds {len(angles.names)} joint angles but no positions; use the .trc file of the same recording."
    )


def read_angles(path: Path) -> JointAngles:
    """The table of a MOT file of any program; UserError, naming the line, when it is malformed."""
    told, names, table = _table(path)
    if not np.isfinite(table[:, 0]).all() or (np.diff(table[:, 0]) <= 0).any():
        raise UserError(f"{path}: times must be given and increase from row to row.")
    values = table[:, 1:]
    if told.get("inDegrees", "yes").strip().lower() == "no":
        is_angle = [not name.lower().endswith(("_tx", "_ty", "_tz")) for name in names[1:]]
        values = np.where(is_angle, np.degrees(values), values)
    return JointAngles(table[:, 0], tuple(names[1:]), values)


def _table(path: Path) -> tuple[dict[str, str], list[str], np.ndarray]:
    """What the header tells, the names of the columns, and their numbers [T,C]."""
    lines = read_text(path, "MOT", older="latin-1").splitlines()
    header = next((k for k, line in enumerate(lines) if line.strip().lower() == "endheader"), None)
    if header is None or len(lines) < header + 2:
        raise UserError(f"{path} has no line 'endheader' with a table after it; it is no MOT file.")
    told = dict(line.strip().split("=", 1) for line in lines[:header] if "=" in line)
    names = [cell.strip() for cell in lines[header + 1].split("\t")]
    if names[0].lower() != "time" or len(names) < 2:
        raise UserError(f"{path}, line {header + 2}: 'time' and the names of coordinates are expected.")
    rows = [
        _row(line, len(names), f"{path}, line {number}")
        for number, line in enumerate(lines[header + 2 :], start=header + 3)
        if line.strip()
    ]
    if not rows or told.get("nRows", str(len(rows))).strip() != str(len(rows)):
        raise UserError(
            f"{path} announces {told.get('nRows')} rows, but {len(rows)} are there; export it again."
        )
    return told, names, np.array(rows)


def _row(line: str, width: int, where: str) -> list[float]:
    cells = [cell.strip() for cell in line.rstrip("\n").split("\t")]
    if len(cells) != width:
        raise UserError(f"{where} has {len(cells)} cells, but {width} columns are named.")
    return numbers_in(cells, where)
