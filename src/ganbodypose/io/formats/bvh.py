"""BVH, the motion file of Blender, Unity and MotionBuilder: one person's skeleton and its joint rotations.

Centimetres, y up (`tracks.Y_UP`), person facing +z in a T-pose at rest. The root has its position and its
rotation, every other node three angles in degrees, in the order Z X Y: rotation = Rz Rx Ry, each about the
turned axis. Bones are constant, with the median length over the recording (`geometry.kinematics`). The frame
time is the recording's; BVH knows no start, so the first frame is at 0 s. It knows no missing values either:
they are interpolated in time, and a note says how many. It has no comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.geometry.kinematics import NODES
from ganbodypose.geometry.rotation import euler_to_matrix, matrix_to_euler, without_flips
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.skeleton_motion import SkeletonMotion, motion_of, rig_joints, stance
from ganbodypose.io.formats.tracks import (
    AXES_NOTE,
    Z_TO_Y_UP,
    Track,
    WriteOptions,
    sequence_of,
    track_of,
)
from ganbodypose.io.text import read_text

EULER_ORDER = "ZXY"
_CM = 100.0
# From knees to head, rigs in centimetres that are drawn smaller than life included.
_LONGEST_IN_METRES, _LONGEST_IN_CM = 5.0, 350.0
_TIP_CM = 5.0  # drawn beyond wrists, ankles and crown, which have no bone of their own
_ROTATIONS = " ".join(f"{axis}rotation" for axis in EULER_ORDER)


def write_bvh(
    path: str | Path, sequence: PoseSequence, options: WriteOptions | None = None
) -> tuple[str, ...]:
    """Write one person; returns what was done to the data, one clause each.

    UserError when a joint is missing in every frame.
    """
    path = Path(path)
    track = track_of(sequence, options or WriteOptions())
    motion = motion_of(track)
    lines = [*_hierarchy(motion.offsets_m * _CM), *_motion(motion, track.fps)]
    with replacing(path) as part:
        part.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return (*track.notes, *motion.notes, f"in cm, Euler angles {EULER_ORDER}; {AXES_NOTE}")


def _hierarchy(offsets_cm: np.ndarray, index: int = 0) -> Iterator[str]:
    """The lines of node `index` and all that hangs from it."""
    node = NODES[index]
    depth = _depth(index)
    outer, inner = "\t" * depth, "\t" * (depth + 1)
    if index == 0:
        yield "HIERARCHY"
    yield f"{outer}{'JOINT' if depth else 'ROOT'} {node.name}"
    yield f"{outer}{{"
    yield f"{inner}OFFSET {_numbers(offsets_cm[index])}"
    yield f"{inner}CHANNELS " + (
        f"3 {_ROTATIONS}" if depth else f"6 Xposition Yposition Zposition {_ROTATIONS}"
    )
    children = [i for i, child in enumerate(NODES) if child.parent == index]
    for child in children:
        yield from _hierarchy(offsets_cm, child)
    if not children:
        tip = _numbers(np.array(node.direction) * _TIP_CM)
        yield from (f"{inner}End Site", f"{inner}{{", f"{inner}\tOFFSET {tip}", f"{inner}}}")
    yield f"{outer}}}"


def _depth(index: int) -> int:
    return 0 if index == 0 else 1 + _depth(NODES[index].parent)


def _motion(motion: SkeletonMotion, fps: float) -> Iterator[str]:
    angles = np.degrees(without_flips(matrix_to_euler(motion.rotations, EULER_ORDER)))
    yield "MOTION"
    yield f"Frames: {len(angles)}"
    yield f"Frame Time: {1 / fps:.9f}"
    for root, row in zip(motion.pelvis_m * _CM, angles, strict=True):
        yield f"{_numbers(root)} {_numbers(row.ravel())}"


def _numbers(values: np.ndarray) -> str:
    return " ".join(f"{value:.6f}" for value in values + 0.0)  # + 0.0: no negative zero


@dataclass
class _Node:
    """One node of a file: offset in the file's unit, the channels in their order."""

    name: str
    parent: int
    offset: np.ndarray
    channels: list[str]


