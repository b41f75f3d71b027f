"""Faults on purpose: full disks, decoders that give up, cameras that go away, clocks that jump."""

from __future__ import annotations

import errno
import itertools
import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from ganbodypose.batch import work
from ganbodypose.batch.record import DONE, Task, facts_if_done, recipe_of
from ganbodypose.batch.run import BatchOptions, run_batch
from ganbodypose.batch.work import process
from ganbodypose.core import UserError
from ganbodypose.io.atomic import cannot_write
from ganbodypose.io.results import load
from ganbodypose.io.sources.clock import Section
from ganbodypose.io.sources.container import ContainerReader
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.run import run_video

QUICK = RunOptions(overlay=False, report=False)
pytestmark = pytest.mark.usefixtures("fake_detector", "at_once")


@pytest.fixture(scope="module")
def clip(make_video: Callable[..., Path]) -> Path:
    return make_video(frames=40, size_wh=(160, 120), index_first=True)


@pytest.fixture
def three(tmp_path: Path, clip: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.mp4").write_bytes(clip.read_bytes())
    return folder


def _task(source: Path, folder: Path) -> Task:
    return Task(source.stem, str(source), folder, QUICK, recipe_of(QUICK))


def _full_from(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full when the results of recording `number` are written."""
    calls = itertools.count(1)

    def run(source: Path, out: Path, options: RunOptions) -> Any:
        if next(calls) >= number:
            error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise cannot_write(out / "poses.npz", error) from error
        return run_video(source, out, options)

    monkeypatch.setattr(work, "run_video", run)


def test_a_full_disk_ends_the_batch_and_loses_nothing(
    three: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, options = tmp_path / "out", BatchOptions(QUICK, table=False)
    with monkeypatch.context() as full:
        _full_from(2, full)
        summary = run_batch([str(three)], out, options)
    assert "the disk is full; free some space" in str(summary.halted)
    assert [line["name"] for line in summary.lines] == ["a", "b"], "c must not even be tried"
    assert [path.name for path in sorted(out.iterdir()) if path.is_dir()] == ["a"]
    after = run_batch([str(three)], out, options)
    assert (after.before, len(after.done), after.halted) == (1, 3, None)


def test_a_file_that_may_not_grow_leaves_nothing_half_written(clip: Path, tmp_path: Path) -> None:
    """A real failure of write(2), which a disk quota would cause, too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    try:
        outcome = process(_task(clip, tmp_path / "out" / "a"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "cannot be written: the file would grow larger" in str(outcome.error)
    assert not (tmp_path / "out" / "a").exists()


def test_results_that_cannot_be_placed_are_one_sentence(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        run_batch([str(clip)], tmp_path / "file", BatchOptions(QUICK, table=False))
    assert "its folder is a file" in str(process(_task(clip, tmp_path / "file" / "a")).error)


def test_a_video_that_breaks_in_the_middle_is_done_and_marked_as_damaged(clip: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[: int(clip.stat().st_size * 0.9)])
    outcome = process(_task(cut, tmp_path / "out"))
    assert outcome.error is None
    assert outcome.facts["damaged"]
    assert 0 < outcome.facts["frames"] < 40
    assert any("cut.mp4" in warning for warning in outcome.facts["warnings"])


def test_a_crash_between_results_and_mark_is_done_again(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = _task(clip, tmp_path / "out")
    with monkeypatch.context() as crash:
        crash.setattr(work, "mark_done", lambda *_: (_ for _ in ()).throw(MemoryError("none left")))
        outcome = process(task)
    assert outcome.again
    assert "MemoryError" in str(outcome.error)
    assert facts_if_done(task) is None
    assert process(task).error is None
    assert facts_if_done(task) is not None


def test_old_results_lose_their_mark_before_they_change(clip: Path, tmp_path: Path) -> None:
    task = _task(clip, tmp_path / "out")
    assert process(task).error is None
    assert process(replace(task, source=str(tmp_path / "gone.mp4"))).error is not None
    assert not (task.folder / DONE).exists()


class _Unplugged:
    """A container that fails like a camera whose cable is pulled, after so many packets."""

    def __init__(self, container: Any, packets: int) -> None:
        self._container, self._packets = container, packets

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def demux(self, stream: Any) -> Iterator[av.Packet]:
        yield from itertools.islice(self._container.demux(stream), self._packets)
        raise OSError(errno.ENODEV, "No such device")


def test_a_camera_that_goes_away_ends_the_source_with_a_reason_and_can_be_opened_again(clip: Path) -> None:
    def camera(packets: int) -> ContainerReader:
        opened = lambda: _Unplugged(av.open(str(clip)), packets)  # noqa: E731
        return ContainerReader(opened, "Camera 0", Section(0.0, float("inf")), is_live=True)

    first = camera(10)
    assert len(list(first.frames())) == 10
    assert first.is_damaged
    assert "No such device" in str(first.warning)
    assert len(list(camera(20).frames())) == 20


def test_a_clock_that_jumps_changes_nothing(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_video(clip, tmp_path / "steady", QUICK)
    hours = itertools.cycle((0.0, 1e9, -5e8))
    monkeypatch.setattr(time, "time", lambda: 1.7e9 + next(hours))
    summary = run_batch([str(clip)], tmp_path / "out", BatchOptions(QUICK, table=False))
    assert len(summary.done) == 1
    assert 0 < summary.elapsed_s < 600
    steady, jumpy = load(tmp_path / "steady" / "poses.npz"), load(tmp_path / "out" / clip.stem / "poses.npz")
    assert (steady.joints_3d_m == jumpy.joints_3d_m).all()
    assert (steady.time_s == jumpy.time_s).all()
