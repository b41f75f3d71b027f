"""What comes out of a video file, checked on made-up videos whose every picture and time is known."""

from __future__ import annotations

import gc
import struct
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from ganbodypose.core import UserError, VideoFrame
from ganbodypose.io import video
from ganbodypose.io.sources.opening import open_file
from ganbodypose.io.video import open_video

WriteVideo = Callable[..., Path]
UNEVEN_MS = [0, 40, 50, 150, 160, 400, 430, 600, 610, 1000, 1040, 1200]


def read(path: Path, *args: float | None, **options: float) -> list[VideoFrame]:
    with open_video(path, *args, **options) as source:
        frames = list(source)
        assert source.warning is None
    return frames


def number(frame: VideoFrame) -> int:
    """Which picture this is, from its grey level."""
    return round(float(frame.rgb.mean()) / 8)


def test_uneven_times_are_kept(write_video: WriteVideo) -> None:
    frames = read(write_video("a.mp4", UNEVEN_MS))
    assert [f.time_s for f in frames] == pytest.approx([t / 1000 for t in UNEVEN_MS], abs=1e-9)
    assert [f.index for f in frames] == list(range(12)) == [number(f) for f in frames]


def test_facts_of_the_container(write_video: WriteVideo) -> None:
    with open_video(write_video("a.mp4", range(0, 400, 40))) as source:
        assert (source.size_wh, source.fps, source.frame_count) == ((64, 48), 25.0, 10)
        assert source.duration_s == pytest.approx(0.4)
        assert not source.is_live


def test_fps_is_the_average_of_uneven_times(write_video: WriteVideo) -> None:
    # 4 frames, the last from 960 ms for the 40 ms that the encoder is told: 4 in 1 s
    with open_video(write_video("a.mp4", [0, 100, 200, 960], bf="0")) as source:
        assert source.fps == pytest.approx(4.0)


def test_slow_motion_is_brought_to_the_rate_of_its_filming(write_video: WriteVideo) -> None:
    """Uneven times stay uneven; a section is in true seconds."""
    path = write_video("a.mp4", [0, 100, 200, 960], bf="0")
    assert [f.time_s for f in read(path, filmed_fps=40)] == pytest.approx([0, 0.01, 0.02, 0.096])
    with open_video(path, 0.015, filmed_fps=40) as source:
        assert [number(frame) for frame in source] == [2, 3]
        assert source.fps == pytest.approx(40)
        assert source.duration_s == pytest.approx(0.085)


def test_what_has_no_times_cannot_be_slow_motion(write_video: WriteVideo) -> None:
    path = write_video("a.h264", range(0, 400, 40))
    with pytest.raises(UserError, match="states no frame rate of its own, so --filmed-at cannot"):
        read(path, image_fps=25, filmed_fps=100)
    with pytest.raises(UserError, match="is no video file"):
        read(path.parent, image_fps=25, filmed_fps=100)


def test_a_rate_that_is_not_used_is_told(write_video: WriteVideo) -> None:
    with open_video(write_video("a.mp4", range(0, 400, 40)), image_fps=120) as source:
        list(source)
        assert "its own times are used, not --fps" in source.warning


def test_a_web_address_is_told_what_to_do() -> None:
    with pytest.raises(UserError, match="is a web address; save the video first"):
        open_video("https://example.org/a.mp4")


def test_clock_ticks_are_no_frame_rate(tmp_path: Path) -> None:
    """Some programs state the rate of their clock."""
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("libx264", rate=1000)
        stream.width, stream.height, stream.codec_context.time_base = 64, 48, Fraction(1, 1000)
        for k in range(10):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts, frame.time_base = 40 * k, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with open_video(tmp_path / "a.mkv") as source:
        assert source.fps is None
        assert source.frame_count is None
        assert [f.time_s for f in source] == pytest.approx([0.04 * k for k in range(10)])


def test_a_title_in_an_older_encoding_is_no_reason_to_refuse(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        container.metadata["title"] = "Gehuebung"
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height = 64, 48
        container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode())
    content = (tmp_path / "a.mp4").read_bytes()
    assert content.count(b"Gehuebung") == 1
    (tmp_path / "a.mp4").write_bytes(content.replace(b"Gehuebung", "Gehübung!".encode("latin-1")))
    with open_video(tmp_path / "a.mp4") as source:
        assert len(list(source)) == 1


def test_pixels_that_are_not_square_are_told(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.codec_context.sample_aspect_ratio = 64, 48, Fraction(4, 3)
        container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode())
    with open_video(tmp_path / "a.mp4") as source:
        assert source.size_wh == (64, 48)
        assert "pixels are not square (4:3)" in (source.warning or "")


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.mov"])
@pytest.mark.parametrize("first_ms", [0, 5000])
def test_time_counts_from_the_first_frame(write_video: WriteVideo, name: str, first_ms: int) -> None:
    frames = read(write_video(name, range(first_ms, first_ms + 400, 40)))
    assert [f.time_s for f in frames] == pytest.approx([0.04 * k for k in range(10)], abs=1e-9)


