"""Frames of a video file or a camera, through PyAV, with their true presentation times."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from fractions import Fraction

import av
from av import VideoFrame as AvFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from ganbodypose.core import UserError, VideoFrame
from ganbodypose.io.sources.clock import PresentationClock, Section, time_base_of
from ganbodypose.io.sources.opening import FORMATS_WITHOUT_TIMES, video_stream
from ganbodypose.io.sources.pictures import MOST_PIXELS, RgbConverter

_DECODER_THREADS = 2
_CLOCK_RATE = 1000  # stated as frames per second it is the tick of the container's clock
# FFmpeg seeks by decoding time, and so perhaps to a key frame that is shown after the target.
_SEEK_MARGINS_S = (0.0, 1.0, 5.0)
_MISSING_END_S = 0.5  # a file that ends this much before the end it promises is reported


class ContainerReader:
    """The frames of [start_s, end_s) in what `opener` opens; attributes as in `io.video.VideoSource`.

    `rate` is for streams that carry no times, and only for them; `filmed_fps` for files that play slower or faster
    than they were filmed: their times are brought to that mean rate.
    """

    def __init__(
        self,
        opener: Callable[[], InputContainer],
        name: str,
        section: Section,
        rate: float | None = None,
        is_live: bool = False,
        filmed_fps: float | None = None,
    ) -> None:
        self.name, self.is_live = name, is_live
        self._opener, self._rate, self._filmed_fps = opener, rate, filmed_fps
        self._start_s, self._end_s = section.start_s, section.end_s
        self._damaged, self._broken, self._shown_until_s = 0, "", 0.0
        self._open()
        try:
            self._selected = self._select()
            self._first = next(self._selected, None)
            if self._first is None:
                raise UserError(self._why_no_frame())
            self._to_rgb = RgbConverter(self._first[0])
        except BaseException:
            self.close()
            raise
        self.size_wh = self._to_rgb.size_wh

    def frames(self) -> Generator[VideoFrame, None, None]:
        """All frames; closes the file when it ends or is closed itself."""
        try:
            first, self._first = self._first, None
            if first is not None:
                yield VideoFrame(self._to_rgb(first[0]), *first[1:])
            del first
            for picture, index, time_s in self._selected:
                yield VideoFrame(self._to_rgb(picture), index, time_s)
        finally:
            self.close()

    def close(self) -> None:
        self._container.close()

    @property
    def duration_s(self) -> float | None:
        """Length of the section that is read."""
        whole_s = self._whole_s
        end_s = self._end_s if whole_s is None else min(self._end_s, whole_s)
        return None if end_s == float("inf") else max(end_s - self._start_s, 0.0)

    @property
    def frame_count(self) -> int | None:
        whole_s, section_s = self._whole_s, self.duration_s
        if self._stream_frames and section_s == whole_s:
            return self._stream_frames
        return None if section_s is None or self.fps is None else round(section_s * self.fps)

    @property
    def is_damaged(self) -> bool:
        return bool(self._damaged or self._broken)

    @property
    def warning(self) -> str | None:
        """What was wrong with the source so far, in one sentence; None when nothing was."""
        notes = []
        if self._damaged:
            notes.append(f"damaged pictures were skipped or mended ({self._damaged})")
        if self._rate and not self._timeless and not self.is_live:
            notes.append("its own times are used, not --fps (of slow motion, --filmed-at says the true rate)")
        aspect = self._pixel_aspect
        if aspect and aspect != 1:
            shape = f"{aspect.numerator}:{aspect.denominator}"
            notes.append(f"its pixels are not square ({shape}), which distances in the picture ignore")
        if self._broken:
            notes.append(self._broken)
        if self._to_rgb.resized:
            notes.append(f"pictures of another size were scaled to the first's ({self._to_rgb.resized})")
        return f"{self.name}: {'; '.join(notes)}." if notes else None

    def _open(self) -> None:
        self._container = self._opener()
        try:
            self._stream = video_stream(self._container, self.name)
            self._inspect()
        except UserError:
            self._container.close()
            raise

    def _inspect(self) -> None:
        stream = self._stream
        if stream.codec_context is None:
            raise UserError(f"{self.name} is in a video format that is not known here; convert it to MP4.")
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > MOST_PIXELS:
            raise UserError(
                f"{self.name} has pictures of {width}x{height} pixels, more than can be worked with."
            )
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}  # should they grow on the way
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = _DECODER_THREADS
        self._timeless = self._container.format.name in FORMATS_WITHOUT_TIMES
        if self._timeless and not self._rate:
            raise UserError(f"{self.name} carries no times; give its frame rate with --fps.")
        stated = self._rate if self._timeless else stream.average_rate
        self.fps = float(stated) if stated and stated < _CLOCK_RATE else None
        length_s = None if self._timeless else _length_s(self._container, stream)
        pace = self._pace()
        self._whole_s = None if length_s is None else length_s * float(pace)
        self._stream_frames = stream.frames
        self._pixel_aspect = stream.sample_aspect_ratio  # while open: a closed file's stream is gone
        self._time_base = time_base_of(stream) * pace
        period_s = 1 / self.fps if self.fps else None
        self._clock = PresentationClock(self._time_base, stream.start_time, period_s)

    def _pace(self) -> Fraction:
        """True seconds in a second of the file."""
        if self._filmed_fps is None:
            return Fraction(1)
        if self.fps is None or self._timeless:
            raise UserError(
                f"{self.name} states no frame rate of its own, so --filmed-at cannot mend its times."
            )
        pace = Fraction(self.fps / self._filmed_fps).limit_denominator(1_000_000)
        self.fps = self._filmed_fps
        return pace

    def _select(self) -> Generator[tuple[AvFrame, int, float], None, None]:
        """(picture, number, time) of the wanted section."""
        before = self._go_to_start() if self._start_s > 0 and not self.is_live else None
        number, counting = before or 0, before is None
        for picture in self._pictures():
            time_s = self._clock.time_of(None if self._timeless else picture.pts)
            if time_s is not None and time_s >= self._end_s:
                return
            if time_s is not None and time_s >= self._start_s:
                counting = True
                self._shown_until_s = time_s + float((picture.duration or 0) * self._time_base)
                yield picture, number, time_s
            number += counting
        self._note_early_end()

    def _pictures(self) -> Iterator[AvFrame]:
        """Decoded pictures in the order they are shown; what cannot be decoded is counted and left out."""
        for packet in self._packets():
            try:
                pictures = self._stream.decode(packet)
            except FFmpegError:  # not only InvalidDataError: decoders answer broken data with several codes
                self._damaged += 1
                continue
            for picture in pictures:
                self._damaged += picture.is_corrupt
                yield picture

    def _packets(self) -> Iterator[av.Packet | None]:
        """Packets of the stream, last an empty one that makes the decoder give out what it holds back."""
        try:
            yield from self._container.demux(self._stream)
        except (FFmpegError, OSError) as error:
            self._broken = f"reading stopped in the middle ({error.strerror})"
            yield None

    def _go_to_start(self) -> int | None:
        """Seek to the key frame before `start_s`; the number of pictures before `start_s`.

        They are counted without decoding them. None where the file has no stamps or seeks badly: it is then
        read from its beginning.
        """
        before = self._count_before_start()
        if before is not None:
            for margin_s in _SEEK_MARGINS_S:
                target = self._clock.stamp(max(self._start_s - margin_s, 0.0))
                self._container.seek(target, stream=self._stream)
                landed = next(self._pictures(), None)
                stamp = None if landed is None else landed.pts
                if stamp is not None and self._clock.seconds(stamp) <= self._start_s:
                    self._container.seek(target, stream=self._stream)
                    return before
        self._container.close()
        self._open()
        return None

    def _count_before_start(self) -> int | None:
        before = 0
        for packet in self._container.demux(self._stream):
            if packet.size and (packet.pts is None or self._timeless):
                return None
            if packet.pts is not None and not packet.is_discard:
                before += self._clock.seconds(packet.pts) < self._start_s
            if packet.dts is not None and self._clock.seconds(packet.dts) >= self._start_s:
                break
        return before

    def _note_early_end(self) -> None:
        missing_s = (self._whole_s or 0.0) - self._shown_until_s
        if missing_s > _MISSING_END_S and not self.is_live and not self._broken:
            self._broken = f"it ends {missing_s:.1f} s short of the {self._whole_s:.1f} s that it promises"

    def _why_no_frame(self) -> str:
        if (self._start_s > 0 or self._end_s < float("inf")) and not self._damaged:
            length = "" if self._whole_s is None else f", which lasts {self._whole_s:.1f} s,"
            section = f"between {self._start_s:g} s and {self._end_s:g} s".replace("inf s", "its end")
            return f"{self.name}{length} holds no frame {section}; give other times."
        return f"{self.name} holds no picture that can be decoded; convert it to MP4 or copy it again."


def _length_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None:
        return float(stream.duration * (stream.time_base or 0))
    if container.duration is None:
        return None
    # Matroska states when it ends, the others how long they last.
    skipped = container.start_time or 0 if "matroska" in container.format.name else 0
    return (container.duration - skipped) / av.time_base
