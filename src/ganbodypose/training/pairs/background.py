"""What is behind, and sometimes before, a person: rooms with furniture, open ground, panoramas, photographs.

All of it is cast ray by ray through the camera with its lens, once a clip: the camera stands still. Every pixel keeps
its depth, so furniture hides the person where it stands in front, and its place, so shadows fall on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ganbodypose.core import Camera
from ganbodypose.geometry.camera import camera_to_world, unproject
from ganbodypose.training.pairs.textures import Photographs, colour, load_picture, photograph, surface

_COARSE = 8  # rays are exact at every eighth pixel and interpolated between
_FAR_M = 60.0
_FURNITURE = ((0.4, 1.6), (0.3, 0.9), (0.3, 1.9))  # width, depth, height in m


@dataclass(frozen=True)
class Background:
    """picture float32 [H,W,3] linear light; inverse_depth [H,W] 1/m, 0 at infinity; points [H,W,3] m in the world,
    NaN where no shadow can fall; kind: room, open, panorama, photograph; hiding: boxes before the person."""

    picture: np.ndarray
    inverse_depth: np.ndarray
    points: np.ndarray
    kind: str
    hiding: int


@dataclass(frozen=True)
class Place:
    """Where the person is: low and high [3] m, the box around the whole motion; floor_z m, or None: no floor."""

    low: np.ndarray
    high: np.ndarray
    floor_z: float | None

    @property
    def center(self) -> np.ndarray:
        return (self.low + self.high) / 2


def make_background(
    camera: Camera, place: Place, photographs: Photographs, rng: np.random.Generator
) -> Background:
    """A random background; one without a floor when the place has none or the camera looks from below it."""
    canvas = _Canvas(camera)
    grounded = place.floor_z is not None and canvas.eye[2] > place.floor_z + 0.1
    kinds, chances = ("room", "open", "panorama", "photograph"), np.array([0.5, 0.2, 0.18, 0.12])
    possible = np.array([grounded, grounded, bool(photographs.panoramas), bool(photographs.flat)])
    chances = chances * possible
    kind = str(rng.choice(kinds, p=chances / chances.sum())) if possible.any() else "plain"
    if kind == "panorama":
        canvas.panorama(
            load_picture(list(photographs.panoramas.values())[rng.integers(len(photographs.panoramas))]), rng
        )
    elif kind in ("photograph", "plain") or (kind == "open" and photographs.flat and rng.random() < 0.5):
        canvas.backdrop(photograph(rng, photographs.flat) if kind != "plain" else surface(rng, {}))
    elif kind == "open":
        canvas.sky(rng)
    hiding = 0
    if grounded and place.floor_z is not None:
        hiding = _furnish(canvas, place, place.floor_z, photographs, rng, kind)
    picture = cv2.GaussianBlur(
        canvas.picture, (0, 0), float(rng.choice([0.5, 0.8, 1.5, 3.0], p=[0.4, 0.3, 0.2, 0.1]))
    )
    return Background(
        picture * np.float32(rng.uniform(0.7, 1.15)), canvas.inverse_depth, canvas.points, kind, hiding
    )


def _furnish(
    canvas: _Canvas,
    place: Place,
    floor_z: float,
    photographs: Photographs,
    rng: np.random.Generator,
    kind: str,
) -> int:
    """Floor or walls, boxes that stand about; how many of them may hide the person."""
    if kind == "room":
        spare = rng.uniform(0.6, 3.0, 4)
        low, high = np.minimum(place.low, canvas.eye), np.maximum(place.high, canvas.eye)
        top = max(floor_z + rng.uniform(2.4, 3.5), high[2] + 0.2)
        low, high = np.array([*(low[:2] - spare[:2]), floor_z]), np.array([*(high[:2] + spare[2:]), top])
        canvas.room(low, high, [surface(rng, photographs.surfaces) for _ in range(3)], rng)
        canvas.pictures_on_walls(low, high, photographs, rng)
    elif kind == "panorama":
        canvas.floor(floor_z, None, rng)
    else:
        canvas.floor(floor_z, surface(rng, photographs.surfaces), rng)
    for _ in range(rng.integers(0, 6)):
        canvas.box(*_beside(place, floor_z, canvas.eye, rng), surface(rng, photographs.surfaces), rng)
    hiding = int(rng.integers(1, 3)) if rng.random() < 0.25 else 0
    for _ in range(hiding):
        canvas.box(*_before(place, floor_z, canvas.eye, rng), surface(rng, photographs.surfaces), rng)
    return hiding


def _beside(
    place: Place, floor_z: float, eye: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A piece of furniture [low, high] that does not touch the person, nor stands on the camera's side."""
    size = np.array([rng.uniform(*limits) for limits in _FURNITURE])
    to_eye = eye[:2] - place.center[:2]
    angle = np.arctan2(to_eye[1], to_eye[0]) + rng.uniform(0.9, 2 * np.pi - 0.9)
    away = np.hypot(*(place.high - place.low)[:2]) / 2 + np.hypot(*size[:2]) / 2 + rng.uniform(0.1, 2.5)
    center = place.center[:2] + away * np.array([np.cos(angle), np.sin(angle)])
    low = np.array([*(center - size[:2] / 2), floor_z])
    return low, low + size


