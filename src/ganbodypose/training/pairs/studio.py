"""Pictures of dressed people: light, shadows, z-buffer, film and compression."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from ganbodypose.core import Camera
from ganbodypose.training.pairs import kernels
from ganbodypose.training.pairs.background import Background
from ganbodypose.training.pairs.clothing import Dressed

_MAP_SIDE = 256  # pixels of the shadow map
_MAP_M = 3.2  # m that it spans
_NEAREST_M = 0.15
_SMALL_PX = 240  # people smaller than this are drawn twice as fine, then reduced


@dataclass(frozen=True)
class Light:
    """toward [3]: unit vector to the lamp or sun; colour and ambient [3]; shade in [0,1]: how dark shadows are."""

    toward: np.ndarray
    colour: np.ndarray
    ambient: np.ndarray
    shade: float


@dataclass(frozen=True)
class Film:
    """blur_px; noise: sd in grey levels; gamma; jpeg quality; exposure: part of a frame that moving people smear."""

    blur_px: float
    noise: float
    gamma: float
    jpeg: int
    exposure: float


@dataclass(frozen=True)
class Figures:
    """Everybody in a clip as one mesh: points [T,V,3] and normals [T,V,3] float32 in the world, and what `Dressed`
    says of vertices and faces, with base [F]: first row of a figure's materials."""

    points: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    kind: np.ndarray
    base: np.ndarray
    one_sided: np.ndarray
    rest: np.ndarray
    fields: np.ndarray
    colours: np.ndarray
    materials: np.ndarray

    @staticmethod
    def of(people: list[tuple[Dressed, np.ndarray, np.ndarray]]) -> Figures:
        """(clothes, points [T,V,3], normals [T,V,3]) of each person."""
        first = np.cumsum([0, *(points.shape[1] for _, points, _ in people)])
        dressed = [clothes for clothes, _, _ in people]
        rows = [np.full(len(d.faces), i * kernels.MATERIALS, np.int32) for i, d in enumerate(dressed)]
        return Figures(
            np.concatenate([points for _, points, _ in people], 1),
            np.concatenate([normals for _, _, normals in people], 1),
            np.concatenate([d.faces + int(n) for d, n in zip(dressed, first, strict=False)]).astype(np.int32),
            np.concatenate([d.kind for d in dressed]),
            np.concatenate(rows),
            np.concatenate([d.one_sided for d in dressed]),
            np.concatenate([d.rest for d in dressed]),
            np.concatenate([d.fields for d in dressed]),
            np.concatenate([d.colours for d in dressed]),
            np.concatenate([d.materials for d in dressed]),
        )


def sample_light(rng: np.random.Generator) -> Light:
    azimuth, height = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(25, 80))
    toward = np.array([np.cos(azimuth) * np.cos(height), np.sin(azimuth) * np.cos(height), np.sin(height)])
    hard, exposure = rng.uniform(0, 1), rng.uniform(0.75, 1.25)
    colour = (0.3 + 0.75 * hard) * (1 + rng.normal(0, 0.06, 3)) * exposure
    ambient = (0.85 - 0.35 * hard) * (1 + rng.normal(0, 0.05, 3)) * exposure
    return Light(toward, colour, ambient, 0.15 + 0.5 * hard)


def sample_film(rng: np.random.Generator) -> Film:
    blur = float(rng.choice([0, 0.5, 0.8, 1.2], p=[0.3, 0.3, 0.25, 0.15]))
    exposure = rng.uniform(0.15, 0.6) if rng.random() < 0.15 else 0.0
    noise = abs(rng.normal()) * 4.5
    return Film(blur, noise, rng.uniform(0.6, 1.1), int(rng.integers(35, 96)), exposure)