def test_times_of_a_format_without_stamps(write_video: WriteVideo) -> None:
    frames = read(write_video("a.avi", codec="mpeg4"))
    assert [f.time_s for f in frames] == pytest.approx([0.04 * k for k in range(10)])


def test_raw_stream_needs_a_rate(write_video: WriteVideo) -> None:
    path = write_video("a.h264")
    with pytest.raises(UserError, match="carries no times; give its frame rate"):
        open_video(path)
    assert [f.time_s for f in read(path, image_fps=10)] == pytest.approx([0.1 * k for k in range(10)])


def test_raw_stream_counts_from_a_start(write_video: WriteVideo) -> None:
    frames = read(write_video("a.h264"), 0.35, 0.65, image_fps=10)
    assert [(f.index, number(f)) for f in frames] == [(4, 4), (5, 5), (6, 6)]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize("first_ms", [0, 5000])
@pytest.mark.parametrize(("start_s", "end_s"), [(0.41, 1.05), (0.16, None), (0.0, 0.05), (0.43, 0.61)])
def test_section(
    write_video: WriteVideo, name: str, first_ms: int, start_s: float, end_s: float | None
) -> None:
    stamps = [t + first_ms for t in UNEVEN_MS]
    frames = read(write_video(name, stamps, g="4", keyint_min="4"), start_s, end_s)
    wanted = [k for k, t in enumerate(UNEVEN_MS) if start_s <= t / 1000 < (end_s or 9)]
    assert [f.index for f in frames] == wanted == [number(f) for f in frames]
    assert [f.time_s for f in frames] == pytest.approx([UNEVEN_MS[k] / 1000 for k in wanted], abs=1e-9)


def test_section_is_sought_not_read_from_the_beginning(
    write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    monkeypatch.setattr(video, "open_file", lambda path: opened.append(path) or open_file(path))
    read(write_video("a.mp4", UNEVEN_MS, g="4", keyint_min="4"), 0.5)
    assert len(opened) == 1  # to read from the beginning it would be opened anew


@pytest.mark.parametrize(("start_s", "wanted"), [(None, range(4, 10)), (0.12, range(7, 10))])
def test_pictures_that_the_file_hides(write_video: WriteVideo, start_s: float | None, wanted: range) -> None:
    """An edit list, as phones write when a video is trimmed, begins at picture 4."""
    path = write_video("a.mp4", bf="0", g="10")
    data = bytearray(path.read_bytes())
    media_time = data.index(b"elst") + 16  # ISO 14496-12, 8.6.6
    with av.open(str(path)) as container:
        ticks_per_picture = round(0.04 / container.streams.video[0].time_base)
    struct.pack_into(">i", data, media_time, 4 * ticks_per_picture)
    path.write_bytes(data)
    frames = read(path, start_s)
    assert [number(f) for f in frames] == list(wanted)
    assert [f.index for f in frames] == [k - 4 for k in wanted]
    assert [f.time_s for f in frames] == pytest.approx([0.04 * (k - 4) for k in wanted])


def test_section_promises_its_own_length(write_video: WriteVideo) -> None:
    with open_video(write_video("a.mp4"), 0.1, 0.3) as source:
        assert source.duration_s == pytest.approx(0.2)
        assert source.frame_count == 5


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(9.0, None), (2.0, 1.0), (0.01, 0.02), (-1.0, None), (1.0, 1.0)]
)
def test_empty_section(write_video: WriteVideo, start_s: float, end_s: float | None) -> None:
    with pytest.raises(UserError, match=r"give other times|is no section"):
        open_video(write_video("a.mp4"), start_s, end_s)


# Rows a b, c d of the display matrix, and where the stored top-left and top-right corners are then shown.
TURNS = {
    "clockwise": ((0, 1, -1, 0), (0, -1), (-1, -1)),
    "anticlockwise": ((0, -1, 1, 0), (-1, 0), (0, 0)),
    "upside_down": ((-1, 0, 0, -1), (-1, -1), (-1, 0)),
    "mirrored": ((-1, 0, 0, 1), (0, -1), (0, 0)),
    "flipped": ((1, 0, 0, -1), (-1, 0), (-1, -1)),
    "transposed": ((0, 1, 1, 0), (0, 0), (-1, 0)),
}


@pytest.mark.parametrize("turn", TURNS)
def test_display_matrix(write_video: WriteVideo, turn: str) -> None:
    (a, b, c, d), left_corner, right_corner = TURNS[turn]
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:16, :16], picture[:16, -16:] = (255, 0, 0), (0, 255, 0)
    path = write_video("a.mp4", [0, 40], [picture, picture])
    set_display_matrix(path, a, b, c, d)
    with open_video(path) as source:
        frame = next(source)
        assert source.size_wh == ((48, 64) if b else (64, 48))
    assert frame.rgb.shape == ((64, 48, 3) if b else (48, 64, 3))
    assert frame.rgb.flags.c_contiguous
    assert frame.rgb[left_corner].tolist() == pytest.approx([255, 0, 0], abs=20)
    assert frame.rgb[right_corner].tolist() == pytest.approx([0, 255, 0], abs=20)


