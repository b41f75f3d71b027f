"""Annotated video out: read back, timed, padded, and never half-written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.io import video_writer
from ganbodypose.io.video import open_video
from ganbodypose.io.video_writer import VideoWriter

UNEVEN_S = [5.0, 5.04, 5.05, 5.15, 5.7, 5.71, 7.0]


def grey(number: int, size_wh: tuple[int, int]) -> np.ndarray:
    return np.full((size_wh[1], size_wh[0], 3), 8 * number, np.uint8)


def write(path: Path, times_s: list[float], size_wh: tuple[int, int] = (64, 48)) -> None:
    with VideoWriter(path, size_wh, fps_hint=25) as writer:
        for k, time_s in enumerate(times_s):
            writer.write(grey(k, size_wh), time_s)


def test_uneven_times_come_back(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", UNEVEN_S)
    with open_video(tmp_path / "a.mp4") as source:
        frames = list(source)
        assert source.warning is None
    assert [f.time_s for f in frames] == pytest.approx([t - 5.0 for t in UNEVEN_S], abs=1e-5)
    assert [round(float(f.rgb.mean()) / 8) for f in frames] == list(range(7))


def test_container_states_the_true_rate_and_length(tmp_path: Path) -> None:
    # 7 frames; the last, at 2.0 s, is shown for as long as H.264's nominal rate says: 1/25 s
    write(tmp_path / "a.mp4", UNEVEN_S)
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert float(stream.duration * stream.time_base) == pytest.approx(2.04)
        assert float(stream.average_rate) == pytest.approx(7 / 2.04, rel=1e-3)
        assert stream.start_time == 0


def test_what_browsers_need(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", UNEVEN_S)
    with av.open(str(tmp_path / "a.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert context.profile in ("High", "Main", "Constrained Baseline")
        assert context.extradata[3] <= 41  # level; phones' decoders stop at 4.1 or above
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # starts to play before it is loaded


def test_times_that_do_not_increase_are_kept_in_order(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", [0.0, 0.5, 0.5, 0.2, 1.0])
    with open_video(tmp_path / "a.mp4") as source:
        assert [f.time_s for f in source] == pytest.approx([0.0, 0.5, 0.5, 0.5, 1.0], abs=1e-4)


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 120, 40)])
def test_colours_come_back(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    with VideoWriter(tmp_path / "a.mp4", (64, 48)) as writer:
        writer.write(np.full((48, 64, 3), colour, np.uint8), 0.0)
    with open_video(tmp_path / "a.mp4") as source:
        assert next(source).rgb[24, 32].tolist() == pytest.approx(colour, abs=4)


@pytest.mark.parametrize(
    ("size_wh", "even_wh"), [((63, 47), (64, 48)), ((64, 47), (64, 48)), ((1, 1), (2, 2)), ((17, 2), (18, 2))]
)
def test_odd_sizes_are_padded(tmp_path: Path, size_wh: tuple[int, int], even_wh: tuple[int, int]) -> None:
    with VideoWriter(tmp_path / "a.mp4", size_wh) as writer:
        writer.write(np.full((size_wh[1], size_wh[0], 3), 200, np.uint8), 0.0)
    with open_video(tmp_path / "a.mp4") as source:
        assert source.size_wh == even_wh
        assert next(source).rgb == pytest.approx(200, abs=3)  # the added edge is no black line


@pytest.mark.parametrize("rgb", [np.zeros((48, 63, 3), np.uint8), np.zeros((48, 64, 3), np.float32)])
def test_wrong_frame(tmp_path: Path, rgb: np.ndarray) -> None:
    with (
        VideoWriter(tmp_path / "a.mp4", (64, 48)) as writer,
        pytest.raises(ValueError, match="must be uint8"),
    ):
        writer.write(rgb, 0.0)


def test_nothing_under_the_final_name_until_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("the file of an earlier run")
    with VideoWriter(path, (64, 48)) as writer:
        writer.write(grey(1, (64, 48)), 0.0)
        assert path.read_text() == "the file of an earlier run"
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
    with open_video(path) as source:
        assert len(list(source)) == 1


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_error_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), VideoWriter(tmp_path / "a.mp4", (64, 48)) as writer:
        writer.write(grey(1, (64, 48)), 0.0)
        raise error
    assert list(tmp_path.iterdir()) == []


def test_interrupted_video_may_be_kept(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), VideoWriter(tmp_path / "a.mp4", (64, 48)) as writer:
        try:
            writer.write(grey(1, (64, 48)), 0.0)
            writer.write(grey(2, (64, 48)), 0.1)
            raise KeyboardInterrupt
        finally:
            assert writer.close(keep=True) == tmp_path / "a.mp4"
    with open_video(tmp_path / "a.mp4") as source:
        assert len(list(source)) == 2


def test_no_frame_no_file(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", (64, 48)) as writer:
        pass
    assert writer.close() is None
    assert list(tmp_path.iterdir()) == []


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="its folder does not exist"):
        VideoWriter(tmp_path / "no" / "a.mp4", (64, 48))


LIMITED = """
import resource, sys
import numpy as np
from ganbodypose.core import UserError
from ganbodypose.io.video_writer import VideoWriter
limit, frames = int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with VideoWriter(sys.argv[1], (320, 240)) as writer:
        for k in range(frames):
            writer.write(rng.integers(0, 255, (240, 320, 3), dtype=np.uint8), k / 25)
except UserError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
@pytest.mark.parametrize(
    "frames", [2, 40]
)  # the disk fills when the file is finished, or while it is written
def test_full_disk(tmp_path: Path, frames: int) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "a.mp4"), "50000", str(frames)]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=True)
    assert run.stdout.startswith(f"{tmp_path / 'a.mp4'} cannot be written: ")
    assert run.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_encoder_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_writer, "_ENCODER", {"preset": "no such preset"})
    with pytest.raises(UserError, match=r"a\.mp4"), VideoWriter(tmp_path / "a.mp4", (64, 48)) as writer:
        writer.write(grey(1, (64, 48)), 0.0)
    assert list(tmp_path.iterdir()) == []
