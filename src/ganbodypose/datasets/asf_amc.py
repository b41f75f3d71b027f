"""CMU motion capture as ASF (a subject's skeleton) and AMC (its motions): subjects/NN/NN.asf with NN_MM.amc beside it.

Acclaim format; mocap.cs.cmu.edu, free for all uses. Lengths are in inches / 0.45, y is up, angles are in degrees and
turn about each bone's own axes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganbodypose.core import Clip, UserError
from ganbodypose.datasets.checks import field_error
from ganbodypose.datasets.views import Y_UP_TO_Z_UP
from ganbodypose.geometry.rotation import euler_to_matrix
from ganbodypose.skeletons import H36M_17

FPS = 120.0  # of nearly all recordings; the files state none
_UNIT_M = 0.0254 / 0.45
_WRIST_SHARE = 0.7  # the wrist lies within the bone 'wrist': its start is too near, its end too far
# The end of which bone is which joint; `_joints` makes the others.
_ENDS = {
    "spine": "lowerback",
    "neck_nose": "upperneck",
    "head_top": "head",
    **{f"{side}_hip": f"{side[0]}hipjoint" for side in ("left", "right")},
    **{f"{side}_knee": f"{side[0]}femur" for side in ("left", "right")},
    **{f"{side}_ankle": f"{side[0]}tibia" for side in ("left", "right")},
    **{f"{side}_shoulder": f"{side[0]}clavicle" for side in ("left", "right")},
    **{f"{side}_elbow": f"{side[0]}humerus" for side in ("left", "right")},
}
_NEEDED = (*_ENDS.values(), "thorax", "lowerneck", "lradius", "rradius", "lwrist", "rwrist")


def read_asf_amc(folder: str | Path, fps: float = FPS) -> Iterator[Clip]:
    """The clips of every .amc file in or below `folder`, one file at a time; the skeleton is the .asf file beside it.
    UserError names the file, the line's field and what was expected."""
    paths = sorted(Path(folder).rglob("*.amc"))
    if not paths:
        raise UserError(f"No motion (*.amc) lies in {folder}; give the folder that holds CMU's subjects.")
    skeletons: dict[Path, Skeleton] = {}
    for path in paths:
        asf = _skeleton_of(path)
        if asf not in skeletons:
            skeletons = {asf: read_asf(asf)}  # one at a time: files of a subject lie together
        yield Clip(path.stem, read_amc(path, skeletons[asf]), fps, f"cmu{asf.stem}", "", "cmu_amc")


def _skeleton_of(amc: Path) -> Path:
    named = amc.with_name(f"{amc.stem.partition('_')[0]}.asf")
    beside = [named] if named.is_file() else sorted(amc.parent.glob("*.asf"))
    if len(beside) != 1:
        raise UserError(
            f"{amc} needs its skeleton {named.name} beside it, but {len(beside)} .asf files lie there."
        )
    return beside[0]


@dataclass(frozen=True)
class Bone:
    """offset_m [3] from start to end in the rest pose; axes [3,3]: rotation of the bone's own axes; dofs: the axes
    it turns about, in the order of its numbers in an .amc file."""

    name: str
    parent: str
    offset_m: np.ndarray
    axes: np.ndarray
    dofs: tuple[str, ...]


@dataclass(frozen=True)
class Skeleton:
    """root_order: what the root's numbers are (TX TY TZ RX RY RZ); bones in an order in which parents come first."""

    root_order: tuple[str, ...]
    bones: tuple[Bone, ...]


def read_asf(path: str | Path) -> Skeleton:
    """The skeleton of an .asf file."""
    path = Path(path)
    sections = _sections(path)
    root = _fields(sections.get("root", []))
    order = tuple(word.upper() for word in root.get("order", []))
    if sorted(order) != ["RX", "RY", "RZ", "TX", "TY", "TZ"]:
        raise field_error(
            path, ":root order", f"must be TX TY TZ RX RY RZ in some order, not {' '.join(order)!r}"
        )
    rest = {bone["name"][0]: bone for bone in _bone_blocks(path, sections.get("bonedata", []))}
    bones, known = [], {"root"}
    for parent, child in _hierarchy(path, sections.get("hierarchy", [])):
        if parent not in known or child not in rest:
            raise field_error(
                path, ":hierarchy", f"hangs {child!r} from {parent!r}, one of which is not known"
            )
        known.add(child)
        bones.append(_bone(path, parent, rest[child]))
    missing = [name for name in _NEEDED if name not in known]
    if missing:
        raise field_error(path, ":bonedata", f"must have the bone {missing[0]!r}, as CMU's skeletons do")
    return Skeleton(order, tuple(bones))


