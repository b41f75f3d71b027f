"""Corrupted pictures. Strengths follow Hendrycks and Dietterich, "Benchmarking neural network robustness to common
corruptions", ICLR 2019, in what depends on the size of the picture scaled from their 224 pixels.

Every corruption is a function of (rgb uint8 [H,W,3], level 1 to 5, rng) -> rgb of the same shape. What stays in place
while a video runs (fog, patches) depends on `rng` alone, so give the same seed for each frame of a scene.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from ganbodypose.core import VideoFrame

Corrupt = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]

_SIDE_PX = 224  # of the pictures for which the strengths were chosen
_DROPPED = (0.1, 0.25, 0.5, 0.7, 0.85)  # share of the frames
_SCENE_S = 2.0  # fog and patches move on after so long
_MOVING = ("noise", "dark")  # these change from frame to frame


def noise(rgb: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """White Gaussian noise of a sensor."""
    sigma = (0.08, 0.12, 0.18, 0.26, 0.38)[level - 1] * 255
    return _uint8(rgb + rng.standard_normal(rgb.shape, np.float32) * sigma)


def blur(rgb: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Out of focus: a disc of 3 to 10 pixels in a picture of 224."""
    del rng
    radius = (3, 4, 6, 8, 10)[level - 1] * min(rgb.shape[:2]) / _SIDE_PX / 2
    side = 2 * int(np.ceil(radius)) + 1
    y, x = np.mgrid[:side, :side] - side // 2
    disc = (x * x + y * y <= radius * radius).astype(np.float32)
    return cv2.filter2D(rgb, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)


def jpeg(rgb: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Strong compression: quality 25 down to 7."""
    del rng
    quality = (25, 18, 15, 10, 7)[level - 1]
    _, encoded = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))[..., ::-1])


def dark(rgb: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Little light: 50 down to 4 per cent of it, with the photon noise that comes with it."""
    light = (0.5, 0.3, 0.15, 0.08, 0.04)[level - 1]
    photons = rgb * np.float32(light)
    return _uint8(photons + rng.standard_normal(rgb.shape, np.float32) * np.sqrt(photons))


def fog(rgb: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Clouds of fog, mixed in by 40 to 85 per cent."""
    share = (0.4, 0.5, 0.65, 0.75, 0.85)[level - 1]
    height, width = rgb.shape[:2]
    clouds = np.zeros((height, width), np.float32)
    for cells in (2, 4, 8, 16):
        grid = rng.random((cells, cells), np.float32)
        clouds += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / cells
    density = share * (0.7 + 0.3 * (clouds - np.min(clouds)) / max(float(np.ptp(clouds)), 1e-6))[..., None]
    return _uint8(rgb * (1 - density) + 235 * density)


def low_resolution(rgb: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Reduced to 120 down to 24 pixels on the shorter side, and enlarged again."""
    del rng
    shorter = (120, 90, 64, 40, 24)[level - 1]
    height, width = rgb.shape[:2]
    share = min(1.0, shorter / min(height, width))
    small = (max(1, round(width * share)), max(1, round(height * share)))
    reduced = cv2.resize(rgb, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(reduced, (width, height), interpolation=cv2.INTER_NEAREST)


def patches(rgb: np.ndarray, level: int, rng: np.random.Generator) -> np.ndarray:
    """Grey patches in random places, in all 10 to 50 per cent of the area (where they do not overlap)."""
    covered = (0.1, 0.2, 0.3, 0.4, 0.5)[level - 1]
    height, width = rgb.shape[:2]
    count = 12
    side = np.sqrt(covered / count * height * width)
    hidden = rgb.copy()
    for x, y, shade in zip(
        rng.random(count) * width, rng.random(count) * height, rng.integers(40, 216, count), strict=True
    ):
        top, left = round(max(0, y - side / 2)), round(max(0, x - side / 2))
        hidden[top : round(y + side / 2), left : round(x + side / 2)] = shade
    return hidden


CORRUPTIONS: dict[str, Corrupt] = {
    "noise": noise,
    "blur": blur,
    "jpeg": jpeg,
    "dark": dark,
    "fog": fog,
    "low-resolution": low_resolution,
    "patches": patches,
}
FRAME_DROPS = "frame-drops"
PICTURE_CORRUPTIONS = (*CORRUPTIONS, FRAME_DROPS)


def corrupted(frames: Iterable[VideoFrame], name: str, level: int, seed: int = 0) -> Iterator[VideoFrame]:
    """The frames of a video made worse; of `frame-drops` fewer of them, at their true times."""
    for frame in frames:
        if name == FRAME_DROPS:
            if frame.index == 0 or np.random.default_rng([seed, frame.index]).random() >= _DROPPED[level - 1]:
                yield frame
            continue
        scene = frame.index if name in _MOVING else int(frame.time_s // _SCENE_S)
        rng = np.random.default_rng([seed, scene])
        yield replace(frame, rgb=np.ascontiguousarray(CORRUPTIONS[name](frame.rgb, level, rng)))


def _uint8(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
