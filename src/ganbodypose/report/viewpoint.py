"""Where the overlay's 3D view is seen from: an eye that walks around with the person, on their floor.

Everything is in the camera frame (OpenCV: x right, y down, z forward), metres. Up is -y unless the camera's
pose in the world is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ganbodypose.core import Camera, PersonResult
from ganbodypose.geometry.camera import LEVEL_UP
from ganbodypose.geometry.floor import Floor
from ganbodypose.skeletons import H36M_17

_ELEVATION = np.radians(13.0)
_EYE_DISTANCE_M = 4.6
_HALF_HEIGHT_M = 1.06  # what the view shows above and below its target
_MAX_REACH_M = 1.9
_MAX_NEIGHBOUR_M = 2.5
_PELVIS_OFF_M = 0.6  # how far from the middle of the view the pelvis may get
_UNKNOWN_ROOT_M = np.array([0.0, 0.0, 4.0])
_THREE_QUARTER = np.radians(32.0)  # how far from frontal the person is shown
_SWAY, _SWAY_PERIOD_S = np.radians(16.0), 9.0  # a slow swing, whose parallax shows depth
_MAX_TURN_RATE = np.radians(110.0)  # per second

_RIGHT = H36M_17.indices("right_hip", "right_shoulder")
_LEFT = H36M_17.indices("left_hip", "left_shoulder")


@dataclass(frozen=True)
class ViewCamera:
    """A pinhole eye: eye_m [3]; axes [3,3] with rows right, down, forward; focal length, centre [2] px."""

    eye_m: np.ndarray
    axes: np.ndarray
    focal_px: float
    centre_px: np.ndarray

    def project(self, points_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels [...,2] and depth [...] in metres of points [...,3]; pixels behind the eye are NaN."""
        local = (points_m - self.eye_m) @ self.axes.T
        depth = local[..., 2]
        safe = np.where(depth > 0.05, depth, np.nan)
        return self.centre_px + self.focal_px * local[..., :2] / safe[..., None], depth


@dataclass(frozen=True)
class Ground:
    """Directions along the floor (east, south) and up, orthonormal [3] each, in the camera frame."""

    east: np.ndarray
    south: np.ndarray
    up: np.ndarray

    @classmethod
    def of(cls, camera: Camera | None) -> Ground:
        """`south` is where the camera looks. Without a known pose the camera is taken to be level."""
        up = LEVEL_UP
        if camera is not None and camera.R_cam_world is not None:
            up = camera.R_cam_world[:, 2]
        ahead = np.array([0.0, 0.0, 1.0])
        if abs(up @ ahead) > 0.98:  # looking straight down: the top of the picture is ahead
            ahead = np.array([0.0, -1.0, 0.0])
        south = ahead - (ahead @ up) * up
        south /= np.linalg.norm(south)
        return cls(np.cross(south, up), south, up)

    def look(self, target_m: np.ndarray, azimuth: float, distance_m: float) -> tuple[np.ndarray, np.ndarray]:
        """Eye [3] and axes [3,3] of a view of `target_m`; azimuth 0 is the video camera's side of it."""
        outward = self.outward(azimuth)
        back = np.cos(_ELEVATION) * outward + np.sin(_ELEVATION) * self.up
        right = np.cross(self.up, outward)
        return target_m + distance_m * back, np.stack([right, np.cross(right, back), -back])

    def outward(self, azimuth: float) -> np.ndarray:
        """Direction [3] along the floor from a target to an eye at `azimuth` radians."""
        return np.sin(azimuth) * self.east - np.cos(azimuth) * self.south

    def facing(self, joints_m: np.ndarray) -> float:
        """Azimuth of the side a person [17,3] looks to; NaN where hips and shoulders do not tell."""
        rightward = (joints_m[_RIGHT] - joints_m[_LEFT]).sum(axis=0)
        ahead = np.cross(self.up, rightward)
        if not np.isfinite(ahead).all() or np.linalg.norm(ahead) < 0.05:
            return float("nan")
        return float(np.arctan2(ahead @ self.east, -(ahead @ self.south)))


def _ease(old: float, new: float, dt_s: float, time_constant_s: float) -> float:
    """Exponential approach that does not depend on the frame rate; the first value is taken as it is."""
    if not np.isfinite(old):
        return new
    return old if not np.isfinite(new) else new + (old - new) * float(np.exp(-dt_s / time_constant_s))


