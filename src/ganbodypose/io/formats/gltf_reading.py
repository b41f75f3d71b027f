"""glTF 2.0 (.glb) back: places of the named nodes over time, from the first animation of any program's file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError, average_fps
from ganbodypose.geometry.rotation import quat_to_matrix
from ganbodypose.io.formats.extras import need
from ganbodypose.io.formats.gltf import FLOAT
from ganbodypose.io.formats.gltf_bodies import bodies, outwards
from ganbodypose.io.formats.skeleton_motion import rig_joints
from ganbodypose.io.formats.tracks import Track, people_among, sequence_of_all
from ganbodypose.io.keypoints.frames import LARGEST_WHOLE

_WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}
_MAGIC = b"glTF"
_MOST_PLACES = 1 << 24  # of nodes in frames: two gigabytes
_MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError, RecursionError)


@dataclass(frozen=True)
class _Curve:
    """Keys of one property of a node: times [K], values [K,C], held from key to key where `steps`."""

    times: np.ndarray
    values: np.ndarray
    steps: bool

    def at(self, time_s: np.ndarray) -> np.ndarray:
        """[T,C]; quaternions are blended along the shorter way and scaled to length 1 by whoever uses them."""
        if self.steps:
            return self.values[np.clip(np.searchsorted(self.times, time_s, "right") - 1, 0, None)]
        after = (
            np.clip(np.searchsorted(self.times, time_s), 1, len(self.times) - 1) if len(self.times) > 1 else 0
        )
        before = np.maximum(np.asarray(after) - 1, 0)
        step_s = np.maximum(self.times[after] - self.times[before], 1e-12)
        share = np.clip((time_s - self.times[before]) / step_s, 0, 1)[:, None]
        start, end = np.broadcast_arrays(self.values[before], self.values[after])
        if self.values.shape[1] == 4:
            end = np.where((start * end).sum(-1, keepdims=True) < 0, -end, end)
        return (1 - share) * start + share * end


def read_glb(path: Path) -> PoseSequence:
    """Everybody whose nodes have names of joints, at the times of the densest curve.

    UserError when the file is malformed, has no animation, or nobody has a pelvis or hips.
    """
    file = _open(path)
    try:
        curves = _curves(file)
        time_s = max((curve.times for curve in curves.values()), key=len)
        _check_size(len(file.nodes), len(time_s))
        places = _places(file, curves, time_s)
    except _MALFORMED as error:
        raise UserError(f"{path} is malformed or not plain glTF 2.0 ({error!r}); export it again.") from error
    if not (np.diff(time_s) > 0).all():
        raise UserError(f"{path}: the times of its animation must increase; export it again.")
    fps = round(average_fps(len(time_s) - 1, time_s[-1] - time_s[0]), 4)  # times are single precision
    tracks = _tracks(path, file, places, fps, float(time_s[0]))
    return sequence_of_all(tracks, time_s)


def _check_size(nodes: int, frames: int) -> None:
    """Nodes that say nothing take ten bytes each in the file, and 128 for every frame here."""
    if nodes * frames > _MOST_PLACES:
        raise ValueError(f"{nodes} nodes in {frames} frames are more than {_MOST_PLACES:,} places")


def _open(path: Path) -> Any:
    gltf = need("pygltflib", "glTF")
    try:
        with path.open("rb") as opened:
            if opened.read(4) != _MAGIC:
                raise UserError(f"{path} does not begin with 'glTF'; it is no .glb file.")
        file = gltf.GLTF2().load_binary(str(path))
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist; check the path.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UserError:
        raise
    except (
        Exception
    ) as error:  # the package raises what struct, json and dataclasses raise on malformed files
        raise UserError(f"{path} is malformed ({error}); export it again.") from error
    if file is None or not file.animations or not file.animations[0].channels:
        raise UserError(f"{path} holds no animation; export it with its animation.")
    return file


def _curves(file: Any) -> dict[tuple[int, str], _Curve]:
    animation = file.animations[0]
    curves = {}
    for channel in animation.channels:
        if channel.target.path not in ("translation", "rotation"):
            continue
        sampler = animation.samplers[channel.sampler]
        times, values = _array(file, sampler.input)[:, 0], _array(file, sampler.output)
        if sampler.interpolation == "CUBICSPLINE":  # tangent, value, tangent
            values = values.reshape(-1, 3, values.shape[1])[:, 1]
        if len(values) != len(times) or not len(times) or not np.isfinite(values).all():
            raise ValueError(f"{len(times)} keys with {len(values)} finite values")
        curves[channel.target.node, channel.target.path] = _Curve(
            times, values, sampler.interpolation == "STEP"
        )
    if not curves:
        raise ValueError("nothing is animated")
    return curves


def _array(file: Any, number: int) -> np.ndarray:
    """An accessor's values [n,C]; only single precision, closely packed, as exporters write animations."""
    accessor = file.accessors[number]
    view = file.bufferViews[accessor.bufferView]
    if accessor.componentType != FLOAT or view.byteStride or accessor.sparse:
        raise ValueError("animations must be packed 32 bit floats")
    width = _WIDTHS[accessor.type]
    start = (view.byteOffset or 0) + (accessor.byteOffset or 0)
    values = np.frombuffer(file.binary_blob(), np.float32, accessor.count * width, start)
    return values.reshape(-1, width).astype(float)


