"""People in 3D for the viewer: joints and bones as many copies of a ball and a rod, coloured by expected error.

World of the viewer: metres, z up, y away from the camera, the floor at z = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from ganbodypose.core import FrameResult, PersonResult
from ganbodypose.geometry.camera import LEVEL_TO_Z_UP
from ganbodypose.geometry.floor import Floor
from ganbodypose.geometry.rotation import matrix_to_quat, rotation_between
from ganbodypose.report.colors import error_colors
from ganbodypose.sinks.base import is_complete
from ganbodypose.skeletons import H36M_17

_BONES = np.array(H36M_17.bones)
_HEAD = H36M_17.index("neck_nose")
_JOINT_RADIUS_M, _HEAD_RADIUS_M, _ROD_RADIUS_M = 0.036, 0.095, 0.024
_RADII_M = np.where(np.arange(len(H36M_17)) == _HEAD, _HEAD_RADIUS_M, _JOINT_RADIUS_M)
_HALO_OPACITY = 0.13
_FOLLOW_S = 0.8


@dataclass(frozen=True)
class Placed:
    """joints_m [17,3] of a person in the viewer's world, standing on the floor."""

    person: PersonResult
    joints_m: np.ndarray


class Stage:
    """Puts people on the floor, and goes along with the first of them, who so stays in view."""

    def __init__(self) -> None:
        self._floors: dict[int, Floor] = {}
        self._time_s = np.nan
        self.centre_m: np.ndarray | None = None  # [3], at floor height; the origin of what is shown

    def place(self, result: FrameResult) -> list[Placed]:
        """Everybody whose joints are all known."""
        self._floors = {p.track_id: self._floors.get(p.track_id) or Floor() for p in result.persons}
        people = [person for person in result.persons if is_complete(person)]
        joints_m = [(p.joints_3d_m + p.root_camera_m) @ LEVEL_TO_Z_UP.T for p in people]
        if joints_m:
            self._follow(joints_m[0][0] * [1, 1, 0], result.time_s)
        return [
            self._on_floor(person, joints, result.time_s)
            for person, joints in zip(people, joints_m, strict=True)
        ]

    def _follow(self, place_m: np.ndarray, time_s: float) -> None:
        dt_s = max(time_s - self._time_s, 0.0)
        self._time_s = time_s
        if self.centre_m is None:
            self.centre_m = place_m
        self.centre_m = place_m + (self.centre_m - place_m) * np.exp(-np.nan_to_num(dt_s) / _FOLLOW_S)

    def _on_floor(self, person: PersonResult, joints_m: np.ndarray, time_s: float) -> Placed:
        floor_m = self._floors[person.track_id].follow(joints_m[:, 2], time_s)
        return Placed(person, joints_m - self.centre_m - np.array([0, 0, floor_m]))


class Bodies:
    """Everybody in a viser scene."""

    def __init__(self) -> None:
        self._shown: dict[int, BodyMeshes] = {}

    def show(self, scene: Any, people: Sequence[Placed], show_errors: bool) -> None:
        """These people and nobody else; `show_errors` adds balls as large as the expected error."""
        for gone in self._shown.keys() - {one.person.track_id for one in people}:
            self._shown.pop(gone).remove()
        for one in people:
            track_id = one.person.track_id
            if track_id not in self._shown:
                self._shown[track_id] = BodyMeshes(scene, self._free_place())
            self._shown[track_id].update(one, show_errors)

    def _free_place(self) -> int:
        taken = {body.place for body in self._shown.values()}
        return next(place for place in count() if place not in taken)


class BodyMeshes:
    """The meshes of one person in a viser scene.

    place: a number of the person's own among those in view, to be given to somebody else afterwards: viser keeps a
    message or two for every name that it ever heard.
    """

    def __init__(self, scene: Any, place: int) -> None:
        self.place = place
        name, ball = f"/people/{place}", _ball()
        self._parent = scene.add_frame(name, show_axes=False)  # viser would add it, too, but never remove it
        self._joints = _copies(scene, f"{name}/joints", ball, len(H36M_17), _RADII_M)
        self._rods = _copies(scene, f"{name}/bones", _rod(), len(_BONES), np.ones((len(_BONES), 3)))
        self._halos = _copies(scene, f"{name}/errors", ball, len(H36M_17), _RADII_M, opacity=_HALO_OPACITY)

    def update(self, placed: Placed, show_errors: bool) -> None:
        joints_m, errors_m = placed.joints_m, placed.person.expected_error_m
        colors = error_colors(errors_m)
        self._joints.batched_positions, self._joints.batched_colors = joints_m, colors
        start, end = joints_m[_BONES[:, 0]], joints_m[_BONES[:, 1]]
        length = np.linalg.norm(end - start, axis=-1)
        self._rods.batched_positions = start
        self._rods.batched_wxyzs = _turned_to(end - start)
        self._rods.batched_scales = np.stack([np.full(len(length), _ROD_RADIUS_M)] * 2 + [length], -1)
        self._rods.batched_colors = colors[_BONES].mean(axis=1).astype(np.uint8)
        self._halos.visible = show_errors
        if show_errors:
            self._halos.batched_positions, self._halos.batched_colors = joints_m, colors
            self._halos.batched_scales = np.nan_to_num(errors_m)

    def remove(self) -> None:
        for node in (self._joints, self._rods, self._halos, self._parent):
            node.remove()


def _copies(
    scene: Any,
    name: str,
    mesh: tuple[np.ndarray, np.ndarray],
    count: int,
    scales: np.ndarray,
    opacity: float | None = None,
) -> Any:
    return scene.add_batched_meshes_simple(
        name,
        *mesh,
        batched_wxyzs=np.tile([1.0, 0, 0, 0], (count, 1)),
        batched_positions=np.zeros((count, 3)),
        batched_scales=scales,
        batched_colors=np.full((count, 3), 128, np.uint8),
        lod="off",  # far copies would lose their shape, and there are few
        opacity=opacity,
        cast_shadow=opacity is None,
    )


def _turned_to(directions: np.ndarray) -> np.ndarray:
    """Quaternions [N,4] (w x y z) that turn z into directions [N,3]."""
    z = np.broadcast_to([0.0, 0.0, 1.0], directions.shape)
    quaternions = np.nan_to_num(matrix_to_quat(rotation_between(z, directions)), nan=0.5)
    return quaternions[:, [3, 0, 1, 2]]


def _ball() -> tuple[np.ndarray, np.ndarray]:
    """Vertices and faces of a sphere of radius 1."""
    import trimesh

    mesh = trimesh.creation.icosphere(subdivisions=2)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


def _rod() -> tuple[np.ndarray, np.ndarray]:
    """Vertices and faces of a rod from the origin to z = 1, of radius 1, thinner towards its end."""
    import trimesh

    mesh = trimesh.creation.cylinder(radius=1.0, height=1.0, sections=16)
    vertices = mesh.vertices + np.array([0, 0, 0.5])
    vertices[:, :2] *= 1.15 - 0.4 * vertices[:, 2:]
    return vertices, np.asarray(mesh.faces)