def read_amc(path: str | Path, skeleton: Skeleton) -> np.ndarray:
    """Joints [T,17,3] m, z up, of an .amc file."""
    path = Path(path)
    frames = _amc_frames(path)
    root = _column(path, frames, "root", 6) * [
        _UNIT_M if name[0] == "T" else np.pi / 180 for name in skeleton.root_order
    ]
    place = root[:, [skeleton.root_order.index(f"T{axis}") for axis in "XYZ"]]
    turning = [k for k, name in enumerate(skeleton.root_order) if name[0] == "R"]
    turns = {"root": _extrinsic(root[:, turning], [skeleton.root_order[k][1] for k in turning])}
    ends, starts = {"root": place}, {"root": place}
    for bone in skeleton.bones:
        local = np.eye(3)
        if bone.dofs:
            angles = np.radians(_column(path, frames, bone.name, len(bone.dofs)))
            local = bone.axes @ _extrinsic(angles, [dof[1].upper() for dof in bone.dofs]) @ bone.axes.T
        turns[bone.name] = turns[bone.parent] @ local
        starts[bone.name] = ends[bone.parent]
        ends[bone.name] = starts[bone.name] + turns[bone.name] @ bone.offset_m
    return _joints(starts, ends) @ Y_UP_TO_Z_UP.T


def _joints(starts: dict[str, np.ndarray], ends: dict[str, np.ndarray]) -> np.ndarray:
    joints = {joint: ends[bone] for joint, bone in _ENDS.items()}
    joints["pelvis"] = (joints["left_hip"] + joints["right_hip"]) / 2
    joints["thorax"] = (ends["thorax"] + ends["lowerneck"]) / 2
    for side in ("left", "right"):
        hand = f"{side[0]}wrist"
        joints[f"{side}_wrist"] = starts[hand] + _WRIST_SHARE * (ends[hand] - starts[hand])
    return np.stack([joints[joint] for joint in H36M_17.joints], axis=1)


def _extrinsic(angles: np.ndarray, axes: list[str]) -> np.ndarray:
    """Turned about fixed axes, the first one first: the last is leftmost."""
    return euler_to_matrix(angles[:, ::-1], "".join(reversed(axes)))


def _sections(path: Path) -> dict[str, list[str]]:
    """The lines under each ':keyword'."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        text = line.strip()
        if text.startswith(":"):
            keyword, _, text = text[1:].partition(" ")
            current = sections.setdefault(keyword, [])
        if text and not text.startswith("#"):
            current.append(text)
    return sections


def _fields(lines: list[str]) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in lines}


def _bone_blocks(path: Path, lines: list[str]) -> Iterator[dict[str, list[str]]]:
    block: list[str] | None = None
    for line in lines:
        if line == "begin":
            block = []
        elif line == "end" and block is not None:
            fields = _fields(block)
            for key, count in (("name", 1), ("direction", 3), ("length", 1), ("axis", 4)):
                if len(fields.get(key, [])) != count:
                    raise field_error(path, f":bonedata {key}", f"must have {count} words in every bone")
            yield fields
            block = None
        elif block is not None:
            block.append(line)


def _hierarchy(path: Path, lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line not in ("begin", "end"):
            parent, *children = line.split()
            yield from ((parent, child) for child in children)
    if not lines:
        raise field_error(path, ":hierarchy", "is missing")


def _bone(path: Path, parent: str, fields: dict[str, list[str]]) -> Bone:
    try:
        direction = np.array(fields["direction"], float)
        angles = np.radians(np.array(fields["axis"][:3], float))[None]
        length = float(fields["length"][0])
    except ValueError as error:
        name = fields["name"][0]
        raise field_error(
            path, f":bonedata {name}", f"must have numbers as direction, length and axis ({error})"
        ) from None
    order, dofs = fields["axis"][3].upper(), tuple(fields.get("dof", ()))
    if sorted(order) != ["X", "Y", "Z"] or not set(dofs) <= {"rx", "ry", "rz"}:
        name = fields["name"][0]
        raise field_error(
            path, f":bonedata {name}", "must have an axis order like XYZ and dofs among rx, ry, rz"
        )
    return Bone(
        fields["name"][0], parent, direction * length * _UNIT_M, _extrinsic(angles, list(order))[0], dofs
    )


def _amc_frames(path: Path) -> list[dict[str, list[str]]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error
    frames: list[dict[str, list[str]]] = []
    for line in lines:
        name, *values = line.split() or ["#"]
        if name.isdigit() and not values:
            frames.append({})
        elif frames and not name.startswith(("#", ":")):
            frames[-1][name] = values
    if not frames:
        raise UserError(f"{path} has no frame (a line with its number); it is no AMC file.")
    return frames


def _column(path: Path, frames: list[dict[str, list[str]]], bone: str, count: int) -> np.ndarray:
    """[T,count] numbers of one bone."""
    for number, frame in enumerate(frames, start=1):
        if len(frame.get(bone, ())) != count:
            raise field_error(
                path, bone, f"must have {count} numbers in frame {number}, not {len(frame.get(bone, ()))}"
            )
    try:
        return np.array([frame[bone] for frame in frames], float)
    except ValueError as error:
        raise field_error(path, bone, f"must have numbers in every frame ({error})") from None
