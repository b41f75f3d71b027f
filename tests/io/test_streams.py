"""Live streams from the network and video on standard input."""

from __future__ import annotations

import io
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.io.sources.opening import is_stream_url, without_login
from ganbodypose.io.video import open_video

MakeVideo = Callable[..., Path]


def _as(video: Path, ending: str) -> bytes:
    """The video's packets in another container."""
    target = video.with_suffix(ending)
    with av.open(str(video)) as source, av.open(str(target), "w") as copy:
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    return target.read_bytes()


@pytest.fixture
def tcp_server(make_video: MakeVideo) -> Iterator[int]:
    """A port that sends an MPEG-TS video to whoever connects first (the start of a stream goes into probing it)."""
    data = _as(make_video(frames=600), ".ts")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):  # the reader may leave in the middle
                connection.sendall(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def test_a_network_stream_is_live(tcp_server: int) -> None:
    with open_video(f"tcp://127.0.0.1:{tcp_server}") as video:
        assert video.is_live
        assert video.size_wh == (64, 48)
        assert next(video).rgb.shape == (48, 64, 3)


_SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=ramp\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=control:track1\r\n"
_TS_PACKETS = 7 * 188  # as many as fit into one packet of a network


def _talk_rtsp(connection: socket.socket, data: bytes) -> None:
    """An RTSP camera (RFC 2326) that sends MPEG-TS over RTP inside the connection."""
    requests = connection.makefile("r", newline="\r\n")
    while first := requests.readline():
        headers = dict(line.strip().split(": ", 1) for line in iter(requests.readline, "\r\n"))
        method, over_tcp = first.split()[0], "TCP" in headers.get("Transport", "TCP")
        body = _SDP if method == "DESCRIBE" else ""
        answer = [
            "RTSP/1.0 200 OK" if over_tcp else "RTSP/1.0 461 Unsupported Transport",
            f"CSeq: {headers['CSeq']}",
            "Session: 1",
            "Transport: RTP/AVP/TCP;unicast;interleaved=0-1",
            f"Content-Length: {len(body)}",
        ]
        connection.sendall(("\r\n".join(answer) + "\r\n\r\n" + body).encode())
        if method == "PLAY":
            for number, start in enumerate(range(0, len(data), _TS_PACKETS)):
                packet = (
                    struct.pack(">BBHII", 0x80, 33, number, 3000 * number, 1)
                    + data[start : start + _TS_PACKETS]
                )
                connection.sendall(struct.pack(">cBH", b"$", 0, len(packet)) + packet)


def test_an_rtsp_camera_is_live(make_video: MakeVideo) -> None:
    data = _as(make_video(frames=600), ".ts")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                _talk_rtsp(connection, data)

        threading.Thread(target=serve, daemon=True).start()
        with open_video(f"rtsp://127.0.0.1:{server.getsockname()[1]}/ramp") as video:
            assert video.is_live
            frames = [frame for frame, _ in zip(video, range(5), strict=False)]
    # Sent as fast as it can be: a frame that nobody took in time is dropped, and its number with it.
    passed = np.diff([frame.index for frame in frames])
    assert (passed >= 1).all()
    np.testing.assert_allclose(np.diff([frame.time_s for frame in frames]), passed / 30, atol=2e-3)


def test_a_stream_that_is_not_there_is_one_sentence_without_the_password() -> None:
    with pytest.raises(UserError, match=r"Stream rtsp://127\.0\.0\.1:9/x cannot be opened") as caught:
        open_video("rtsp://me:secret@127.0.0.1:9/x")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "live"),
    [("rtsp://a/b", True), ("RTMP://a", True), ("video.mp4", False), ("rtsp", False), ("-", False)],
)
def test_what_counts_as_a_stream(source: str, live: bool) -> None:
    assert is_stream_url(source) == live


def test_a_login_is_not_shown() -> None:
    assert without_login("rtsp://me:secret@cam/1") == "rtsp://cam/1"


class _Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BufferedReader(_Pipe(data))


class _Pipe(io.RawIOBase):
    """Readable, not seekable, as a pipe is."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        return self._data.readinto(buffer)


def test_standard_input_loses_no_frame(make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(_as(make_video(frames=12), ".mkv")))
    with open_video("-") as video:
        assert not video.is_live
        assert [frame.index for frame in video] == list(range(12))


def test_standard_input_without_a_video_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Stdin(b"hello\n"))
    with pytest.raises(UserError, match="Standard input holds no video"):
        open_video("-")
