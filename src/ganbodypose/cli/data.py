"""`ganbodypose data`: what recorded data there is, and pairs rendered from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganbodypose.cli.common import DEFAULT_DETECTOR, Data, Json, Out, app, frame_progress
from ganbodypose.io.text import as_json_text

if TYPE_CHECKING:
    from ganbodypose.datasets.inventory import Inventory

data = typer.Typer(
    help="Datasets of human motion: what is there, what is missing; pairs rendered from them.",
    no_args_is_help=True,
)
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


@data.command("render")
def data_render(
    out: Out,
    data_dir: Data,
    clips: Annotated[int, typer.Option(metavar="N", help="Clips that the folder is to hold.")] = 1000,
    detector: Annotated[
        str, typer.Option(metavar="NAME", help="blazepose-full, -lite, -heavy, or onnx:FILE for your own.")
    ] = DEFAULT_DETECTOR,
    seed: Annotated[int, typer.Option(help="Of bodies, motions, cameras, everything.")] = 0,
    processes: Annotated[int, typer.Option(metavar="P", help="Clips made at the same time.")] = 1,
    split: Annotated[
        str, typer.Option(metavar="NAME", help="Motions and backgrounds of train, val or test.")
    ] = "train",
    frames: Annotated[int, typer.Option(metavar="N", help="Length of a clip, 25 frames a second.")] = 48,
    as_json: Json = False,
) -> None:
    """Render people and let a detector look at them: pairs of keypoints and true 3D joints.

    Run again with the same options to go on after an interruption; needs the extra "render".
    """
    from ganbodypose.core import how_many
    from ganbodypose.training.pairs.render import render
    from ganbodypose.training.pairs.shards import RenderSettings, checked_split

    settings = RenderSettings(seed, detector, checked_split(split), frames)
    with frame_progress() as show:
        summary = render(out, clips, data_dir, settings, processes, show)
    if as_json:
        print(as_json_text(vars(summary)))
    else:
        made = f"{how_many(summary.made, 'clip')} ({how_many(summary.frames, 'frame')})"
        print(f"{made} made; {out} holds {summary.wanted}")


def _print(inventory: Inventory) -> None:
    from ganbodypose.core import how_many

    print(f"{inventory.path}: {inventory.title} ({inventory.dataset})")
    if inventory.pictures:
        people = how_many(inventory.people, "person", "people")
        print(f"  {how_many(inventory.pictures, 'picture')}, {people}")
    else:
        number = len(inventory.subjects)
        subjects = how_many(number, "subject") if number else "unnamed subjects"
        print(
            f"  {how_many(inventory.clips, 'clip')}, {how_many(inventory.frames, 'frame')}, "
            f"{inventory.seconds / 60:.1f} minutes, {subjects}"
        )
    for part in inventory.missing:
        print(f"  missing: {part}")
    if inventory.problem:
        print(f"  problem: {inventory.problem}")
