"""Video out: H.264 in MP4 that browsers play, with true presentation times."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorPrimaries, ColorRange, ColorTrc

from ganbodypose.core import UserError
from ganbodypose.io.atomic import cannot_write, part_path, remove

_TIME_BASE = Fraction(1, 90_000)  # divides the usual rates: 24, 25, 30, 50, 60 and, to 1/1001, 29.97
_NOMINAL_RATE = 30  # only for the encoder's choice of H.264 level; frames are shown at their own times
# superfast takes a third less time than veryfast. No B-frames: with uneven frame times their reordering makes
# the container state too short a duration.
_ENCODER = {"preset": "superfast", "crf": "23", "bf": "0"}
_ENCODER_THREADS = 2
_BT601_MATRIX = 6  # what OpenCV converts with; FFmpeg's AVCOL_SPC_SMPTE170M


class VideoWriter:
    """Writes RGB frames to an MP4 file; use inside `with`.

    The file starts with the first frame written: it is shown at time 0, the others at their distance from it.
    Odd sizes are made even, as H.264 wants, by repeating the last column or row.

    Frames go to a temporary name in the same folder; `close` renames it to `path`. Leaving `with` by an
    exception discards them, unless `close` was called before. Without any frame no file is written.

    UserError where the folder cannot be written, the disk is full or the encoder fails.
    """

    def __init__(self, path: str | Path, size_wh: tuple[int, int], fps_hint: float | None = None) -> None:
        self.path = Path(path)
        self.size_wh = size_wh
        self._part = part_path(self.path)
        self._first_s: float | None = None
        self._last_stamp = -1
        self._failed = self._closed = False
        self._kept: Path | None = None
        try:
            self._open(round(fps_hint) if fps_hint and 1 <= fps_hint < 1000 else _NOMINAL_RATE)
        except (FFmpegError, OSError, ValueError) as error:
            remove(self._part)
            raise self._failure(error) from error

    def write(self, rgb: np.ndarray, time_s: float) -> None:
        """Add a frame, rgb uint8 [H,W,3], to be shown at `time_s`; times must increase."""
        width, height = self.size_wh
        if rgb.shape != (height, width, 3) or rgb.dtype != np.uint8:
            raise ValueError(f"frame must be uint8 [{height}, {width}, 3], got {rgb.dtype} {list(rgb.shape)}")
        if self._first_s is None:
            self._first_s = time_s
        stamp = max(round((time_s - self._first_s) / _TIME_BASE), self._last_stamp + 1)
        frame = av.VideoFrame.from_ndarray(_to_yuv420(rgb), format="yuv420p")
        frame.pts, frame.time_base = stamp, _TIME_BASE
        self._last_stamp = stamp
        self._encode(frame)

    def close(self, keep: bool = True) -> Path | None:
        """Finish the file, or with `keep=False` discard it. Returns its path, None where there is no file."""
        if self._closed:
            return self._kept
        self._closed = True
        keep = keep and not self._failed and self._first_s is not None
        try:
            with closing(self._container):
                if keep:
                    self._encode(None)
            if keep:
                self._kept = self._part.replace(self.path)
        except (FFmpegError, OSError) as error:
            if keep:
                raise self._failure(error) from error
        finally:
            remove(self._part)
        return self._kept

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(keep=error is None)

    def _open(self, rate: int) -> None:
        self._part.touch()  # fails now where nothing can be written; the muxer would only at the first frame
        self._container = av.open(str(self._part), "w", format="mp4", options={"movflags": "+faststart"})
        stream = self._container.add_stream("libx264", rate=rate, options=_ENCODER)
        context = stream.codec_context
        context.width, context.height = (n + n % 2 for n in self.size_wh)
        context.pix_fmt = "yuv420p"
        context.time_base = stream.time_base = _TIME_BASE
        context.thread_count = _ENCODER_THREADS
        context.colorspace, context.color_range = _BT601_MATRIX, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        self._stream = stream

    def _encode(self, frame: av.VideoFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (FFmpegError, OSError) as error:
            self._failed = True
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> UserError:
        if isinstance(error, OSError):
            return cannot_write(self.path, error)
        return UserError(f"{self.path} cannot be encoded: {error}.")


def _to_yuv420(rgb: np.ndarray) -> np.ndarray:
    """Limited-range BT.601 planes [H*3/2, W] of a picture made even; a third of swscale's time."""
    height, width = rgb.shape[:2]
    if height % 2 or width % 2:
        rgb = cv2.copyMakeBorder(rgb, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