def read_bvh(path: str | Path) -> PoseSequence:
    """One person from a BVH file of any skeleton, from 0 s on.

    Up is y or z, whichever the skeleton stands along before it moves; the unit is the centimetre, unless a person
    would be a dwarf or a giant in it: then metres or millimetres.
    Joints are found by name: those of this program, and the usual ones (Hips, LeftUpLeg, LeftArm, ...).
    UserError when the file is malformed or has no pelvis and hips.
    """
    path = Path(path)
    hierarchy, _, motion = read_text(path, "BVH", older="latin-1").partition("MOTION")
    if not hierarchy.lstrip().startswith("HIERARCHY") or not motion:
        raise UserError(f"{path} must have the parts HIERARCHY and MOTION; it is no BVH file.")
    try:
        nodes = _parse_hierarchy(hierarchy.split()[1:])
        fps, table = _parse_motion(motion, sum(len(node.channels) for node in nodes))
    except ValueError as error:
        raise UserError(f"{path} is malformed: {error}.") from error
    except (IndexError, StopIteration) as error:
        raise UserError(f"{path} is malformed: it ends too early.") from error
    names = [node.name for node in nodes]
    up, knees_to_head = stance(names, _rest(nodes), path)
    places = _positions(nodes, table) * _unit_m(knees_to_head)
    if up == "z":  # as Blender writes it
        places = places @ Z_TO_Y_UP.T
    joints = rig_joints(names, places, path)
    return sequence_of(Track(joints, np.full(joints.shape[:2], np.nan), fps))


def _unit_m(knees_to_head: float) -> float:
    """Metres in a file's unit, by the length of about a metre that a person has from knees to head."""
    if 0 < knees_to_head < _LONGEST_IN_METRES:  # as Blender writes it
        return 1.0
    return 1e-3 if knees_to_head > _LONGEST_IN_CM else 1 / _CM


def _parse_hierarchy(words: list[str]) -> list[_Node]:
    """ValueError says what is wrong. End sites have no name that matters and no channels."""
    nodes: list[_Node] = []
    open_nodes: list[int] = []
    stream = iter(words)
    for word in stream:
        if word in ("ROOT", "JOINT", "End"):
            nodes.append(_Node(next(stream), open_nodes[-1] if open_nodes else -1, np.zeros(3), []))
            if next(stream) != "{":
                raise ValueError(f"no '{{' after {nodes[-1].name!r}")
            open_nodes.append(len(nodes) - 1)
        elif word == "OFFSET":
            nodes[open_nodes[-1]].offset = np.array([float(next(stream)) for _ in range(3)])
        elif word == "CHANNELS":
            nodes[open_nodes[-1]].channels = [_channel(next(stream)) for _ in range(int(next(stream)))]
        elif word == "}":
            open_nodes.pop()
        else:
            raise ValueError(f"{word!r} is not expected in the hierarchy")
    if open_nodes or not nodes:
        raise ValueError("the braces of the hierarchy do not match")
    return nodes


def _channel(word: str) -> str:
    if word[:1] not in ("X", "Y", "Z") or word[1:] not in ("position", "rotation"):
        raise ValueError(f"{word!r} is no channel")
    return word


def _parse_motion(text: str, channels: int) -> tuple[float, np.ndarray]:
    """Rate in Hz and values [T, channels]."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    frames = int(lines[0].removeprefix("Frames:"))
    interval_s = float(lines[1].removeprefix("Frame Time:"))
    if not 0 < interval_s < np.inf:
        raise ValueError(f"the frame time must be a positive number of seconds, not {interval_s:g}")
    rows = [np.array(line.split(), float) for line in lines[2:]]
    if len(rows) != frames or not rows:
        raise ValueError(f"{frames} frames are announced, but {len(rows)} are there")
    if any(len(row) != channels or not np.isfinite(row).all() for row in rows):
        raise ValueError(f"every frame must have {channels} numbers, one per channel")
    return 1 / interval_s, np.stack(rows)


def _positions(nodes: list[_Node], table: np.ndarray) -> np.ndarray:
    """[T, nodes, 3] in the file's unit."""
    positions = np.empty((len(table), len(nodes), 3))
    turns = np.empty((len(table), len(nodes), 3, 3))
    column = 0
    for index, node in enumerate(nodes):
        values = table[:, column : column + len(node.channels)]
        column += len(node.channels)
        offset, turn = _local(node, values)
        if node.parent >= 0:
            above = turns[:, node.parent]
            offset = positions[:, node.parent] + np.einsum("tij,tj->ti", above, offset)
            turn = above @ turn
        positions[:, index], turns[:, index] = offset, turn
    return positions


def _rest(nodes: list[_Node]) -> np.ndarray:
    """[nodes, 3] without any rotation."""
    places = np.array([node.offset for node in nodes])
    for index, node in enumerate(nodes):
        places[index] += places[node.parent] if node.parent >= 0 else 0
    return places


def _local(node: _Node, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offset [T,3] and rotation [T,3,3] from the parent; position channels stand in for the offset."""
    offset = np.tile(node.offset, (len(values), 1))
    for k, channel in enumerate(node.channels):
        if channel.endswith("position"):
            offset[:, "XYZ".index(channel[0])] = values[:, k]
    turning = [k for k, channel in enumerate(node.channels) if channel.endswith("rotation")]
    axes = "".join(node.channels[k][0] for k in turning)
    return offset, euler_to_matrix(np.radians(values[:, turning]), axes)
