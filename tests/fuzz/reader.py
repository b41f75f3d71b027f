"""What is fuzzed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Reader:
    """`read` may return or raise UserError, nothing else. seeds: right inputs; suffix: of the file they lie in."""

    suffix: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], object]


def written(name: str, write: Callable[[Path], object]) -> Callable[[], list[bytes]]:
    """Seeds: the file `name` that `write` makes in a folder it is given."""

    def seeds() -> list[bytes]:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder))
            return [(Path(folder) / name).read_bytes()]

    return seeds
