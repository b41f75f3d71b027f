"""`done.json` beside the results of one recording: written last, so where it is the others are whole.

It holds what the results were made from (contents of the source, and the recipe: options and networks), by which a
later batch knows that there is nothing to do, and the facts for summaries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganbodypose.batch.stores import is_url, version_in_store
from ganbodypose.core import Camera, UserError
from ganbodypose.detect import checksums_of
from ganbodypose.io.atomic import flush_to_disk, replacing
from ganbodypose.io.camera_files import file_and_name
from ganbodypose.io.checksum import sha256_of_file
from ganbodypose.io.text import parse_json_object
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.result_folder import clear_abandoned, results_in
from ganbodypose.lift.model_files import model_path

DONE = "done.json"


@dataclass(frozen=True)
class Task:
    """One recording: `source` a path or URL, `folder` the place of its results, `recipe` that of `recipe_of`."""

    name: str
    source: str
    folder: Path
    options: RunOptions
    recipe: str


def recipe_of(options: RunOptions) -> str:
    """sha256 of all that decides what comes out of a source: the options and the networks' checksums."""
    decisive = {
        "options": options.as_json()
        | {"camera": _camera_checksum(options.camera), "threads": None, "parts": None},
        "model": sha256_of_file(model_path(options.mode)),
        "detector": checksums_of(options.detector),
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def _camera_checksum(camera: Camera | str | Path | None) -> str | None:
    if isinstance(camera, Camera):
        return hashlib.sha256(camera.matrix.tobytes() + camera.distortion.tobytes()).hexdigest()
    if camera is None:
        return None
    file, name = file_and_name(Path(camera))
    return sha256_of_file(file) + (f"#{name}" if name else "")


def contents_of(source: str) -> dict[str, Any]:
    """What tells this version of a source from another: sha256 (and by what to see quickly that a file is the
    same as before), or what its store says. OSError where it cannot be read."""
    path = Path(source)
    if is_url(source):
        return {"version": version_in_store(source)}
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file())
        listing = "".join(f"{file.name} {sha256_of_file(file)}\n" for file in files)
        return {"sha256": hashlib.sha256(listing.encode()).hexdigest()}
    state = path.stat()
    return {"bytes": state.st_size, "modified_ns": state.st_mtime_ns, "sha256": sha256_of_file(path)}


def mark_done(task: Task, contents: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """The last step: what is marked is on the disk. UserError where it cannot be written."""
    files = results_in(task.folder)
    record = {
        "source": task.source,
        "contents": dict(contents),
        "recipe": task.recipe,
        "files": {file.name: file.stat().st_size for file in files},
        "facts": dict(facts),
    }
    with replacing(task.folder / DONE) as part:
        flush_to_disk(*files)
        part.write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        flush_to_disk(part)
    flush_to_disk(task.folder)


def facts_if_done(task: Task) -> dict[str, Any] | None:
    """The facts, where the results of this source and recipe are there and whole; else None."""
    record = _record(task.folder)
    try:
        if record["recipe"] != task.recipe or not _is_whole(task.folder, record["files"]):
            return None
        return dict(record["facts"]) if _is_same(task.source, record["contents"]) else None
    except (KeyError, TypeError, ValueError, AttributeError, OSError):  # what it says makes no sense
        return None


def is_of_another(folder: Path, source: str) -> bool:
    """Whether it holds the results of another recording, which may be gone; one that was only moved is none."""
    record = _record(folder)
    try:
        return bool(record) and record["source"] != source and not _is_same(source, record["contents"])
    except (KeyError, TypeError, ValueError, AttributeError, OSError, UserError):
        return False  # whether the source can be read is said where it is


def clear(folder: Path) -> None:
    """Forget earlier results, the mark first, and what a killed attempt left behind."""
    (folder / DONE).unlink(missing_ok=True)
    for file in results_in(folder):
        file.unlink()
    clear_unfinished(folder)


def clear_unfinished(folder: Path) -> None:
    """Remove what a killed attempt left, and the folder if it is then empty."""
    clear_abandoned(folder)
    for part in folder.glob("*.part.json"):
        part.unlink(missing_ok=True)
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()


def _record(folder: Path) -> dict[str, Any]:
    try:
        return parse_json_object((folder / DONE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _is_whole(folder: Path, files: Mapping[str, int]) -> bool:
    return bool(files) and all(
        (folder / Path(name).name).stat().st_size == size for name, size in files.items()
    )


def _is_same(source: str, contents: Mapping[str, Any]) -> bool:
    """By size and time where they are as before, else by the contents."""
    path = Path(source)
    if "modified_ns" in contents and path.is_file():
        state = path.stat()
        if (state.st_size, state.st_mtime_ns) == (contents["bytes"], contents["modified_ns"]):
            return True
        return state.st_size == contents["bytes"] and sha256_of_file(path) == contents["sha256"]
    return contents_of(source) == contents
