"""Real disks that are full or read-only, and folders that may no longer be written to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ganbodypose.batch.record import DONE
from ganbodypose.batch.run import BatchOptions, BatchSummary, run_batch
from ganbodypose.core import UserError
from ganbodypose.io.results import load
from ganbodypose.jobs.options import RunOptions

NOBODY = 65534
OPTIONS = BatchOptions(RunOptions(overlay=False, report=False), table=False)
pytestmark = pytest.mark.usefixtures("fake_detector", "at_once")


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 192 kB, which few results fill."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", "size=192k", "tmpfs", folder)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root can mount a disk, where at all")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def videos(tmp_path: Path, make_video: Callable[..., Path]) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    clip = make_video(frames=40, size_wh=(160, 120), index_first=True)
    for name in "abcdefgh":
        shutil.copy(clip, folder / f"{name}.mp4")
    return folder


def _is_kept(out: Path, summary: BatchSummary) -> None:
    """What was reported as done is there and whole; nothing is there by half."""
    names = {line["name"] for line in summary.done}
    assert names == {path.parent.name for path in out.glob(f"*/{DONE}")}
    assert all(len(load(out / name / "poses.npz")) > 0 for name in names)
    assert not list(out.rglob("*.part*")) and not list(out.rglob(".unfinished*"))


def test_a_disk_that_fills_up_keeps_what_was_done_and_goes_on_with_more_room(
    videos: Path, small_disk: Path
) -> None:
    first = run_batch([str(videos)], small_disk / "out", OPTIONS)
    assert "the disk is full; free some space" in str(first.halted)
    assert 0 < len(first.done) < 8
    _is_kept(small_disk / "out", first)
    _mount("-o", "remount,size=8m", small_disk)
    second = run_batch([str(videos)], small_disk / "out", OPTIONS)
    assert (second.before, len(second.done), second.halted) == (len(first.done), 8, None)
    _is_kept(small_disk / "out", second)


def test_a_disk_that_turns_read_only_keeps_what_was_done(videos: Path, small_disk: Path) -> None:
    first = run_batch([str(videos / "a.mp4")], small_disk / "out", OPTIONS)
    _mount("-o", "remount,ro", small_disk)
    with pytest.raises(UserError, match="the disk is read-only; give another folder"):
        run_batch([str(videos)], small_disk / "out", OPTIONS)
    _is_kept(small_disk / "out", first)
    _mount("-o", "remount,rw,size=8m", small_disk)
    assert run_batch([str(videos)], small_disk / "out", OPTIONS).before == 1


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Root may do everything; somebody else may not."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that nobody reaches: that of tests belongs to who runs them."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700)
    shutil.rmtree(folder)


def test_a_permission_that_is_lost_keeps_what_was_done(videos: Path, open_folder: Path) -> None:
    source, out = Path(shutil.copytree(videos, open_folder / "in")), open_folder / "out"
    (source / "b.mp4").chmod(0)
    with _as_nobody():
        first = run_batch([str(source / "a.mp4")], out, OPTIONS)
        out.chmod(0o555)
        with pytest.raises(UserError, match="may not be written to; change its permissions"):
            run_batch([str(source)], out, OPTIONS)
        _is_kept(out, first)
        out.chmod(0o755)
        second = run_batch([str(source)], out, OPTIONS)
    assert second.before == 1
    assert [line["name"] for line in second.failed] == ["b"]
    assert "Permission denied" in second.failed[0]["error"] or "may not be read" in second.failed[0]["error"]
    assert len(second.done) == 7
    _is_kept(out, second)
