"""`done.json`: a recording is done only with the same contents, the same recipe and whole results."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ganbodypose.batch.record import (
    DONE,
    Task,
    clear_unfinished,
    contents_of,
    facts_if_done,
    mark_done,
    recipe_of,
)
from ganbodypose.io.atomic import part_path
from ganbodypose.jobs.options import RunOptions


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """A recording that is done."""
    source, folder = tmp_path / "walk.mp4", tmp_path / "out" / "walk"
    source.write_bytes(b"pictures")
    folder.mkdir(parents=True)
    (folder / "poses.npz").write_bytes(b"numbers")
    task = Task("walk", str(source), folder, RunOptions(), recipe_of(RunOptions()))
    mark_done(task, contents_of(task.source), {"frames": 3})
    return task


def test_it_is_done(task: Task) -> None:
    assert facts_if_done(task) == {"frames": 3}


def test_a_touched_source_is_still_the_same(task: Task) -> None:
    os.utime(task.source, (1, 1))
    assert facts_if_done(task) == {"frames": 3}


def test_other_contents_of_the_same_size_are_seen(task: Task) -> None:
    Path(task.source).write_bytes(b"Pictures")
    os.utime(task.source, (1, 1))
    assert facts_if_done(task) is None


@pytest.mark.parametrize(
    "options", [RunOptions(persons=1), RunOptions(detector="blazepose-lite"), RunOptions(mode="studio")]
)
def test_other_options_are_another_recipe(task: Task, options: RunOptions) -> None:
    assert facts_if_done(replace(task, recipe=recipe_of(options))) is None


def test_the_camera_counts_by_its_contents(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.toml", "b.toml")]
    for file in files:
        file.write_text("one")
    same, other = (recipe_of(RunOptions(camera=file)) for file in files)
    assert same == other
    files[1].write_text("two")
    assert recipe_of(RunOptions(camera=files[1])) != same


def test_two_cameras_of_a_file_are_two_recipes(tmp_path: Path) -> None:
    file = tmp_path / "Calib.toml"
    file.write_text("two cameras")
    left, right = (recipe_of(RunOptions(camera=f"{file}#{name}")) for name in ("left", "right"))
    assert left != right


def test_another_network_of_the_same_name_is_another_recipe(tmp_path: Path) -> None:
    network = tmp_path / "own.onnx"
    network.write_bytes(b"weights")
    before = recipe_of(RunOptions(mode=str(network)))
    network.write_bytes(b"others")
    assert recipe_of(RunOptions(mode=str(network))) != before


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"recipe": 1, "files": 2}'])
def test_a_mark_that_makes_no_sense_counts_as_none(task: Task, text: str) -> None:
    (task.folder / DONE).write_text(text)
    assert facts_if_done(task) is None


def test_missing_or_shortened_results_count_as_none(task: Task) -> None:
    (task.folder / "poses.npz").write_bytes(b"number")
    assert facts_if_done(task) is None
    (task.folder / "poses.npz").unlink()
    assert facts_if_done(task) is None


def test_what_a_killed_attempt_left_goes(tmp_path: Path) -> None:
    (tmp_path / "walk" / ".unfinished-1").mkdir(parents=True)
    (tmp_path / "walk" / ".unfinished-1" / "poses.npz").touch()
    part_path(tmp_path / "walk" / DONE).touch()
    clear_unfinished(tmp_path / "walk")
    assert not (tmp_path / "walk").exists()


def test_a_version_in_a_store_changes_with_its_contents() -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    store.pipe("/lab/walk.mp4", b"one")
    before = contents_of("memory://lab/walk.mp4")
    assert contents_of("memory://lab/walk.mp4") == before
    store.pipe("/lab/walk.mp4", b"other")
    assert contents_of("memory://lab/walk.mp4") != before