@dataclass(frozen=True)
class Placed:
    """A person in the scene: joints_m [17,3], root_m [3] in the camera frame; floor_m is a height."""

    person: PersonResult
    joints_m: np.ndarray
    root_m: np.ndarray
    floor_m: float


class Follower:
    """Moves the eye: a three-quarter view of the main person that sways a little."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._time_s = self._azimuth = self._reach_m = float("nan")
        self._placed: dict[int, Placed] = {}
        self._floors: dict[int, Floor] = {}

    def update(self, persons: Sequence[PersonResult], time_s: float) -> list[Placed]:
        """Take in a frame, the main person first; returns them and the neighbours in view."""
        dt_s = max(time_s - self._time_s, 0.0) if np.isfinite(self._time_s) else 0.0
        self._time_s = time_s
        self._floors = {p.track_id: self._floors.get(p.track_id) or Floor() for p in persons}
        self._placed = {p.track_id: self._place(p, dt_s) for p in persons}
        main, *others = self._placed.values()
        self._turn(main.joints_m, dt_s)
        near = [o for o in others if np.linalg.norm(o.root_m - main.root_m) < _MAX_NEIGHBOUR_M]
        apart = max((float(np.linalg.norm(o.root_m - main.root_m)) for o in near), default=0.0)
        reach_m = np.clip(0.75 + 0.75 * apart, _HALF_HEIGHT_M, _MAX_REACH_M)
        self._reach_m = _ease(self._reach_m, float(reach_m), dt_s, 0.5)
        return [main, *near]

    @property
    def zoom_out(self) -> float:
        """1 for one person; more when others have to fit into the view."""
        return self._reach_m / _HALF_HEIGHT_M

    def camera(
        self, main: Placed, above_floor_m: float, size_wh: tuple[int, int], centre_px: np.ndarray
    ) -> ViewCamera:
        """The eye for the last frame; it looks `above_floor_m` above the floor, or nearer the pelvis."""
        pelvis_m = float(main.root_m @ self.ground.up)
        height_m = np.clip(main.floor_m + above_floor_m, pelvis_m - _PELVIS_OFF_M, pelvis_m + _PELVIS_OFF_M)
        target_m = self.on_floor(main.root_m, float(height_m))
        sway = _SWAY * np.sin(2 * np.pi * self._time_s / _SWAY_PERIOD_S)
        azimuth = self._azimuth + _THREE_QUARTER + sway
        eye_m, axes = self.ground.look(target_m, azimuth, _EYE_DISTANCE_M * self.zoom_out)
        focal_px = min(size_wh) / 2 * _EYE_DISTANCE_M / _HALF_HEIGHT_M
        return ViewCamera(eye_m, axes, focal_px, centre_px)

    def on_floor(self, points_m: np.ndarray, floor_m: float) -> np.ndarray:
        """The points [...,3] moved vertically to the height `floor_m`."""
        height = points_m @ self.ground.up
        return points_m + (floor_m - height)[..., None] * self.ground.up

    def _place(self, person: PersonResult, dt_s: float) -> Placed:
        before = self._placed.get(person.track_id)
        root_m = _steady_root(person.root_camera_m, before.root_m if before else None, dt_s)
        joints_m = person.joints_3d_m + root_m
        floor_m = self._floors[person.track_id].follow(joints_m @ self.ground.up, self._time_s)
        return Placed(person, joints_m, root_m, floor_m)

    def _turn(self, body_m: np.ndarray, dt_s: float) -> None:
        facing = self.ground.facing(body_m)
        if not np.isfinite(self._azimuth):
            self._azimuth = facing if np.isfinite(facing) else 0.0
        elif np.isfinite(facing):
            behind = (facing - self._azimuth + np.pi) % (2 * np.pi) - np.pi
            wanted = behind * (1 - np.exp(-dt_s / 0.8))
            self._azimuth += float(np.clip(wanted, -_MAX_TURN_RATE * dt_s, _MAX_TURN_RATE * dt_s))


def _steady_root(root_m: np.ndarray, before_m: np.ndarray | None, dt_s: float) -> np.ndarray:
    """The root [3] with its depth eased: along the ray it is far less certain than across.

    An unknown root stays where it was.
    """
    if not np.isfinite(root_m).all() or root_m[2] <= 0:
        return _UNKNOWN_ROOT_M if before_m is None else before_m
    depth = float(root_m[2])
    return root_m * (_ease(float(before_m[2]), depth, dt_s, 0.4) / depth) if before_m is not None else root_m
