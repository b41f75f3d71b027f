"""Still images and folders of images."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.io.video import open_video


def write_image(path: Path, level: int, size_wh: tuple[int, int] = (30, 20), dtype: type = np.uint8) -> Path:
    """An image whose red is `level`, green 100, blue 50."""
    rgb = np.empty((size_wh[1], size_wh[0], 3), dtype)
    rgb[:] = np.array([level, 100, 50]) * (257 if dtype is np.uint16 else 1)
    assert cv2.imwrite(str(path), rgb[..., ::-1])
    return path


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".webp", ".jpg", ".JPEG"])
def test_one_image(tmp_path: Path, suffix: str) -> None:
    with open_video(write_image(tmp_path / f"100%d 50%{suffix}", 200, (31, 21))) as source:
        assert (source.size_wh, source.fps, source.frame_count, source.duration_s) == (
            (31, 21),
            None,
            1,
            None,
        )
        (frame,) = source
    assert (frame.index, frame.time_s) == (0, 0.0)
    assert frame.rgb.shape == (21, 31, 3)
    assert frame.rgb[10, 15].tolist() == pytest.approx([200, 100, 50], abs=4)


def test_only_the_first_page_of_a_tiff_is_read_and_it_is_said(tmp_path: Path) -> None:
    page = np.zeros((20, 30, 3), np.uint8)
    assert cv2.imwritemulti(str(tmp_path / "a.tif"), [page, page])
    with open_video(tmp_path / "a.tif") as source:
        assert len(list(source)) == 1
        assert "only the first was read" in (source.warning or "")
    with open_video(write_image(tmp_path / "b.tif", 200)) as source:
        assert source.warning is None


def test_sixteen_bit_image(tmp_path: Path) -> None:
    with open_video(write_image(tmp_path / "a.png", 200, dtype=np.uint16)) as source:
        assert next(source).rgb[10, 15].tolist() == pytest.approx([200, 100, 50], abs=1)


def test_grey_image(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((20, 30), 77, np.uint8))
    with open_video(tmp_path / "a.png") as source:
        assert next(source).rgb[10, 15].tolist() == [77, 77, 77]


def test_folder_in_natural_order(tmp_path: Path) -> None:
    for k in (10, 9, 1, 2):
        write_image(tmp_path / f"frame{k}.png", 10 * k)
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / ".hidden.png").write_text("not an image")
    with open_video(tmp_path, image_fps=4) as source:
        assert (source.fps, source.frame_count, source.duration_s) == (4, 4, 1.0)
        frames = list(source)
        assert source.warning is None
    assert [int(f.rgb[0, 0, 0]) for f in frames] == [10, 20, 90, 100]
    assert [(f.index, f.time_s) for f in frames] == [(0, 0.0), (1, 0.25), (2, 0.5), (3, 0.75)]


def test_section_of_a_folder(tmp_path: Path) -> None:
    for k in range(8):
        write_image(tmp_path / f"{k}.png", 10 * k)
    with open_video(tmp_path, 0.5, 1.5, image_fps=4) as source:
        assert [(f.index, int(f.rgb[0, 0, 0])) for f in source] == [(2, 20), (3, 30), (4, 40), (5, 50)]
    with pytest.raises(UserError, match="give other times"):
        open_video(tmp_path, 5.0, image_fps=4)


def test_folder_needs_a_rate(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png", 10)
    with open_video(tmp_path) as source:
        assert len(list(source)) == 1
    write_image(tmp_path / "2.png", 10)
    with pytest.raises(UserError, match="holds 2 images but no times; give their rate"):
        open_video(tmp_path)


def test_folder_without_images(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to see")
    with pytest.raises(UserError, match="holds no images"):
        open_video(tmp_path)


def test_unreadable_images_are_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "0.png").write_text("broken")
    write_image(tmp_path / "1.png", 10)
    (tmp_path / "2.png").touch()
    write_image(tmp_path / "3.png", 30)
    with open_video(tmp_path, image_fps=10) as source:
        assert [f.index for f in source] == [1, 3]
        assert "cannot be read were left out (2)" in (source.warning or "")


def test_image_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("broken")
    with pytest.raises(UserError, match="is not an image that can be read"):
        open_video(tmp_path / "a.png")


def test_images_of_another_size_are_scaled_and_told(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png", 10, (30, 20))
    write_image(tmp_path / "2.png", 20, (60, 40))
    with open_video(tmp_path, image_fps=10) as source:
        assert [f.rgb.shape for f in source] == [(20, 30, 3), (20, 30, 3)]
        assert "of another size were scaled to the first's (1)" in (source.warning or "")


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (2, (0, -1)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))]
)
def test_orientation_of_a_photo(tmp_path: Path, orientation: int, corner: tuple[int, int]) -> None:
    """`corner` is where EXIF 2.3, tag 0x0112, shows the stored top-left corner."""
    rgb = np.zeros((32, 64, 3), np.uint8)
    rgb[:8, :8] = 255
    jpeg = cv2.imencode(".jpg", rgb)[1].tobytes()
    tag = b"\x01\x12\x00\x03\x00\x00\x00\x01" + bytes([0, orientation, 0, 0])
    exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01" + tag + bytes(4)
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    (tmp_path / "a.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    with open_video(tmp_path / "a.jpg") as source:
        frame = next(source)
    assert frame.rgb.shape == ((64, 32, 3) if orientation in (6, 8) else (32, 64, 3))
    assert frame.rgb[corner].min() > 200
    assert frame.rgb.mean() < 40
