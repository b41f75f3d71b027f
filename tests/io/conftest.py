"""Videos that the tests make up. A picture's grey level tells its number: picture k has level 8 k."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

WriteVideo = Callable[..., Path]


def grey(number: int, size_wh: tuple[int, int]) -> np.ndarray:
    return np.full((size_wh[1], size_wh[0], 3), 8 * number, np.uint8)


@pytest.fixture
def write_video(tmp_path: Path) -> WriteVideo:
    """write_video("a.mp4", times_ms=range(0, 400, 40)) or write_video("a.mp4", pictures=[rgb, ...])."""

    def write(
        name: str,
        times_ms: Iterable[int] = range(0, 400, 40),
        pictures: list[np.ndarray] | None = None,
        size_wh: tuple[int, int] = (64, 48),
        codec: str = "libx264",
        pix_fmt: str = "yuv420p",
        muxer: dict[str, str] | None = None,
        **options: str,
    ) -> Path:
        path, stamps = tmp_path / name, list(times_ms)
        pictures = pictures or [grey(k, size_wh) for k in range(len(stamps))]
        height, width = pictures[0].shape[:2]
        with av.open(str(path), "w", options=muxer or {}) as container:
            stream = container.add_stream(codec, rate=25, options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
            if pix_fmt.startswith("gray"):
                stream.codec_context.color_range = 2  # full, as swscale makes grey
            stream.codec_context.time_base = Fraction(1, 25 if codec == "mpeg4" else 1000)
            for rgb, stamp in zip(pictures, stamps, strict=False):
                frame = av.VideoFrame.from_ndarray(rgb, "rgb24")
                frame.pts, frame.time_base = stamp, Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return write
