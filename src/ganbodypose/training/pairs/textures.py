"""Pictures for surfaces and backdrops: procedural ones, and photographs that installed packages bring along.

Photographs: scikit-image's sample pictures (public domain or CC0; the [render] extra) and, where installed,
scikit-learn's two (CC BY 2.0) and viser's panoramas (Poly Haven, CC0). Some are kept for validation and test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from ganbodypose.core import UserError
from ganbodypose.datasets.mocap import Split

SIDE = 256
_SKIMAGE = "brick coffee chelsea clock_motion coins color grass gravel hubble_deep_field ihc motorcycle_left"
_SKIMAGE += " page retina rocket text"
_PHOTOGRAPHS = (("skimage", "data", _SKIMAGE), ("sklearn", "datasets/images", "china flower"))
_PANORAMAS = (
    "empty_warehouse_01_1k forest_slope_1k kiara_1_dawn_1k lebombo_1k potsdamer_platz_1k rooitou_park_1k "
    "st_fagans_interior_1k studio_small_03_1k venice_sunset_1k"
)
_HELD_OUT: dict[str, Split] = {
    "coffee": "test", "china": "test", "gravel": "test", "potsdamer_platz_1k": "test", "st_fagans_interior_1k": "test",
    "rocket": "val", "flower": "val", "lebombo_1k": "val",
}  # fmt: skip
_SURFACES = ("brick", "grass", "gravel")


@dataclass(frozen=True)
class Photographs:
    """File paths by name that one split may use: flat pictures, surfaces among them, and panoramas."""

    flat: dict[str, Path]
    surfaces: dict[str, Path]
    panoramas: dict[str, Path]

    @staticmethod
    def of_split(split: Split) -> Photographs:
        flat = {n: p for n, p in _installed(_PHOTOGRAPHS).items() if _HELD_OUT.get(n, "train") == split}
        panoramas = _installed((("viser", "_assets/hdri", _PANORAMAS),))
        return Photographs(
            flat,
            {name: path for name, path in flat.items() if name in _SURFACES},
            {name: path for name, path in panoramas.items() if _HELD_OUT.get(name, "train") == split},
        )


def _installed(packages: tuple[tuple[str, str, str], ...]) -> dict[str, Path]:
    found = {}
    for package, folder, names in packages:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        for name in names.split():
            paths = sorted((Path(spec.origin).parent / folder).glob(f"{name}.*"))
            pictures = [path for path in paths if path.suffix in (".jpg", ".png")]
            found.update({name: pictures[0]} if pictures else {})
    return found


@cache
def load_picture(path: Path) -> np.ndarray:
    """RGB uint8 [H,W,3]."""
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise UserError(f"{path} is not a picture that can be read.")
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def photograph(rng: np.random.Generator, paths: dict[str, Path]) -> np.ndarray:
    """A random part of a random picture, its colours changed: float32 [h,w,3] in [0,1]."""
    picture = load_picture(list(paths.values())[rng.integers(len(paths))])
    height, width = (int(side * rng.uniform(0.4, 1)) for side in picture.shape[:2])
    y, x = (
        rng.integers(0, whole - part + 1) for whole, part in zip(picture.shape, (height, width), strict=False)
    )
    part = picture[y : y + height, x : x + width].astype(np.float32) / 255
    part = part[:, :: rng.choice([-1, 1])]
    if rng.random() < 0.3:
        part = part[..., rng.permutation(3)]
    gain = 0.5 * rng.uniform(0.5, 1.4, 3) + 0.5 * rng.uniform(0.5, 1.4)
    return np.clip(part * gain + rng.normal(0, 0.06), 0, 1).astype(np.float32)


def colour(rng: np.random.Generator) -> np.ndarray:
    """[3] in [0,1], rarely gaudy."""
    tone = rng.uniform(0.05, 0.95, 3)
    return tone.mean() + (tone - tone.mean()) * rng.uniform(0.05, 0.7)


def surface(rng: np.random.Generator, paths: dict[str, Path]) -> np.ndarray:
    """A tile of wall, floor or cloth: float32 [SIDE,SIDE,3] in [0,1]."""
    if paths and rng.random() < 0.2:
        return cv2.resize(photograph(rng, paths), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    pattern = _PATTERNS[rng.choice(len(_PATTERNS), p=(0.3, 0.1, 0.15, 0.15, 0.1, 0.2))](rng)
    first = colour(rng)
    second = np.clip(first + rng.normal(0, 0.1, 3) + rng.normal(0, 0.2), 0, 1)
    tile = first * (1 - pattern[..., None]) + second * pattern[..., None]
    return np.clip(tile + rng.normal(0, 0.015, (SIDE, SIDE, 1)), 0, 1).astype(np.float32)


def _cloudy(rng: np.random.Generator) -> np.ndarray:
    layers = [
        cv2.resize(rng.random((n, n)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) / i
        for i, n in enumerate((3, 8, 24, 70), 1)
    ]
    return sum(layers[1:], layers[0]) / 2.1


def _chequered(rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[:SIDE, :SIDE] * 2 * rng.integers(1, 6) // SIDE
    return ((x + y) % 2).astype(np.float32)


def _planks(rng: np.random.Generator) -> np.ndarray:
    boards = rng.integers(4, 14)
    x = np.arange(SIDE) * boards // SIDE
    tone = rng.random(boards)[x] * np.ones((SIDE, 1))
    veins = cv2.resize(rng.random((8, SIDE)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    gap = np.diff(x, prepend=x[0]) > 0
    return np.where(gap, 1.0, 0.6 * tone + 0.4 * veins).astype(np.float32)


def _tiles(rng: np.random.Generator) -> np.ndarray:
    rows, columns = rng.integers(2, 12, 2)
    y, x = np.mgrid[:SIDE, :SIDE]
    row = y * rows // SIDE
    shifted = x + (row % 2) * rng.choice([0, 0.5]) * SIDE / columns
    joint = ((y * rows % SIDE) < 3 * rows) | ((shifted * columns % SIDE) < 3 * columns)
    tone = 0.4 * rng.random((rows, columns + 1))[row, (shifted * columns // SIDE).astype(int) % columns]
    return np.where(joint, 1.0, tone).astype(np.float32)


def _striped(rng: np.random.Generator) -> np.ndarray:
    edges = np.sort(rng.integers(0, SIDE, 2 * int(rng.integers(2, 10))))
    line = (np.searchsorted(edges, np.arange(SIDE)) % 2).astype(np.float32) * np.ones((SIDE, 1), np.float32)
    return line if rng.random() < 0.5 else line.T


def _plain(rng: np.random.Generator) -> np.ndarray:
    return np.linspace(0, rng.uniform(0, 0.6), SIDE, dtype=np.float32)[:, None] * np.ones(
        (1, SIDE), np.float32
    )


_PATTERNS: tuple[Callable[[np.random.Generator], np.ndarray], ...] = (
    _cloudy, _chequered, _planks, _tiles, _striped, _plain,
)  # fmt: skip
