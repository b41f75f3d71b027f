"""Any mix of datasets by configuration: a TOML file of sources with weights.

    [[source]]
    name = "amass"
    path = "/data/amass"                  relative to the file
    weight = 0.5                          1 where it is left out

A weight is the share of the drawn clips that the source gives, against the sum of all. Only what may be trained on is
given: what a set or this project keeps for validation and tests is left out (`registry.read_training_clips`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import Clip, UserError
from ganbodypose.datasets.checks import entry, field_error
from ganbodypose.datasets.registry import dataset_named, read_training_clips
from ganbodypose.io.text import parse_toml


@dataclass(frozen=True)
class Source:
    """The dataset `name` in folder `path`, which gives the share `weight` of what is drawn."""

    name: str
    path: Path
    weight: float = 1.0

    def __post_init__(self) -> None:
        dataset_named(self.name)
        if not 0 < self.weight < np.inf:
            raise UserError(f"The weight of {self.name} must be a positive number, not {self.weight:g}.")

    def clips(self) -> Iterator[Clip]:
        """Every clip once, in the source's order. `Clip.source` stays what the reader says."""
        return read_training_clips(self.name, self.path)


def read_mix(path: str | Path) -> list[Source]:
    """The sources of a TOML file."""
    path = Path(path)
    try:
        content = parse_toml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UserError(f"{path} is not a TOML file: {error}.") from error
    tables = entry(path, content, "source", "")
    if not isinstance(tables, list) or not tables:
        raise field_error(path, "source", "must be one or more tables [[source]]")
    return [_source(path, table, f"source[{k}]") for k, table in enumerate(tables)]


def _source(path: Path, table: Any, field: str) -> Source:
    name, folder = (entry(path, table, key, field) for key in ("name", "path"))
    weight = table.get("weight", 1.0)
    if not isinstance(name, str) or not isinstance(folder, str) or not isinstance(weight, (int, float)):
        raise field_error(path, field, "must have a name and a path in quotes, and a weight that is a number")
    return Source(name, path.parent / Path(folder).expanduser(), float(weight))


def all_clips(sources: Sequence[Source]) -> Iterator[Clip]:
    """Every clip of every source once; `Clip.source` is 'name:' and what the reader says."""
    for source in sources:
        for clip in source.clips():
            yield replace(clip, source=f"{source.name}:{clip.source}")


def draw_clips(
    sources: Sequence[Source], rng: np.random.Generator, held: int = 256, max_frames: int = 4096
) -> Iterator[Clip]:
    """Clips for ever, sources by their weights, each source in a shuffled order of its own.

    In constant memory: of each source `held` clips of at most `max_frames` (a random part of a longer one) are held,
    and each that is drawn is replaced by the next one that is read. UserError when a source has no clip.
    """
    weights = np.array([source.weight for source in sources])
    streams = [_shuffled(source, rng, held, max_frames) for source in sources]
    while True:
        yield next(streams[rng.choice(len(streams), p=weights / weights.sum())])


def _shuffled(source: Source, rng: np.random.Generator, held: int, max_frames: int) -> Iterator[Clip]:
    pool: list[Clip] = []
    for clip in _again_and_again(source):
        part = _part(clip, rng, max_frames)
        if len(pool) < held:
            pool.append(part)
            if len(pool) < held:
                continue
        place = int(rng.integers(len(pool)))
        drawn, pool[place] = pool[place], part
        yield drawn


def _again_and_again(source: Source) -> Iterator[Clip]:
    while True:
        empty = True
        for clip in source.clips():
            empty = False
            yield clip
        if empty:
            raise UserError(f"{source.name} in {source.path} has no clip.")


def _part(clip: Clip, rng: np.random.Generator, max_frames: int) -> Clip:
    extra = len(clip.joints_m) - max_frames
    if extra <= 0:
        return clip
    start = int(rng.integers(extra + 1))
    return replace(clip, joints_m=clip.joints_m[start : start + max_frames].copy())
