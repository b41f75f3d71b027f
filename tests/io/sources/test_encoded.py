"""Small images that would cost their decoder gigabytes or minutes are refused before it sees them."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.io.sources.encoded import is_affordable
from ganbodypose.io.video import open_video

PICTURE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
CHUNK_LENGTH = slice(33, 37)  # of the one after the header


def _encoded(suffix: str, *options: int) -> bytes:
    return cv2.imencode(suffix, PICTURE, options)[1].tobytes()


def _png_with_a_chunk_of(length: int) -> bytes:
    data = bytearray(_encoded(".png"))
    data[CHUNK_LENGTH] = length.to_bytes(4, "big")
    return bytes(data)


def _jpeg_of_scans(count: int, side: int) -> bytes:
    """A progressive JPEG whose last scan is there `count` times more, and that says it has side x side pixels."""
    data = bytearray(_encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1))
    frame, scan = data.index(b"\xff\xc2"), data.rindex(b"\xff\xda")
    data[frame + 5 : frame + 9] = 2 * side.to_bytes(2, "big")
    return bytes(data[:-2]) + bytes(data[scan:-2]) * count + b"\xff\xd9"


@pytest.mark.parametrize(
    "data",
    [
        *(_encoded(suffix) for suffix in (".png", ".jpg", ".bmp", ".tif", ".webp")),
        _encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        _encoded(".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 1),
        _encoded(".jpg") + 1000 * b"\xff\xda\x00\x02",  # a phone's film behind the picture
        b"",
    ],
)
def test_usual_images_pass(data: bytes) -> None:
    assert is_affordable(data)


@pytest.mark.parametrize("data", [_png_with_a_chunk_of(0x7FFFFFFF), _jpeg_of_scans(1000, 48)])
def test_others_are_refused(data: bytes) -> None:
    assert not is_affordable(data)


@pytest.mark.parametrize("data", [_png_with_a_chunk_of(0x7FFFFFFF), _jpeg_of_scans(30_000, 4000)])
def test_they_cost_next_to_nothing(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(data)
    kilobytes, cpu_s = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(UserError, match="is not an image that can be read"):
        open_video(tmp_path / "a.png")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - kilobytes < 100_000
    assert time.process_time() - cpu_s < 1
