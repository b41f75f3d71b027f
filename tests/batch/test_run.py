"""A whole batch, killed and run again: every good recording done exactly once, every bad one reported."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import fake_work
import pytest

from ganbodypose.batch.journal import MANIFEST
from ganbodypose.batch.run import BatchOptions, BatchProgress, run_batch
from ganbodypose.core import UserError
from ganbodypose.io.formats import read
from ganbodypose.io.results import load
from ganbodypose.jobs.options import RunOptions

QUICK = RunOptions(overlay=False, report=False)
VIDEOS, CORRUPT = 24, 2


@pytest.fixture(scope="module")
def clip(make_video: Callable[..., Path]) -> Path:
    return make_video(frames=8, size_wh=(160, 120))


@pytest.fixture
def many(tmp_path: Path, clip: Path) -> Path:
    """A folder of videos, some of them cut off."""
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(VIDEOS):
        shutil.copy(clip, folder / f"{k:02d}.mp4")
    for k in range(CORRUPT):
        (folder / f"{7 * (k + 1):02d}.mp4").write_bytes(clip.read_bytes()[:700])
    return folder


def _done(out: Path) -> dict[str, tuple[int, int]]:
    """When and as which file each recording was marked as done."""
    marks = {path.parent.name: path.stat() for path in out.glob("*/done.json")}
    return {name: (mark.st_mtime_ns, mark.st_ino) for name, mark in marks.items()}


def _start(source: Path, out: Path) -> subprocess.Popen[str]:
    script = Path(fake_work.__file__)
    return subprocess.Popen(
        [sys.executable, script, source, out, "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _kill_after(source: Path, out: Path, done: int) -> None:
    batch = _start(source, out)
    deadline = time.monotonic() + 120
    while len(_done(out)) < done:
        assert batch.poll() is None, batch.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    batch.kill()
    batch.communicate()
    workers = [int(path.stem) for path in out.glob("*.pid")]
    assert workers
    while any(_is_alive(pid) for pid in workers):
        assert time.monotonic() < deadline, "workers outlive their batch"
        time.sleep(0.01)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] != "Z"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is for POSIX systems")
def test_two_kills_lose_nothing_and_repeat_nothing(many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first_marks: dict[str, tuple[int, int]] = {}
    for done in (4, 12):
        _kill_after(many, out, done)
        first_marks |= {name: mark for name, mark in _done(out).items() if name not in first_marks}
    last = _start(many, out)
    said, errors = last.communicate(timeout=200)
    assert last.returncode == 0, errors
    summary = ast.literal_eval(said)
    assert (summary["done"], len(summary["failed"]), summary["left"]) == (VIDEOS - CORRUPT, CORRUPT, 0)
    assert summary["done_before"] >= 12
    assert {failed["name"] for failed in summary["failed"]} == {"07", "14"}
    marks = _done(out)
    assert {name: marks[name] for name in first_marks} == first_marks, "a finished recording was done again"
    assert len(marks) == VIDEOS - CORRUPT
    assert not [*out.rglob(".unfinished-*"), *out.rglob("*.part*")]
    assert all(len(load(out / name / "poses.npz")) for name in marks)
    lines = [json.loads(line) for line in (out / MANIFEST).read_text().splitlines()]
    assert [line["name"] for line in lines] == [f"{k:02d}" for k in range(VIDEOS)]


@pytest.mark.usefixtures("at_once", "fake_detector")
def test_summaries_over_all(many: Path, tmp_path: Path) -> None:
    seen: list[BatchProgress] = []
    out = tmp_path / "out"
    summary = run_batch([str(many / "0*.mp4")], out, BatchOptions(QUICK), seen.append)
    assert seen[0] == BatchProgress(10, 0, 0, 0)
    assert seen[-1] == BatchProgress(10, 0, 9, 1)
    assert set(summary.files) == {"table", "page", "summary"}
    page = summary.files["page"].read_text()
    assert "9 of 10 recordings done, 1 failed" in page
    assert "is cut off" in page
    assert json.loads(summary.files["summary"].read_text())["done"] == 9
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(summary.files["table"])
    per_recording = len(read(out / "00" / "poses.npz")) * 17
    assert per_recording > 0
    assert len(table) == per_recording * 9
    assert set(table["recording"].to_pylist()) == {line["name"] for line in summary.done}


@pytest.mark.usefixtures("at_once")
def test_a_recording_with_nobody_is_part_of_the_summaries(
    tmp_path: Path, many: Path, fake_detector: Callable[[int], None]
) -> None:
    fake_detector(0)
    summary = run_batch([str(many / "00.mp4")], tmp_path / "out", BatchOptions(QUICK))
    import pyarrow.parquet

    assert [line["persons"] for line in summary.done] == [0]
    assert len(pyarrow.parquet.read_table(summary.files["table"])) == 0


@pytest.mark.usefixtures("at_once", "fake_detector")
def test_a_source_among_its_own_results_is_not_lost(tmp_path: Path, many: Path) -> None:
    source = tmp_path / "out" / "overlay" / "overlay.mp4"
    source.parent.mkdir(parents=True)
    source.write_bytes((many / "00.mp4").read_bytes())
    summary = run_batch([str(source)], tmp_path / "out", BatchOptions(QUICK, table=False))
    assert "would overwrite the video" in summary.failed[0]["error"]
    assert source.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.usefixtures("at_once", "fake_detector")
def test_names_in_an_older_encoding_stop_nothing(tmp_path: Path, many: Path) -> None:
    sources = [tmp_path / day / "caf\udce9.mp4" for day in ("monday", "tuesday")]
    for source in sources:
        source.parent.mkdir()
        source.write_bytes((many / "00.mp4").read_bytes())
    summary = run_batch(list(map(str, sources)), tmp_path / "out", BatchOptions(QUICK))
    assert len(summary.done) == 2
    lines = [json.loads(line) for line in (tmp_path / "out" / MANIFEST).read_text().splitlines()]
    assert {line["source"] for line in lines} == set(map(str, sources))
    assert json.loads(summary.files["summary"].read_text())["done"] == 2


@pytest.mark.usefixtures("at_once", "fake_detector")
def test_what_else_lies_beside_the_results_is_left_alone(tmp_path: Path, many: Path) -> None:
    out = tmp_path / "out"
    (out / "mine").mkdir(parents=True)
    (out / "notes.part.json").touch()
    (out / "link").symlink_to(out / "mine")
    run_batch([str(many / "00.mp4")], out, BatchOptions(QUICK, table=False))
    assert {"mine", "notes.part.json", "link"} <= {path.name for path in out.iterdir()}


def test_options_out_of_range_are_told_once_and_make_no_folder(many: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="body height"):
        run_batch([str(many)], tmp_path / "out", BatchOptions(replace(QUICK, height_m=-1.0), table=False))
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("at_once", "fake_detector")
def test_the_second_batch_does_only_what_is_new(many: Path, tmp_path: Path, clip: Path) -> None:
    out, options = tmp_path / "out", BatchOptions(QUICK, table=False)
    some = [str(many / "0[67].mp4")]
    run_batch(some, out, options)
    before = _done(out)
    shutil.copy(clip, many / "07.mp4")  # mended
    summary = run_batch(some, out, options)
    assert (summary.before, len(summary.done), summary.failed) == (1, 2, ())
    assert {name: mark for name, mark in _done(out).items() if name != "07"} == before
    again = run_batch(some, out, BatchOptions(RunOptions(overlay=False, report=True)))
    assert again.before == 0, "other options make other results"
    assert (out / "06" / "report.html").is_file()


@pytest.mark.usefixtures("at_once", "fake_detector")
def test_a_store_is_read_and_leaves_no_copies(tmp_path: Path, clip: Path) -> None:
    import fsspec

    fsspec.filesystem("memory").pipe("/films/walk.mp4", clip.read_bytes())
    out, options = tmp_path / "out", BatchOptions(QUICK, table=False)
    assert len(run_batch(["memory://films"], out, options).done) == 1
    assert {path.name for path in (out / "walk").iterdir()} == {"poses.npz", "done.json"}
    assert run_batch(["memory://films"], out, options).before == 1


@pytest.mark.usefixtures("at_once", "fake_detector")
def test_a_missing_file_and_a_device_are_failures_of_their_own(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "list.txt").write_text(f"/dev/null\nmissing.mp4\n{clip}\n")
    summary = run_batch([str(tmp_path / "list.txt")], tmp_path / "out", BatchOptions(QUICK, table=False))
    assert len(summary.done) == 1
    device, missing = (line["error"] for line in summary.failed)
    assert "is a device" in device
    assert "does not exist" in missing
    assert not (tmp_path / "out" / "missing").exists()


@pytest.mark.usefixtures("at_once", "fake_detector")
def test_where_every_recording_fails_the_page_says_why_and_there_is_no_table(tmp_path: Path) -> None:
    summary = run_batch([str(tmp_path / "missing.mp4")], tmp_path / "out", BatchOptions(QUICK))
    assert set(summary.files) == {"page", "summary"}
    assert "does not exist" in summary.files["page"].read_text()
    assert not list((tmp_path / "out").glob("poses*"))


def test_two_batches_do_not_work_in_one_folder(tmp_path: Path, clip: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    (tmp_path / "out").mkdir()
    with (tmp_path / "out" / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="Another batch is at work"):
            run_batch([str(clip)], tmp_path / "out", BatchOptions(QUICK, table=False))


def test_without_pyarrow_the_table_is_refused_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserError, match=r"gan-bodypose\[export\]"):
        BatchOptions()
    BatchOptions(table=False)