def _places(file: Any, curves: dict[tuple[int, str], _Curve], time_s: np.ndarray) -> np.ndarray:
    """[T,N,3] of all nodes in the scene's axes; KeyError where a node is its own ancestor."""
    known: dict[int, np.ndarray] = {}
    for number, parent in outwards(file.nodes):
        own = _local(file.nodes[number], number, curves, time_s)
        known[number] = known[parent] @ own if parent >= 0 else own
    return np.stack([known[number][:, :3, 3] for number in range(len(file.nodes))], axis=1)


def _local(node: Any, number: int, curves: dict[tuple[int, str], _Curve], time_s: np.ndarray) -> np.ndarray:
    """Matrix [T,4,4] from the parent."""
    if node.matrix:
        return np.broadcast_to(np.reshape(node.matrix, (4, 4)).T, (len(time_s), 4, 4))
    still = {"translation": node.translation or [0, 0, 0], "rotation": node.rotation or [0, 0, 0, 1]}
    moved = {
        path: curves[number, path].at(time_s)
        if (number, path) in curves
        else np.tile(value, (len(time_s), 1))
        for path, value in still.items()
    }
    matrix = np.tile(np.eye(4), (len(time_s), 1, 1))
    matrix[:, :3, :3] = quat_to_matrix(moved["rotation"]) * np.asarray(node.scale or [1, 1, 1], float)
    matrix[:, :3, 3] = moved["translation"]
    return matrix


def _tracks(path: Path, file: Any, places: np.ndarray, fps: float, start_s: float) -> list[Track]:
    """Everybody who has a pelvis or hips."""

    def joints_of(numbers: list[int]) -> np.ndarray:
        return rig_joints([file.nodes[n].name or "" for n in numbers], places[:, numbers], path)

    first = round(start_s * fps) if fps > 0 else 0  # unknown of a single frame
    return [
        Track(
            joints,
            np.full(joints.shape[:2], np.nan),
            fps,
            start_s,
            first,
            track_id=_told_id([file.nodes[n] for n in numbers], otherwise=number),
        )
        for number, (numbers, joints) in enumerate(people_among(bodies(file.nodes), joints_of), start=1)
    ]


def _told_id(nodes: list[Any], otherwise: int) -> int:
    """Whom the nodes of a body say it is: see `gltf`."""
    told = (node.extras.get("track_id") for node in nodes if isinstance(node.extras, dict))
    return next((x for x in told if isinstance(x, int) and abs(x) <= LARGEST_WHOLE), otherwise)
