"""Inputs made to take all memory or to reach elsewhere are refused with one sentence, before memory is taken."""

from __future__ import annotations

import io
import json
import resource
import socket
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.io.camera_files import load_camera
from ganbodypose.io.keypoints import MOST_PEOPLE, read_keypoints
from ganbodypose.io.npz import check_npz
from ganbodypose.io.results import load
from ganbodypose.io.text import read_text
from ganbodypose.io.video import open_video

LITTLE_MEMORY = 4 << 30


STATM = Path("/proc/self/statm")


def _reserved() -> int:
    """Bytes of addresses; threads and libraries of other tests reserve much more than they use."""
    return int(STATM.read_text().split()[0]) * resource.getpagesize()


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """Allocating what these files ask for would fail, rather than hurt."""
    if not STATM.exists():  # not Linux
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_reserved() + LITTLE_MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def _png(width: int, height: int) -> bytes:
    """A picture that promises its size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 20))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size_wh", [(100_000, 100_000), (20_000, 20_000)])
def test_a_huge_image(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    (tmp_path / "huge.png").write_bytes(_png(*size_wh))
    with pytest.raises(UserError, match="is not an image that can be read, or has more than"):
        open_video(tmp_path / "huge.png")


def test_the_image_limit_is_what_refuses_it() -> None:
    """Without the limit OpenCV begins to decode such an image."""
    code = (
        "import os; os.environ['OPENCV_IO_MAX_IMAGE_PIXELS'] = str(1 << 40)\n"
        "import ganbodypose, cv2, sys, numpy as np\n"
        "try: print(cv2.imdecode(np.frombuffer(sys.stdin.buffer.read(), np.uint8), 1) is not None)\n"
        "except cv2.error: print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=_png(12_000, 12_000), capture_output=True, check=True
    )
    assert done.stdout.strip() != b"refused"


def test_a_huge_video(make_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganbodypose.io.sources.container.MOST_PIXELS", 64 * 48 - 1)
    with pytest.raises(UserError, match="has pictures of 64x48 pixels"):
        open_video(make_video(size_wh=(64, 48)))


def test_a_crowd_in_one_frame(tmp_path: Path) -> None:
    person = {"image_id": "1.jpg", "category_id": 1, "keypoints": [5.0, 5.0, 0.9] * 17, "score": 1.0}
    path = tmp_path / "crowd.json"
    path.write_text(json.dumps([person] * 1000))
    with pytest.raises(UserError, match=f"holds 1000 people, more than the {MOST_PEOPLE}"):
        read_keypoints(path, fps=30.0)
    path.write_text(json.dumps([person] * MOST_PEOPLE))
    assert len(read_keypoints(path, fps=30.0).frames[0].detections) == MOST_PEOPLE


def _npz(path: Path, name: str, shape: tuple[int, ...], zeros: int) -> Path:
    """An archive with one array of bytes whose header promises `shape` and that holds `zeros` bytes."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(name + ".npy", "w") as file,
    ):
        file.write(header.getvalue())
        for _ in range(zeros >> 20):
            file.write(bytes(1 << 20))
    return path


def test_a_zip_bomb(tmp_path: Path) -> None:
    bomb = _npz(tmp_path / "bomb.npz", "frame_index", (257 << 20,), 257 << 20)
    assert bomb.stat().st_size < 2 << 20
    with pytest.raises(UserError, match="would unpack to 269 MB"):
        load(bomb)


@pytest.mark.parametrize("shape", [(1 << 50,), (1 << 20, 1 << 20), (-1,)])
def test_an_array_that_promises_more_than_it_holds(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match=r"frame_index\.npy promises"):
        load(_npz(tmp_path / "false.npz", "frame_index", shape, 1 << 20))


def test_every_reader_of_archives_checks_them(tmp_path: Path) -> None:
    from ganbodypose.datasets.amass import _arrays
    from ganbodypose.datasets.mocap import Archive
    from ganbodypose.datasets.safe_pickle import load_npz_member
    from ganbodypose.protocols.predictions import _plain_npz
    from ganbodypose.quality.scoring.files import load_model

    path = _npz(tmp_path / "false.npz", "data", (1 << 50,), 1 << 20)
    readers: list[Callable[[Path], object]] = [
        *(_arrays, Archive, _plain_npz, load_model),
        lambda path: load_npz_member(path, "data"),
    ]
    for read in readers:
        with pytest.raises(UserError, match="promises"):
            read(path)


def test_an_honest_archive_passes(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "ok.npz", zeros=np.zeros((1000, 1000)), words=np.array(["a"]))
    check_npz(tmp_path / "ok.npz")


def test_texts_without_end(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("x" * 101)
    with pytest.raises(UserError, match="longer than a JSON file can be"):
        read_text(tmp_path / "long.txt", "JSON", longest=100)
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    with pytest.raises(UserError, match="longer than a camera file can be"):
        load_camera(tmp_path / "endless.toml")


def test_a_playlist_reaches_no_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        (tmp_path / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n")
        with pytest.raises(UserError):
            open_video(tmp_path / "list.mp4")
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


def test_text_with_nul_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "poses.csv"
    path.write_text("frame,time\n0,\0\n")
    with pytest.raises(UserError, match=r"poses\.csv is not text, so it is no CSV file"):
        read_text(path, "CSV")
