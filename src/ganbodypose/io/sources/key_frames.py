"""Where a video file can be entered without decoding what comes before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from av import Packet
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from ganbodypose.core import UserError
from ganbodypose.io.sources.clock import RESTART_S, PresentationClock, time_base_of
from ganbodypose.io.sources.opening import FORMATS_WITHOUT_TIMES, open_file, video_stream


@dataclass(frozen=True)
class KeyFrames:
    """Presentation times, as `VideoFrame.time_s` has them: of the key frames, in order, and of the last picture."""

    times_s: tuple[float, ...] = ()
    last_s: float = 0.0


def key_frames(path: Path) -> KeyFrames:
    """Of a video file, by reading its packets without decoding any; none where nobody may enter in the middle:
    in what carries no times, or whose clock starts anew, as in recordings that were strung together."""
    try:
        container = open_file(path)
    except UserError:
        return KeyFrames()
    with container:
        if container.format.name in FORMATS_WITHOUT_TIMES:
            return KeyFrames()
        return _key_frames(container, video_stream(container, str(path)))


def _key_frames(container: InputContainer, stream: VideoStream) -> KeyFrames:
    clock = PresentationClock(time_base_of(stream), stream.start_time, None)
    times_s, last_s, decoded_s = [], 0.0, 0.0
    for packet in _packets(container, stream):
        if packet.pts is None or packet.dts is None:
            return KeyFrames()
        if clock.seconds(packet.dts) < decoded_s - RESTART_S:
            return KeyFrames()
        decoded_s, time_s = clock.seconds(packet.dts), clock.seconds(packet.pts)
        last_s = max(last_s, time_s)
        if packet.is_keyframe and not packet.is_discard:
            times_s.append(time_s)
    return KeyFrames(tuple(sorted(times_s)), last_s)


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet]:
    """Those that hold something, up to where the file ends or breaks."""
    with suppress(FFmpegError, OSError):
        yield from (packet for packet in container.demux(stream) if packet.size)
