"""Sources that cannot be read, or only in part: one clear sentence each, and nothing read is thrown away."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.io.sources import opening
from ganbodypose.io.video import open_video

WriteVideo = Callable[..., Path]


def noise(count: int) -> list[np.ndarray]:
    """Pictures that do not compress, so that a file's bytes are spread evenly over its pictures."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(count)]


def sentence(source: Path | str, **options: float) -> str:
    with pytest.raises(UserError) as error:
        open_video(source, **options)
    text = str(error.value)
    assert "\n" not in text
    assert text.count(". ") == 0
    assert str(source) in text
    return text


def test_missing(tmp_path: Path) -> None:
    assert "does not exist" in sentence(tmp_path / "a.mp4")
    assert "does not exist" in sentence(tmp_path / "a.png")
    assert "does not exist" in sentence(tmp_path / "a%03d.png")


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert "is empty (0 bytes)" in sentence(tmp_path / "a.mp4")


@pytest.mark.parametrize("name", ["a.mp4", "a.txt", "a.avi"])
@pytest.mark.parametrize("lines", [1, 500])
def test_text(tmp_path: Path, name: str, lines: int) -> None:
    (tmp_path / name).write_text("this is not a video\n" * lines)
    assert "not a video" in sentence(tmp_path / name)


def test_random_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(np.random.default_rng(1).bytes(50_000))
    assert "is not a video" in sentence(tmp_path / "a.mp4")


def test_mp4_without_its_index(write_video: WriteVideo) -> None:
    path = write_video("a.mp4", pictures=noise(10))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "cut off: its index (moov) is missing" in sentence(path)


def test_sound_only(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    assert "holds sound but no video" in sentence(tmp_path / "a.wav")


def test_sound_with_a_cover_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        sound = container.add_stream("aac", rate=8000)
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic.value
        for packet in cover.encode(av.VideoFrame(64, 48, "yuvj420p")):
            container.mux(packet)
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), layout="mono")
        samples.rate = 8000
        container.mux(sound.encode(samples))
        container.mux(sound.encode())
    assert "holds sound but no video" in sentence(path)


def test_forbidden(write_video: WriteVideo, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write_video("a.mp4")
    monkeypatch.setattr(opening.av, "open", deny)  # root, who may run the tests, is denied nothing
    assert "may not be read" in sentence(path)


def test_unknown_camera() -> None:
    with pytest.raises(UserError, match=r"^Camera .*87.* cannot be opened .*is it plugged in"):
        open_video("/dev/video87")


@pytest.mark.parametrize("image_fps", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_rate(write_video: WriteVideo, image_fps: float) -> None:
    with pytest.raises(UserError, match="must be a positive number"):
        open_video(write_video("a.mp4"), image_fps=image_fps)


def test_file_cut_off_in_the_middle(write_video: WriteVideo) -> None:
    path = write_video("a.mp4", range(0, 4000, 40), noise(100), muxer={"movflags": "faststart"}, bf="0")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_video(path) as source:
        times = [f.time_s for f in source]
        assert 40 <= len(times) <= 60
        assert times == pytest.approx([0.04 * k for k in range(len(times))])
        assert "short of the 4.0 s that it promises" in (source.warning or "")


def test_damage_in_the_middle(write_video: WriteVideo) -> None:
    path = write_video("a.mkv", range(0, 4000, 40), noise(100), codec="mpeg4", g="5")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 5000] = bytes(5000)
    path.write_bytes(data)
    with open_video(path) as source:
        frames = list(source)
        assert len(frames) >= 60
        assert frames[-1].time_s == pytest.approx(3.96)
        assert source.warning is not None
        assert str(path) in source.warning


def test_picture_that_cannot_be_decoded(write_video: WriteVideo) -> None:
    path = write_video("a.mov", pictures=noise(10), codec="png", pix_fmt="rgb24")
    data = bytearray(path.read_bytes())
    sixth = [k for k in range(len(data)) if data.startswith(b"IHDR", k)][5]
    data[sixth : sixth + 4] = b"BAD!"
    path.write_bytes(data)
    with open_video(path) as source:
        assert [f.time_s for f in source] == pytest.approx([0.04 * k for k in range(10) if k != 5])
        assert "damaged pictures were skipped or mended (1)" in (source.warning or "")


def test_broken_section_is_read_to_its_own_end_without_a_warning(write_video: WriteVideo) -> None:
    path = write_video("a.mp4", range(0, 4000, 40), noise(100), muxer={"movflags": "faststart"}, bf="0")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_video(path, end_s=1.0) as source:
        assert len(list(source)) == 25
        assert source.warning is None
