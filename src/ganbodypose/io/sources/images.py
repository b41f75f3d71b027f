"""A still image, or a folder of images as a video."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path

import cv2
import numpy as np

from ganbodypose.core import UserError, VideoFrame
from ganbodypose.io.sources.clock import Section
from ganbodypose.io.sources.encoded import is_affordable
from ganbodypose.io.sources.pictures import MOST_PIXELS

_LARGEST_BYTES = 1 << 29
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
_OF_SEVERAL = frozenset({".tif", ".tiff", ".webp"})


def images_in(folder: Path) -> list[Path]:
    """The images of a folder in natural order (img2 before img10); UserError where there is none."""
    visible = (path for path in folder.iterdir() if not path.name.startswith("."))
    found = [path for path in visible if path.suffix.lower() in IMAGE_SUFFIXES]
    if not found:
        raise UserError(f"Folder {folder} holds no images (PNG, JPEG, BMP, TIFF, WebP); give another folder.")
    return sorted(found, key=_natural)


def _natural(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


class ImageReader:
    """Image k of `paths` at k / rate seconds; attributes as in `io.video.VideoSource`.

    One image needs no rate and is shown at time 0.
    """

    is_live = False

    def __init__(self, paths: list[Path], name: str, section: Section, rate: float | None = None) -> None:
        if len(paths) > 1 and not rate:
            raise UserError(
                f"Folder {name} holds {len(paths)} images but no times; give their rate with --fps."
            )
        self.name, self.fps = name, rate
        self._unreadable = self._resized = 0
        timed = [(path, k, k / rate if rate else 0.0) for k, path in enumerate(paths)]
        self._images = [image for image in timed if section.start_s <= image[2] < section.end_s]
        if not self._images:
            raise UserError(f"{name} shows nothing between the given start and end; give other times.")
        self.frame_count: int | None = len(self._images)
        self.duration_s = len(self._images) / rate if rate else None
        self._only_first = len(timed) == 1 and _holds_several(paths[0])
        height, width = self._first_image().shape[:2]
        self.size_wh = (width, height)

    @property
    def is_damaged(self) -> bool:
        return self._unreadable > 0

    @property
    def warning(self) -> str | None:
        notes = []
        if self._unreadable:
            notes.append(f"images that cannot be read were left out ({self._unreadable})")
        if self._resized:
            notes.append(f"images of another size were scaled to the first's ({self._resized})")
        if self._only_first:
            notes.append("of its several pictures only the first was read; export them as a video")
        return f"{self.name}: {'; '.join(notes)}." if notes else None

    def frames(self) -> Generator[VideoFrame, None, None]:
        for path, index, time_s in self._images:
            rgb = _read(path)
            if rgb is None:
                self._unreadable += 1
                continue
            if rgb.shape[1::-1] != self.size_wh:
                self._resized += 1
                rgb = cv2.resize(rgb, self.size_wh, interpolation=cv2.INTER_AREA)
            yield VideoFrame(rgb, index, time_s)

    def close(self) -> None:
        """Nothing is held open between images."""

    def _first_image(self) -> np.ndarray:
        for path, _, _ in self._images:
            rgb = _read(path)
            if rgb is not None:
                return rgb
        raise UserError(
            f"{self._images[0][0]} is not an image that can be read, or has more than {MOST_PIXELS:,} pixels; "
            "convert it to PNG or JPEG."
        )


def _holds_several(path: Path) -> bool:
    """Is this a TIFF of several pages, or an animated WebP?"""
    return path.suffix.lower() in _OF_SEVERAL and cv2.imcount(str(path)) > 1


def _read(path: Path) -> np.ndarray | None:
    """RGB uint8 [H,W,3], set upright as its EXIF data say, or None where it cannot be read."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return None
        data = path.read_bytes()  # cv2.imread cannot open every file name on Windows
    except OSError:
        return None
    if not data or not is_affordable(data):
        return None
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # more pixels than `ganbodypose.__init__` allows
        return None
    return None if bgr is None else cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