class Studio:
    """One camera, background, light and film; `picture` shows one frame of the figures."""

    def __init__(self, camera: Camera, background: Background, light: Light, film: Film, seed: int) -> None:
        assert camera.R_cam_world is not None and camera.t_cam_world is not None
        self._camera, self._background, self._light, self._film = camera, background, light, film
        self._R, self._t = camera.R_cam_world, camera.t_cam_world
        self._eye = (-self._R.T @ self._t).astype(np.float32)
        self._rng = np.random.default_rng(seed)
        side = np.cross(light.toward, [0, 0, 1.0])
        side /= np.linalg.norm(side)
        axes = np.stack([side, np.cross(light.toward, side), -light.toward])
        self._axes = (axes * np.array([[_MAP_SIDE / _MAP_M]] * 2 + [[1.0]])).astype(np.float32)
        self._background_light = background.points @ self._axes.T
        self._tone = (np.linspace(0, 1, 2048) ** film.gamma * 255 + 0.5).astype(np.uint8)
        self._noise = noise_volume()

    def picture(self, figures: Figures, frame: int, target: np.ndarray) -> np.ndarray:
        """RGB uint8 [H,W,3] of one frame; shadows are cast around `target` [3] m."""
        shift = np.array([_MAP_SIDE / 2, _MAP_SIDE / 2, 0], np.float32) - self._axes @ target.astype(
            np.float32
        )
        picture = self._background.picture.copy()
        shadows = np.full((_MAP_SIDE, _MAP_SIDE), np.inf, np.float32)
        points = figures.points[frame]
        kernels.shadow_map(points @ self._axes.T + shift, figures.faces, shadows)
        kernels.cast_shadows(picture, self._background_light, shadows, shift, np.float32(self._light.shade))
        to_map = np.concatenate([self._axes, shift[:, None]], 1)
        moments = self._moments(figures, frame)
        layers = [self._draw(figures, moment, frame, to_map, shadows) for moment in moments]
        for layer, (left, top) in (layer for layer in layers if layer is not None):
            height, width = layer.shape[:2]
            part = picture[top : top + height, left : left + width]
            cover = layer[..., 3:]
            if len(moments) == 1:
                part *= 1 - cover
                part += layer[..., :3]
            else:  # a smear: each moment adds its share of light over the background
                own = self._background.picture[top : top + height, left : left + width]
                part += (layer[..., :3] - cover * own) / len(moments)
        return self._develop(picture)

    def _moments(self, figures: Figures, frame: int) -> list[np.ndarray]:
        """Where the points are while the shutter is open."""
        points = figures.points[frame]
        if not self._film.exposure:
            return [points]
        before, after = max(frame - 1, 0), min(frame + 1, len(figures.points) - 1)
        motion = (figures.points[after] - figures.points[before]) / np.float32(2)
        return [points + motion * np.float32(self._film.exposure * part) for part in (-0.5, 0.0, 0.5)]

    def _draw(
        self, figures: Figures, points: np.ndarray, frame: int, to_map: np.ndarray, shadows: np.ndarray
    ) -> tuple[np.ndarray, tuple[int, int]] | None:
        """Colour and cover [h,w,4] of the figures, and the corner (left, top) of that part of the picture."""
        pixels, inverse_depth = np.empty((len(points), 2), np.float32), np.empty(len(points), np.float32)
        kernels.project(
            points,
            self._R,
            self._t,
            self._camera.matrix,
            self._camera.distortion,
            _NEAREST_M,
            pixels,
            inverse_depth,
        )
        seen = pixels[inverse_depth > 0]
        width, height = self._camera.size_wh
        if not len(seen):
            return None
        left, top = np.floor(np.clip(seen.min(0) - 1, 0, (width, height))).astype(int)
        right, bottom = np.ceil(np.clip(seen.max(0) + 2, 0, (width, height))).astype(int)
        if right - left < 2 or bottom - top < 2:
            return None
        fine = 2 if max(right - left, bottom - top) < _SMALL_PX else 1
        behind = self._background.inverse_depth[top:bottom, left:right]
        nearest = np.repeat(np.repeat(behind, fine, 0), fine, 1) if fine > 1 else behind.copy()
        face_at = np.full(nearest.shape, -1, np.int32)
        second, third = np.empty_like(nearest), np.empty_like(nearest)
        corner = np.array([left, top], np.float32) - np.float32((fine - 1) / (2 * fine))
        kernels.rasterize(
            (pixels - corner) * np.float32(fine), inverse_depth, figures.faces, figures.one_sided,
            nearest, face_at, second, third,
        )  # fmt: skip
        out = np.empty((*nearest.shape, 4), np.float32)
        light = self._light
        kernels.shade(
            nearest, face_at, second, third, figures.faces, figures.kind, figures.base, inverse_depth, points,
            figures.normals[frame], figures.rest, figures.fields, figures.colours, figures.materials, self._noise,
            self._eye, light.toward.astype(np.float32), light.colour.astype(np.float32),
            light.ambient.astype(np.float32), to_map, shadows, out,
        )  # fmt: skip
        if fine > 1:
            out = cv2.resize(out, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
        return out, (int(left), int(top))

    def _develop(self, light: np.ndarray) -> np.ndarray:
        """Tone, blur, noise and compression, as a camera would."""
        film = self._film
        picture = np.empty(light.shape, np.uint8)
        kernels.develop(light, self._tone, picture)
        if film.blur_px:
            picture = cv2.GaussianBlur(picture, (0, 0), film.blur_px)
        if film.noise > 0.5:
            dy, dx = self._rng.integers(0, _GRAIN_SPARE, 2)
            kernels.add_grain(picture, grain(), dy, dx, film.noise)
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, film.jpeg])[1]
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))


_GRAIN_SPARE, _LARGEST = 300, 700


@cache
def grain() -> np.ndarray:
    """Sensor noise int8 [.,.,3] of standard deviation 32, most of it alike in all colours."""
    rng = np.random.default_rng(7)
    side = _LARGEST + _GRAIN_SPARE
    noise = 0.8 * rng.standard_normal((side, side, 1)) + 0.6 * rng.standard_normal((side, side, 3))
    return np.clip(32 * noise, -127, 127).astype(np.int8)


@cache
def noise_volume() -> np.ndarray:
    """Smooth noise that repeats: [S,S,S,4] float32, its value (0 to 1) and slopes per unit of eight voxels."""
    side = kernels.NOISE_CELLS
    lattice: np.ndarray = np.random.default_rng(11).random((side // 8,) * 3)
    for axis in range(3):
        at = np.arange(side) / 8
        low, part = at.astype(int), at % 1
        part = (part * part * (3 - 2 * part)).reshape([-1 if i == axis else 1 for i in range(3)])
        near, next_ = np.take(lattice, low, axis), np.take(lattice, (low + 1) % (side // 8), axis)
        lattice = near * (1 - part) + next_ * part
    slopes = [(np.roll(lattice, -1, axis) - np.roll(lattice, 1, axis)) * 4 for axis in range(3)]
    return np.ascontiguousarray(np.stack([lattice, *slopes], -1), np.float32)
