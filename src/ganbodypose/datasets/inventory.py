"""What a folder of data is, what is missing in it, and how much motion it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ganbodypose.core import UserError
from ganbodypose.datasets.coco import read_coco, read_densepose
from ganbodypose.datasets.registry import DATASETS, Dataset, datasets_in

Progress = Callable[[int, int | None], object]


@dataclass(frozen=True)
class Inventory:
    """Of one dataset in one folder. missing: patterns of files that should be there; problem: why reading stopped, or
    None; for sets of pictures, `pictures` and `people` instead of clips."""

    dataset: str
    title: str
    path: str
    missing: list[str] = field(default_factory=list)
    clips: int = 0
    frames: int = 0
    seconds: float = 0.0
    subjects: list[str] = field(default_factory=list)
    pictures: int = 0
    people: int = 0
    problem: str | None = None

    @property
    def is_complete(self) -> bool:
        return not self.missing and self.problem is None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"complete": self.is_complete}


def take_inventory(path: Path, progress: Progress) -> list[Inventory]:
    """Of `path` (a folder or one file of a dataset), or else of the folders in it. Reads everything, one clip at a
    time; a malformed file ends the counting of its dataset. progress(frames done, None).

    UserError when nothing there is known.
    """
    if not path.exists():
        raise UserError(f"{path} does not exist; check the path.")
    found = [(dataset, path) for dataset in _at(path)]
    if not found and path.is_dir():
        inner = sorted(folder for folder in path.iterdir() if folder.is_dir())
        found = [(dataset, folder) for folder in inner for dataset in _at(folder)]
    if not found:
        known = "; ".join(f"{d.name}: {d.marks[0]}" for d in DATASETS.values())
        raise UserError(f"{path} is no dataset that is known. Known are, by their files, {known}.")
    inventories: list[Inventory] = []
    for dataset, folder in found:
        before = sum(inventory.frames for inventory in inventories)
        inventories.append(_count(dataset, folder, partial(_tell, progress, before)))
    return inventories


def _tell(progress: Progress, before: int, frames: int) -> None:
    progress(before + frames, None)


def _at(path: Path) -> list[Dataset]:
    if path.is_dir():
        return datasets_in(path)
    return [dataset for dataset in DATASETS.values() if dataset.is_file(path)]


def _count(dataset: Dataset, path: Path, progress: Callable[[int], object]) -> Inventory:
    folder = path if path.is_dir() else path.parent
    blank = Inventory(dataset.name, dataset.title, str(path), dataset.missing_in(folder))
    if dataset.clips is None:
        return _count_pictures(blank, dataset, folder)
    subjects: dict[str, None] = {}
    clips, frames, seconds = 0, 0, 0.0
    problem = None
    try:
        for clip in dataset.clips(folder):
            clips, frames = clips + 1, frames + len(clip.joints_m)
            seconds += len(clip.joints_m) / clip.fps
            subjects.setdefault(clip.subject)
            progress(frames)
    except UserError as error:
        problem = str(error)
    named = [subject for subject in subjects if subject]
    return replace(
        blank, clips=clips, frames=frames, seconds=round(seconds, 3), subjects=named, problem=problem
    )


def _count_pictures(blank: Inventory, dataset: Dataset, folder: Path) -> Inventory:
    pictures, people, problem = 0, 0, None
    try:
        for path in sorted(path for mark in dataset.marks for path in folder.glob(mark)):
            if dataset.name == "coco":
                sizes = [len(picture.people.area_px) for picture in read_coco(path)]
                pictures, people = pictures + len(sizes), people + sum(sizes)
            else:
                images = [person.image_id for person in read_densepose(path)]
                pictures, people = pictures + len(set(images)), people + len(images)
    except UserError as error:
        problem = str(error)
    return replace(blank, pictures=pictures, people=people, problem=problem)
