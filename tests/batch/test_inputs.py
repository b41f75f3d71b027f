"""What the user named becomes recordings with names of their own, inside the folder of results."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from ganbodypose.batch.inputs import RESERVED_NAMES, find_recordings
from ganbodypose.batch.record import Task, contents_of, mark_done
from ganbodypose.core import UserError
from ganbodypose.jobs.options import RunOptions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("walk.mp4", "b/walk.MOV", "b/run.mkv", "b/notes.txt", ".hidden.mp4", "out/run/overlay.mp4"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "in"


def _names(*inputs: object, out: Path) -> dict[str, str]:
    """By source."""
    entries = find_recordings([str(one) for one in inputs], out, RunOptions())
    return {entry.source: str(entry.name) for entry in entries}


def test_a_folder_is_its_videos_but_not_the_results(folder: Path) -> None:
    found = _names(folder, out=folder / "out")
    assert {Path(source).name for source in found} == {"walk.mp4", "walk.MOV", "run.mkv"}


def test_patterns_and_repeated_inputs(folder: Path) -> None:
    found = _names(folder / "**/*.mkv", folder / "b" / "run.mkv", out=folder / "out")
    assert list(found.values()) == ["run"]


def test_two_ways_to_one_folder_lead_to_one_recording(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder, target_is_directory=True)
    ways = [folder / "b/run.mkv", folder / "b/../b/run.mkv", folder.parent / "link/b/run.mkv"]
    assert list(_names(*ways, out=folder / "out").values()) == ["run"]


def test_names_are_unique_and_do_not_depend_on_the_order(folder: Path) -> None:
    files = [folder / "walk.mp4", folder / "b/walk.MOV", folder / "b/run.mkv"]
    orders = [_names(*order, out=folder / "out") for order in itertools.permutations(files)]
    assert all(order == orders[0] for order in orders)
    assert len(set(orders[0].values())) == 3
    assert orders[0][str(folder / "b/run.mkv")] == "run"


@pytest.mark.parametrize(
    "name", ["..mp4", "...", "a:b.mp4", "poses.parquet.mp4", "\n.mp4", "é" * 120 + ".mp4"]
)
def test_strange_file_names_make_folders_inside_the_results(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    (made,) = _names(tmp_path / name, out=tmp_path / "out").values()
    assert (tmp_path / "out" / made).resolve().parent == (tmp_path / "out").resolve()
    assert made not in RESERVED_NAMES
    (tmp_path / "out" / made).mkdir(parents=True)


@pytest.mark.parametrize("missing", ["*.mp4", "memory://nowhere/*.mp4"])
def test_what_names_nothing_is_an_error(tmp_path: Path, missing: str) -> None:
    with pytest.raises(UserError, match="check the"):
        _names(missing if "://" in missing else tmp_path / missing, out=tmp_path / "out")


def test_a_store_is_searched_as_a_folder_is() -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    for name in ("a/one.mp4", "a/b/two.mov", "a/readme.md"):
        store.pipe(f"/lab/{name}", b"x")
    assert set(_names("memory://lab/a", out=Path("out")).values()) == {"one", "two"}
    assert set(_names("memory://lab/a/*.mp4", out=Path("out")).values()) == {"one"}
    assert set(_names("memory://lab/a/one.mp4", out=Path("out")).values()) == {"one"}


def test_one_recording_twice_with_other_options_needs_names(folder: Path) -> None:
    (folder / "parts.csv").write_text("source,start\nwalk.mp4,0\nwalk.mp4,5\n")
    with pytest.raises(UserError, match=r"walk\.mp4 is listed twice with different options"):
        _names(folder / "parts.csv", out=folder / "out")


def test_the_results_of_another_recording_keep_their_name(folder: Path) -> None:
    """Videos of one name from two days, in batches of their own."""
    out = folder / "out"
    (monday := folder / "monday").mkdir()
    (tuesday := folder / "tuesday").mkdir()
    for day in (monday, tuesday):
        (day / "clip.mp4").write_text(day.name)
    done = Task("clip", str(monday / "clip.mp4"), out / "clip", RunOptions(), "recipe")
    done.folder.mkdir()
    (done.folder / "poses.npz").touch()
    mark_done(done, contents_of(done.source), {})
    assert _names(monday, out=out) == {done.source: "clip"}
    assert _names(tuesday, out=out)[str(tuesday / "clip.mp4")].startswith("clip-")
    (tuesday / "clip.mp4").write_text("monday")  # the same, moved
    assert _names(tuesday, out=out) == {str(tuesday / "clip.mp4"): "clip"}
