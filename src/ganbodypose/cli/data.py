"""`ganbodypose data`: what recorded data there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganbodypose.cli.common import Json, app, as_json_text, frame_progress

if TYPE_CHECKING:
    from ganbodypose.datasets.inventory import Inventory

data = typer.Typer(help="Datasets of human motion: what is there, what is missing.", no_args_is_help=True)
app.add_typer(data, name="data")


@data.command("check")
def data_check(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A dataset's folder, or a folder of them.")],
    as_json: Json = False,
) -> int:
    """What the folder is, what is missing in it, how many clips, seconds and subjects it holds."""
    from ganbodypose.datasets.inventory import take_inventory

    with frame_progress() as show:
        inventories = take_inventory(path, show)
    if as_json:
        print(as_json_text({"datasets": [inventory.as_json() for inventory in inventories]}))
    else:
        for inventory in inventories:
            _print(inventory)
    return 1 if any(inventory.problem for inventory in inventories) else 0


@data.command("list")
def data_list() -> None:
    """Every dataset that can be read, and the files by which it is known."""
    from ganbodypose.datasets.registry import DATASETS

    for dataset in DATASETS.values():
        print(f"{dataset.name:18}{dataset.title:60}{' or '.join(dataset.marks)}")


def _print(inventory: Inventory) -> None:
    print(f"{inventory.path}: {inventory.title} ({inventory.dataset})")
    if inventory.pictures:
        print(f"  {inventory.pictures} pictures, {inventory.people} people")
    else:
        minutes, subjects = inventory.seconds / 60, len(inventory.subjects)
        print(
            f"  {inventory.clips} clips, {inventory.frames} frames, {minutes:.1f} minutes, "
            f"{subjects or 'unnamed'} {'subject' if subjects == 1 else 'subjects'}"
        )
    for part in inventory.missing:
        print(f"  missing: {part}")
    if inventory.problem:
        print(f"  problem: {inventory.problem}")