def set_display_matrix(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Overwrite the matrix in the track header of an MP4 file (ISO 14496-12, 8.3.2)."""
    data = bytearray(path.read_bytes())
    one = 1 << 16
    struct.pack_into(
        ">9i", data, data.index(b"tkhd") + 44, a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30
    )
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "name"),
    [
        ("libx264", "yuv420p10le", "a.mp4"),
        ("libx264", "yuv422p", "a.mp4"),
        ("libx264", "gray", "a.mp4"),
        ("ffv1", "gray", "a.mkv"),
        ("ffv1", "gray16le", "a.mkv"),
        ("png", "rgba", "a.mov"),
    ],
)
def test_pixel_formats(write_video: WriteVideo, codec: str, pix_fmt: str, name: str) -> None:
    frames = read(write_video(name, codec=codec, pix_fmt=pix_fmt))
    assert [number(f) for f in frames] == list(range(10))
    assert all(f.rgb.dtype == np.uint8 and f.rgb.shape == (48, 64, 3) for f in frames)


@pytest.mark.parametrize("size_wh", [(1, 1), (61, 47), (63, 48), (64, 1), (1768, 994)])
def test_odd_sizes_are_contiguous_rgb(write_video: WriteVideo, size_wh: tuple[int, int]) -> None:
    path = write_video("a.mp4", [0, 40, 80], size_wh=size_wh, pix_fmt="yuv444p")
    with open_video(path) as source:
        frames = list(source)
        assert source.size_wh == size_wh
    assert [number(f) for f in frames] == [0, 1, 2]
    assert all(f.rgb.shape == (size_wh[1], size_wh[0], 3) and f.rgb.flags.c_contiguous for f in frames)


@pytest.mark.parametrize(("matrix", "range_"), [("bt709", "tv"), ("smpte170m", "tv"), ("bt709", "pc")])
def test_colours_follow_the_stated_matrix(tmp_path: Path, matrix: str, range_: str) -> None:
    # Stored Y Cb Cr of pure red: BT.709 (63, 102, 240), BT.601 (81, 90, 240), full-range BT.709 (54, 99, 255)
    y_cb_cr = {
        ("bt709", "tv"): (63, 102, 240),
        ("smpte170m", "tv"): (81, 90, 240),
        ("bt709", "pc"): (54, 99, 255),
    }
    y, cb, cr = y_cb_cr[matrix, range_]
    planes = np.concatenate([np.full(64 * 48, y), np.full(32 * 24, cb), np.full(32 * 24, cr)]).astype(
        np.uint8
    )
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"qp": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.colorspace = {"bt709": 1, "smpte170m": 6}[matrix]
        stream.codec_context.color_range = {"tv": 1, "pc": 2}[range_]
        container.mux(stream.encode(av.VideoFrame.from_ndarray(planes.reshape(72, 64), "yuv420p")))
        container.mux(stream.encode())
    assert read(tmp_path / "a.mp4")[0].rgb[24, 32].tolist() == pytest.approx([255, 0, 0], abs=4)


def test_pictures_of_another_size_are_scaled(tmp_path: Path) -> None:
    small, large = tmp_path / "small.h264", tmp_path / "large.h264"
    for path, size_wh in ((small, (64, 48)), (large, (128, 96))):
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.width, stream.height = size_wh
            for _ in range(3):
                container.mux(stream.encode(av.VideoFrame(*size_wh, "yuv420p")))
            container.mux(stream.encode())
    joined = tmp_path / "joined.h264"
    joined.write_bytes(small.read_bytes() + large.read_bytes())
    with open_video(joined, image_fps=25) as source:
        assert {f.rgb.shape for f in source} == {(48, 64, 3)}
        assert "pictures of another size were scaled to the first's (3)" in (source.warning or "")


def test_stopping_early_leaves_no_thread(write_video: WriteVideo) -> None:
    path, before = write_video("a.mp4"), threading.active_count()
    with open_video(path) as source:
        next(source)
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
    with pytest.raises(ZeroDivisionError), open_video(path) as source:
        next(source)
        raise ZeroDivisionError
    assert threading.active_count() == before
    forgotten = open_video(path)
    next(forgotten)
    del forgotten
    gc.collect()
    assert threading.active_count() == before


def test_closed_source_is_over(write_video: WriteVideo) -> None:
    with open_video(write_video("a.mp4")) as source:
        pass
    assert next(source, None) is None
    source.close()


def test_camera_drops_stale_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    # FFmpeg's test picture, that comes at once, stands for a camera that is faster than its consumer.
    def endless_camera(camera: int) -> av.container.InputContainer:
        assert camera == 3
        return av.open("testsrc=size=64x48:rate=30", format="lavfi")

    monkeypatch.setattr(video, "open_camera", endless_camera)
    with open_video("/dev/video3") as source:
        assert source.is_live
        assert source.frame_count is None
        frames = []
        for frame in source:
            frames.append(frame)
            threading.Event().wait(0.05)
            if len(frames) == 5:
                break
    assert frames[-1].index - frames[0].index > 5
    assert [f.time_s for f in frames] == pytest.approx([f.index / 30 for f in frames])
