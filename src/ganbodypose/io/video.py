"""Video in: files, images, folders of images and cameras, as one iterator of `VideoFrame`."""

from __future__ import annotations

import re
import weakref
from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol

from ganbodypose.core import UserError, VideoFrame
from ganbodypose.io.run_ahead import RunAhead
from ganbodypose.io.sources.clock import Section
from ganbodypose.io.sources.container import ContainerReader
from ganbodypose.io.sources.images import IMAGE_SUFFIXES, ImageReader, images_in
from ganbodypose.io.sources.opening import (
    STANDARD_INPUT,
    is_stream_url,
    open_camera,
    open_file,
    open_pipe,
    open_stream,
    without_login,
)

_FRAMES_AHEAD = 3  # 6 MB each at 1080p; enough to even out the decoder's B-frame bursts


def open_video(
    source: str | Path | int,
    start_s: float | None = None,
    end_s: float | None = None,
    image_fps: float | None = None,
    filmed_fps: float | None = None,
) -> VideoSource:
    """Open `source` and decode its first frame.

    source     path of a video, an image or a folder of images; "0".."9" or /dev/videoN for a camera; the address
               of a live stream (rtsp, rtmp, srt, udp, tcp); "-" for a video on standard input
    start_s,   read the frames with start_s <= time_s < end_s, in seconds from the first frame of the source
    end_s
    image_fps  rate of what carries no times (folders of images, raw H.264 and the like); never guessed
    filmed_fps the true mean rate of a file that plays slower or faster than it was filmed (slow motion)

    UserError, one sentence, where the source is missing, unreadable, without a picture or without a rate.
    """
    section = Section(start_s or 0.0, float("inf") if end_s is None else end_s)
    if not 0 <= section.start_s < section.end_s:
        raise UserError(
            f"From {section.start_s:g} s to {section.end_s:g} s is no section; start before the end."
        )
    for name, rate in (("image rate", image_fps), ("rate of filming", filmed_fps)):
        if rate is not None and not 0 < rate < float("inf"):
            raise UserError(f"The {name} must be a positive number of frames per second, not {rate}.")
    if filmed_fps is not None and not Path(str(source)).is_file():
        raise UserError(f"{source} is no video file, and only those have times that --filmed-at could mend.")
    return VideoSource(_reader(str(source), section, image_fps, filmed_fps))


def _reader(source: str, section: Section, rate: float | None, filmed_fps: float | None) -> FrameReader:
    camera = re.fullmatch(r"(?:/dev/video)?(\d)|/dev/video(\d+)", source)
    if camera:
        number = int(camera[1] or camera[2])
        return ContainerReader(lambda: open_camera(number), f"Camera {number}", section, is_live=True)
    if is_stream_url(source):
        return ContainerReader(
            lambda: open_stream(source), without_login(source), section, rate, is_live=True
        )
    if source == STANDARD_INPUT:
        return ContainerReader(open_pipe, "Standard input", section, rate)
    if re.match(r"https?://", source):
        raise UserError(
            f"{source} is a web address; save the video first, or give a stream by its rtsp address."
        )
    path = Path(source)
    if path.is_dir():
        return ImageReader(images_in(path), source, section, rate)
    if path.suffix.lower() in IMAGE_SUFFIXES and path.exists():
        return ImageReader([path], source, section, rate)
    return ContainerReader(lambda: open_file(path), source, section, rate, filmed_fps=filmed_fps)


class FrameReader(Protocol):
    """What `VideoSource` runs on its thread."""

    name: str
    is_live: bool
    size_wh: tuple[int, int]
    fps: float | None

    @property
    def frame_count(self) -> int | None: ...
    @property
    def duration_s(self) -> float | None: ...
    @property
    def is_damaged(self) -> bool: ...
    @property
    def warning(self) -> str | None: ...
    def frames(self) -> Generator[VideoFrame, None, None]: ...
    def close(self) -> None: ...


class VideoSource(Iterator[VideoFrame]):
    """An open source: iterate over it once, inside `with`.

    size_wh      width and height of the frames, upright (rotation metadata is applied)
    fps          average frame rate the container states, None where it states none
    frame_count  estimate of the frames to come, or None
    duration_s   length of the section to be read, or None
    is_live      True for a camera or stream: frames that come faster than they are taken are dropped
    dropped      how many were so far
    warning      None, or one sentence on what was wrong with the source so far: a file that breaks in the
                 middle delivers what can be decoded, and then says so here
    is_damaged   True once pictures were found to be missing or damaged

    Frames are decoded ahead on a thread. `VideoFrame.index` is the number of the decoded frame from the
    file's start, also after a seek to `start_s`: the frames before it are counted without decoding them,
    which is exact unless the file is damaged there. `VideoFrame.time_s` is the presentation time, counted
    from the first frame of the stream; it increases strictly.
    """

    def __init__(self, reader: FrameReader) -> None:
        self._reader = reader
        self._ahead: RunAhead[VideoFrame] | None = None
        self._closed = False
        self.name = reader.name
        self.size_wh = reader.size_wh
        self.fps = reader.fps
        self.frame_count = reader.frame_count
        self.duration_s = reader.duration_s
        self.is_live = reader.is_live

    @property
    def is_damaged(self) -> bool:
        return self._reader.is_damaged

    @property
    def warning(self) -> str | None:
        return self._reader.warning

    @property
    def dropped(self) -> int:
        return 0 if self._ahead is None else self._ahead.dropped

    def __next__(self) -> VideoFrame:
        if self._closed:
            raise StopIteration
        if self._ahead is None:
            depth = 1 if self.is_live else _FRAMES_AHEAD
            self._ahead = RunAhead(self._reader.frames(), depth, newest_only=self.is_live)
            weakref.finalize(self, self._ahead.close)  # for those who forget to close
        return next(self._ahead)

    def close(self) -> None:
        """Stop decoding; no thread is left behind. Safe to call twice."""
        self._closed = True
        if self._ahead is None or self._ahead.close():
            self._reader.close()

    def __enter__(self) -> VideoSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
