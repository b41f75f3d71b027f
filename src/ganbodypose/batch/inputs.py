"""What the user named -> recordings, each with a name of its own for its results."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from glob import glob, has_magic
from pathlib import Path, PurePosixPath

from ganbodypose.batch.manifest import MANIFEST_SUFFIXES, Entry, read_manifest
from ganbodypose.batch.record import is_of_another
from ganbodypose.batch.stores import find_in_store, is_url
from ganbodypose.core import UserError
from ganbodypose.io.sources.opening import without_login
from ganbodypose.jobs.options import RunOptions

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv"}
    | {".ts", ".webm", ".wmv"}
)
# What lies beside the folders of results.
RESERVED_NAMES = frozenset({"batch.html", "batch.json", "manifest.jsonl", "poses.parquet"})


def find_recordings(inputs: Sequence[str], out_dir: Path, options: RunOptions) -> list[Entry]:
    """Every recording once, in order, with a name that no results of another recording in `out_dir` have.

    inputs: videos; folders, searched for videos down to the last; patterns such as `trials/**/*.mp4`; lists
    (`batch.manifest`); URLs of any of these but lists. Nothing in `out_dir` is taken for an input. UserError where
    one of them holds nothing.
    """
    found: dict[tuple[str, str | None], Entry] = {}
    for entry in (entry for text in inputs for entry in _found(text, out_dir.absolute(), options)):
        before = found.setdefault((_place(entry.source), entry.name), entry)
        if before.options != entry.options:
            source = without_login(entry.source)
            raise UserError(f"{source} is listed twice with different options: give each its own name.")
    return _named(list(found.values()), out_dir)


def _place(source: str) -> str:
    """The same however a path leads to the folder in which a recording lies."""
    return source if is_url(source) else str(Path(source).parent.resolve() / Path(source).name)


def _found(text: str, out_dir: Path, options: RunOptions) -> Iterator[Entry]:
    path = Path(text)
    if is_url(text):
        yield from (Entry(url, options) for url in _videos_in_store(text))
    elif path.suffix.lower() in MANIFEST_SUFFIXES and path.is_file():
        yield from read_manifest(path, options)
    elif path.exists() or not has_magic(text):
        yield from (Entry(str(file.absolute()), options) for file in _videos_at(path, out_dir))
    else:
        matches = [Path(match) for match in sorted(glob(text, recursive=True))]  # noqa: PTH207 (absolute patterns)
        files = [file for file in matches if file.is_file() and out_dir not in file.absolute().parents]
        if not files:
            raise UserError(f"No file matches {text}; check the pattern.")
        yield from (Entry(str(file.absolute()), options) for file in files)


def _videos_in_store(url: str) -> list[str]:
    """What is there; of a whole folder, the videos."""
    found = find_in_store(url)
    if has_magic(url) or found == [url]:
        return found
    videos = [one for one in found if _is_video(PurePosixPath(one))]
    if not videos:
        raise UserError(f"{without_login(url)} holds no videos ({', '.join(sorted(VIDEO_SUFFIXES))}).")
    return videos


def _videos_at(path: Path, out_dir: Path) -> list[Path]:
    """The file itself, or the videos in a folder."""
    if not path.is_dir():
        return [path]  # whether it can be read is said where it is
    found = sorted(file for file in path.rglob("*") if _is_video(file) and file.is_file())
    found = [file for file in found if out_dir not in file.absolute().parents]
    if not found:
        raise UserError(f"Folder {path} holds no videos ({', '.join(sorted(VIDEO_SUFFIXES))}).")
    return found


def _is_video(path: PurePosixPath | Path) -> bool:
    return path.suffix.lower() in VIDEO_SUFFIXES and not path.name.startswith(".")


def _named(entries: Sequence[Entry], out_dir: Path) -> list[Entry]:
    """Names that lists give must differ; of other sources, those that would share a name, also with results that
    are there, get a mark of their whole address, the same in every order."""
    given = [entry.name.casefold() for entry in entries if entry.name is not None]
    twice = next((name for name, count in Counter(given).items() if count > 1), None)
    if twice is not None:
        raise UserError(f"Two recordings have the name '{twice}': give each one its own.")
    if RESERVED_NAMES & set(given):
        raise UserError(f"No recording can have the name '{min(RESERVED_NAMES & set(given))}': give another.")
    plain = [_plain_name(entry.source) for entry in entries if entry.name is None]
    taken = Counter(name.casefold() for name in plain) + Counter(given) + Counter(RESERVED_NAMES)
    return [_with_name(entry, taken, out_dir) for entry in entries]


def _with_name(entry: Entry, taken: Counter[str], out_dir: Path) -> Entry:
    if entry.name is not None:
        return entry
    name = _plain_name(entry.source)
    if taken[name.casefold()] > 1 or is_of_another(out_dir / name, entry.source):
        name += "-" + hashlib.sha256(os.fsencode(entry.source)).hexdigest()[:8]
    return replace(entry, name=name)


def _plain_name(source: str) -> str:
    """The source's stem, without what a folder cannot be called."""
    stem = PurePosixPath(source).stem if is_url(source) else Path(source).stem
    return re.sub(r'[^\w .()+,=@-]|[/\\:*?"<>|]', "_", stem).strip(". ")[:100] or "video"
