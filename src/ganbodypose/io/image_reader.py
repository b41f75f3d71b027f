"""A still image, or a folder of images as a video."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path

import av
from av import VideoFrame as AvFrame
from av.error import FFmpegError

from ganbodypose.core import UserError, VideoFrame
from ganbodypose.io.clock import Section
from ganbodypose.io.pictures import RgbConverter

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})


def images_in(folder: Path) -> list[Path]:
    """The images of a folder in natural order (img2 before img10); UserError where there is none."""
    visible = (path for path in folder.iterdir() if not path.name.startswith("."))
    found = [path for path in visible if path.suffix.lower() in IMAGE_SUFFIXES]
    if not found:
        raise UserError(f"Folder {folder} holds no images (PNG, JPEG, BMP, TIFF, WebP); give another folder.")
    return sorted(found, key=_natural)


def _natural(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


class ImageReader:
    """Image k of `paths` at k / rate seconds; attributes as in `io.video.VideoSource`.

    One image needs no rate and is shown at time 0.
    """

    is_live = False

    def __init__(self, paths: list[Path], name: str, section: Section, rate: float | None = None) -> None:
        if len(paths) > 1 and not rate:
            raise UserError(
                f"Folder {name} holds {len(paths)} images but no times; give their rate with --image-fps."
            )
        self.name, self.fps = name, rate
        self._unreadable = 0
        timed = [(path, k, k / rate if rate else 0.0) for k, path in enumerate(paths)]
        self._images = [image for image in timed if section.start_s <= image[2] < section.end_s]
        if not self._images:
            raise UserError(f"{name} shows nothing between the given start and end; give other times.")
        self.frame_count: int | None = len(self._images)
        self.duration_s = len(self._images) / rate if rate else None
        self._to_rgb = RgbConverter(self._first_picture())
        self.size_wh = self._to_rgb.size_wh

    @property
    def warning(self) -> str | None:
        notes = []
        if self._unreadable:
            notes.append(f"{self._unreadable} images could not be read and were left out")
        if self._to_rgb.resized:
            notes.append(f"{self._to_rgb.resized} images of another size were scaled to the first's")
        return f"{self.name}: {'; '.join(notes)}." if notes else None

    def frames(self) -> Generator[VideoFrame, None, None]:
        for path, index, time_s in self._images:
            picture = _read(path)
            self._unreadable += picture is None
            if picture is not None:
                yield VideoFrame(self._to_rgb(picture), index, time_s)

    def close(self) -> None:
        """Nothing is held open between images."""

    def _first_picture(self) -> AvFrame:
        for path, _, _ in self._images:
            picture = _read(path)
            if picture is not None:
                return picture
        raise UserError(f"{self._images[0][0]} is not an image that can be read; convert it to PNG or JPEG.")


def _read(path: Path) -> AvFrame | None:
    """The picture, or None where it cannot be read.

    FFmpeg gets a stream instead of the name, in which it would take % for a pattern.
    """
    try:
        with path.open("rb") as file, av.open(file) as container:
            return next(container.decode(video=0), None)
    except (FFmpegError, OSError, IndexError):
        return None
