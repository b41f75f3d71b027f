"""What the paper's experiments are made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Say = Callable[[str], object]


@dataclass(frozen=True)
class PaperOptions:
    """data: folder of the recorded data. out: folder of what is written; work: of the runs and scores it comes from
    (`out` where None). datasets: protocols of `jobs.evaluate`; none: the usual ones. runs: trained networks; else
    `models` are trained for `minutes` of CPU time each, or those taken that were trained in `work` before.
    ablation_minutes: of Table 3 and Figure 10 within the whole (`minutes` where None). recordings: evaluate on the
    first so many. picture: a picture or video for panel A of Figure 10, and to be corrupted."""

    data: Path
    out: Path
    datasets: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    runs: tuple[Path, ...] = ()
    minutes: float | None = None
    ablation_minutes: float | None = None
    recordings: int | None = None
    work: Path | None = None
    picture: str | None = None

    @property
    def runs_folder(self) -> Path:
        return (self.work or self.out) / "runs"

    @property
    def scores_folder(self) -> Path:
        return (self.work or self.out) / "scores"


@dataclass(frozen=True)
class Result:
    """text: for people; as_json: for scripts; files: what was written."""

    text: str
    as_json: dict[str, Any]
    files: Sequence[Path]