def _before(
    place: Place, floor_z: float, eye: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A pole, or a low piece that hides the person's legs at most up to the hips, between camera and person."""
    to_eye = eye[:2] - place.center[:2]
    reach = max(float(np.linalg.norm(to_eye)), 1e-6)
    away = min(np.hypot(*(place.high - place.low)[:2]) / 2 + rng.uniform(0.2, 0.6), 0.5 * reach)
    hidden_z = place.low[2] + rng.uniform(0.15, 0.6) * (place.high[2] - place.low[2])
    sight_z = hidden_z + (eye[2] - hidden_z) * away / reach  # of what lies behind that height
    if rng.random() < 0.35:
        size = np.array([*rng.uniform(0.06, 0.15, 2), rng.uniform(1.0, 2.4)])
    else:
        size = np.array([*rng.uniform(0.2, 0.8, 2), max(sight_z - floor_z, 0.1)])
    center = place.center[:2] + to_eye / reach * away + rng.normal(0, 0.2, 2)
    low = np.array([*(center - size[:2] / 2), floor_z])
    return low, low + size


class _Canvas:
    """A picture under construction: what is nearest along each ray so far."""

    def __init__(self, camera: Camera) -> None:
        self.eye = camera_to_world(camera, np.zeros(3))
        self.rays = _world_rays(camera)  # of depth 1, so that a ray's parameter is the depth
        shape = self.rays.shape[:2]
        self.picture = np.full((*shape, 3), 0.5, np.float32)
        self.inverse_depth = np.zeros(shape, np.float32)
        self.points = np.full((*shape, 3), np.nan, np.float32)

    def backdrop(self, picture: np.ndarray) -> None:
        height, width = self.picture.shape[:2]
        shrinks = picture.shape[0] > height
        way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        self.picture[:] = cv2.resize(picture, (width, height), interpolation=way)

    def sky(self, rng: np.random.Generator) -> None:
        height = unit_z(self.rays)[..., None]
        self.picture[:] = (
            colour(rng) * (1 - height) + np.array([0.6, 0.75, 0.95]) * rng.uniform(0.6, 1.1) * height
        )

    def panorama(self, picture: np.ndarray, rng: np.random.Generator) -> None:
        """Equirectangular [H,2H,3] uint8 all around, at a random heading."""
        height, width = picture.shape[:2]
        heading = np.arctan2(self.rays[..., 1], self.rays[..., 0]) / (2 * np.pi) + rng.random()
        column = (heading % 1 * width).astype(np.float32)
        row = (np.arccos(np.clip(unit_z(self.rays), -1, 1)) / np.pi * height - 0.5).astype(np.float32)
        seen = cv2.remap(picture, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        self.picture[:] = seen.astype(np.float32) / 255 * rng.uniform(0.7, 1.2)

    def floor(self, z: float, tile: np.ndarray | None, rng: np.random.Generator) -> None:
        """The plane of height z out to some metres; without a tile it is unseen, but takes shadows."""
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = (z - self.eye[2]) / self.rays[..., 2]
        points = self._points_at(depth)
        seen = (depth > 0) & (np.hypot(*(points - self.eye)[..., :2].transpose(2, 0, 1)) < _FAR_M)
        if tile is None:
            self.points[seen] = points[seen]
            return
        self._paint(seen, depth, points, [0, 1], tile, rng)

    def room(
        self, low: np.ndarray, high: np.ndarray, tiles: list[np.ndarray], rng: np.random.Generator
    ) -> None:
        """Walls, floor and ceiling, seen from inside; tiles: walls, floor, ceiling."""
        _, depth, _, axis = _slabs(self.eye, self.rays, low, high)
        points = self._points_at(depth)
        for wall in (0, 1):
            self._paint(axis == wall, depth, points, [1 - wall, 2], tiles[0] * rng.uniform(0.75, 1), rng)
        down = self.rays[..., 2] < 0
        self._paint((axis == 2) & down, depth, points, [0, 1], tiles[1], rng)
        self._paint((axis == 2) & ~down, depth, points, [0, 1], 0.5 + 0.5 * tiles[2], rng)

    def pictures_on_walls(
        self, low: np.ndarray, high: np.ndarray, photographs: Photographs, rng: np.random.Generator
    ) -> None:
        """Windows, doors, posters, shelves: flat boxes on the walls."""
        for _ in range(rng.integers(0, 7)):
            wall, width, height = int(rng.integers(2)), rng.uniform(0.4, 1.8), rng.uniform(0.4, 2.0)
            order = [wall, 1 - wall, 2]
            along = rng.uniform(low[1 - wall], high[1 - wall])
            base = low[2] + rng.uniform(0, max(high[2] - low[2] - height, 0.05))
            side = low[wall] if rng.random() < 0.5 else high[wall]
            first, last = np.empty(3), np.empty(3)
            first[order] = side - 0.03, along - width / 2, base
            last[order] = side + 0.03, along + width / 2, base + height
            flat = bool(photographs.flat) and rng.random() < 0.4
            tile = photograph(rng, photographs.flat) if flat else surface(rng, {})
            self.box(first, last, cv2.resize(tile, (256, 256)), rng)

    def box(self, low: np.ndarray, high: np.ndarray, tile: np.ndarray, rng: np.random.Generator) -> None:
        """A closed box, unless the camera is in it."""
        if ((self.eye > low - 0.1) & (self.eye < high + 0.1)).all():
            return
        depth, leaving, axis, _ = _slabs(self.eye, self.rays, low, high)
        hit = (depth > 0) & (depth < leaving)
        points = self._points_at(depth)
        for side in range(3):
            others = [i for i in range(3) if i != side]
            self._paint(hit & (axis == side), depth, points, others, tile * rng.uniform(0.6, 1), rng)

    def _points_at(self, depth: np.ndarray) -> np.ndarray:
        """So far along the rays [H,W,3]; NaN where a ray lies in the plane that it should meet."""
        with np.errstate(invalid="ignore"):
            return self.eye + self.rays * depth[..., None]

    def _paint(
        self,
        where: np.ndarray,
        depth: np.ndarray,
        points: np.ndarray,
        axes: list[int],
        tile: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        """Where a surface is the nearest: its tile, spread along two world axes at a random scale."""
        scale = tile.shape[0] / rng.uniform(0.6, 3)
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = np.where(depth > 0, 1 / depth, 0)
            where = where & (inverse > self.inverse_depth)
        at = points[where]
        u, v = ((at[:, axis] * scale).astype(np.int64) for axis in axes)
        self.picture[where] = tile[v % tile.shape[0], u % tile.shape[1]]
        self.inverse_depth[where] = inverse[where]
        self.points[where] = at


def _world_rays(camera: Camera) -> np.ndarray:
    """[H,W,3]: from the eye, of depth 1, in world axes."""
    width, height = camera.size_wh
    columns, rows = (np.arange(0, side + _COARSE, _COARSE) for side in (width, height))
    grid = np.stack(np.meshgrid(columns, rows), -1).astype(float)
    rays = unproject(camera, grid)
    y, x = np.mgrid[:height, :width].astype(np.float32) / _COARSE
    fine = cv2.remap(rays.astype(np.float32), x, y, cv2.INTER_LINEAR)
    assert camera.R_cam_world is not None
    return fine @ camera.R_cam_world.astype(np.float32)


def _slabs(
    eye: np.ndarray, rays: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Where rays enter and leave a box (depth), and the axis of the side there."""
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1 / rays
        first, second = (low - eye) * inverse, (high - eye) * inverse
    near, far = np.fmin(first, second), np.fmax(first, second)
    return near.max(-1), far.min(-1), near.argmax(-1), far.argmin(-1)


def unit_z(rays: np.ndarray) -> np.ndarray:
    """The vertical part [...] of rays [...,3] scaled to length 1."""
    return rays[..., 2] / np.linalg.norm(rays, axis=-1)
