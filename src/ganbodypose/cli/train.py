"""`ganbodypose train`: train a lifting network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganbodypose.cli.common import app


@app.command()
def train(
    preset: Annotated[str, typer.Option(metavar="NAME", help="live, studio, paper-..., or a baseline.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the run: checkpoint and logs.")],
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="GANBODYPOSE_DATA", help="Folder with mocap/ and pairs/.")
    ],
    cpu_minutes: Annotated[float, typer.Option(metavar="MIN", help="Budget in CPU time.")] = 60.0,
    steps: Annotated[int, typer.Option(metavar="N", help="Budget in steps instead.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the initial weights and of all data.")] = 1,
    threads: Annotated[int, typer.Option(metavar="N", help="For each process.")] = 1,
    devices: Annotated[int, typer.Option(metavar="N", help="Processes or GPUs on this machine.")] = 1,
    shards: Annotated[
        int,
        typer.Option(metavar="N", help="Parts of a step's windows, each drawn for itself; 0: one a process."),
    ] = 0,
    precision: Annotated[str, typer.Option(help="bf16-mixed, 32-true or 16-mixed.")] = "bf16-mixed",
    rendered: Annotated[
        int, typer.Option(metavar="N", help="Of a step's 48 windows, rendered people as a detector saw them.")
    ] = 12,
    borrowed: Annotated[
        int,
        typer.Option(
            metavar="N", help="Of a step's windows of motion, with a real detector's errors (from pairs)."
        ),
    ] = 0,
    init: Annotated[Path | None, typer.Option(metavar="FILE", help="Start from these weights.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
) -> None:
    """Train a lifting network on recorded motion; needs the extra "train"."""
    from ganbodypose.core import UserError
    from ganbodypose.training.config import TrainConfig
    from ganbodypose.training.loop import CHECKPOINT
    from ganbodypose.training.train import TrainOptions
    from ganbodypose.training.train import train as run

    if not resume and (out / CHECKPOINT).exists():
        raise UserError(f"{out} holds a run: go on with it (--resume), or choose another folder (--out).")
    windows = TrainConfig.share_of_motion(rendered, borrowed)
    config = TrainConfig(cpu_minutes=cpu_minutes, steps=steps, seed=seed, shards=shards, **windows)
    run(TrainOptions(preset, data, out, config, threads, precision, devices, init, resume))
