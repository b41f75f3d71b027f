"""What is looked at in the bytes of an image before its decoder sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_CHUNK_FRAME_BYTES = 12  # length, name and checksum
_MOST_SCANS = 500  # progressive files have about ten; libjpeg-turbo's own fuzzing draws the line here
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])", re.DOTALL)  # all but those that stand within a scan


def is_affordable(data: bytes) -> bool:
    """False for what costs a decoder much more than its size and its pixels explain.

    OpenCV takes memory for as many bytes as a PNG chunk says that it has, up to 4 GB, whether they come or not; libjpeg
    goes over the whole picture for each scan of a progressive JPEG, of which each may take a dozen bytes.
    """
    if data.startswith(_PNG):
        return all(stop <= len(data) for stop in _png_chunk_stops(data))
    if data.startswith(_JPEG):
        return sum(1 for marker in _jpeg_markers(data) if marker == _START_OF_SCAN) <= _MOST_SCANS
    return True


def _png_chunk_stops(data: bytes) -> Iterator[int]:
    """Where each chunk says that it ends (PNG specification, 5.3)."""
    at = len(_PNG)
    while at < len(data) and data[at + 4 : at + 8] != b"IEND":
        at += _CHUNK_FRAME_BYTES + int.from_bytes(data[at : at + 4], "big")
        yield at


def _jpeg_markers(data: bytes) -> Iterator[int]:
    """The second bytes of the markers of a JPEG's segments, scans left out (ITU-T T.81, B.1.1)."""
    at = len(_JPEG)
    while (found := _MARKER.search(data, at)) and found[1][0] != _END_OF_IMAGE:
        yield found[1][0]
        at = found.end() + max(int.from_bytes(data[found.end() : found.end() + 2], "big"), 2)
