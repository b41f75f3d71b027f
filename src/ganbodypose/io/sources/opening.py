"""Opening video files, cameras and streams; every failure is one `UserError` sentence."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from ganbodypose.core import UserError

# Elementary streams carry no times; FFmpeg would make them up, at 25 frames per second.
FORMATS_WITHOUT_TIMES = frozenset({"h264", "hevc", "vvc", "obu", "m4v", "mjpeg", "mpegvideo", "rawvideo"})
_TEXT_FORMATS = frozenset({"tty"})  # FFmpeg can "play" text files as a video of their characters
_MP4_BOXES = (b"ftyp", b"mdat", b"moov", b"wide", b"free", b"skip")
_CAMERA_TIMEOUT_S = 5.0
_STREAM_TIMEOUT_S = 10.0
_LIVE_PROTOCOLS = ("rtsp", "rtsps", "rtmp", "rtmps", "srt", "udp", "tcp")
STANDARD_INPUT = "-"
# Titles in older encodings are no reason to refuse a video; from PyAV 19 on they never are.
_ANY_TITLE: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
# AVFoundation refuses its own default of 29.97; this asks the device for a rate, it assumes none.
_CAMERA_DRIVERS = {
    "linux": ("v4l2", "/dev/video{}", {}),
    "darwin": ("avfoundation", "{}:none", {"framerate": "30"}),
}


def open_file(path: Path) -> InputContainer:
    """The opened file; UserError where it is not a readable video."""
    try:
        if path.stat().st_size == 0:
            raise UserError(f"Video {path} is empty (0 bytes); copy or record it again.")
        container = av.open(str(path.resolve()), **_ANY_TITLE)
    except (FFmpegError, OSError) as error:
        raise UserError(_why_unreadable(path, error)) from error
    if container.format.name in _TEXT_FORMATS:
        container.close()
        raise UserError(f"{path} is a text file, not a video; give a video file.")
    return container


def open_camera(number: int) -> InputContainer:
    """Camera `number` of this computer (Video4Linux on Linux, AVFoundation on macOS)."""
    if sys.platform not in _CAMERA_DRIVERS:
        raise UserError("Cameras can be opened on Linux and macOS only; record a video and give its file.")
    driver, pattern, options = _CAMERA_DRIVERS[sys.platform]
    device = pattern.format(number)
    try:
        return av.open(device, format=driver, container_options=options, timeout=_CAMERA_TIMEOUT_S)
    except (FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"Camera {device} cannot be opened ({reason}); is it plugged in and free?") from error


def is_stream_url(source: str) -> bool:
    """Is this the address of a live stream?"""
    return source.lower().partition("://")[0] in _LIVE_PROTOCOLS and "://" in source


def without_login(url: str) -> str:
    """The address as it may be shown and written down: a name and password in it are left out."""
    return re.sub(r"://[^/@]*@", "://", url)


def open_stream(url: str) -> InputContainer:
    """A live stream from the network, with as little buffering as its format allows."""
    options = {"fflags": "nobuffer", "rtsp_transport": "tcp"}  # RTSP over UDP loses packets, and so pictures
    try:
        return av.open(url, container_options=options, timeout=_STREAM_TIMEOUT_S, **_ANY_TITLE)
    except (FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UserError(
            f"Stream {without_login(url)} cannot be opened ({reason}); check the address and that it is sending."
        ) from error


def open_pipe() -> InputContainer:
    """The video that another program writes to our standard input, in a format that needs no seeking."""
    try:
        return av.open(sys.stdin.buffer, **_ANY_TITLE)
    except (FFmpegError, OSError, ValueError) as error:
        raise UserError(
            "Standard input holds no video that can be read from a pipe; "
            "send Matroska or MPEG-TS, e.g. with `ffmpeg -i VIDEO -f matroska -`."
        ) from error


def video_stream(container: InputContainer, name: str) -> VideoStream:
    """The first real video stream (a cover picture is none)."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    if container.streams.audio:
        raise UserError(f"{name} holds sound but no video; give a video file.")
    raise UserError(f"{name} holds no video; give a video file.")


def _why_unreadable(path: Path, error: OSError | FFmpegError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"Video {path} does not exist; check the path."
    if isinstance(error, PermissionError):
        return f"Video {path} may not be read; change its permissions."
    if isinstance(error, ValueError) and _starts_like_mp4(path):
        return (
            f"Video {path} is cut off: its index (moov) is missing, as after an interrupted recording or "
            "copy; copy it again or repair it."
        )
    return f"{path} is not a video that can be read ({error.strerror}); give a video or convert it to MP4."


def _starts_like_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8)[4:] in _MP4_BOXES
