"""The recorded motion of a split: the prepared archives of a data folder, or a mix of a user's own datasets.

Where the folder holds mocap/, networks are chosen and judged on its fixed split, and a mix.toml replaces only what they
are trained on. Without mocap/, the mix is divided by people (`own_split`), so that own data alone are enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ganbodypose.core import Clip
from ganbodypose.datasets.mix import Source, all_clips, read_mix
from ganbodypose.datasets.mocap import Split, read_split, split_table

_VALIDATION, _TEST, _EVERY = 1, 2, 10


def is_prepared(folder: Path) -> bool:
    """Whether the motion-capture archives with their fixed split are there."""
    return (folder / "mocap").is_dir()


def mix_of(folder: Path) -> list[Source]:
    """The sources of `folder`/mix.toml; none where there is no such file."""
    path = folder / "mix.toml"
    return read_mix(path) if path.is_file() else []


def recorded_clips(folder: Path, split: Split) -> Iterator[Clip]:
    """Of mocap/, or without it of the mix; UserError where neither is there."""
    sources = mix_of(folder)
    if is_prepared(folder) or not sources:
        return read_split(folder / "mocap", split)
    return (clip for source in sources for clip in own_clips(source, split))


def recorded_splits(folder: Path) -> dict[str, Split]:
    """'source:clip' -> split, for data that were derived from these recordings."""
    if is_prepared(folder):
        return split_table(folder / "mocap")
    tables = [own_split(all_clips([source])) for source in mix_of(folder)]
    return {name: split for table in tables for name, split in table.items()}


def own_clips(source: Source, split: Split | None = None) -> list[Clip]:
    """The clips of one source, or those that `own_split` gives to a split."""
    clips = list(all_clips([source]))
    table = own_split(clips)
    return [clip for clip in clips if split in (None, table[_name(clip)])]


def own_split(clips: Iterable[Clip]) -> dict[str, Split]:
    """'source:clip' -> split of one dataset: of every ten people (of ten recordings, where people have no names), in
    alphabetical order, the second is kept for validation and the third for tests."""
    person = {_name(clip): clip.subject or clip.name for clip in clips}
    parts: dict[int, Split] = {_VALIDATION: "val", _TEST: "test"}
    part_of = {who: parts.get(k % _EVERY, "train") for k, who in enumerate(sorted(set(person.values())))}
    return {name: part_of[who] for name, who in person.items()}


def _name(clip: Clip) -> str:
    return f"{clip.source}:{clip.name}"
