"""`ganbodypose export`: a trained network as the file that `run` uses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganbodypose.cli.common import Json, app
from ganbodypose.io.text import as_json_text


@app.command()
def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run of `ganbodypose train`.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for NAME.onnx and its model card.")],
    data: Annotated[
        Path, typer.Option(metavar="DIR", envvar="GANBODYPOSE_DATA", help="Folder with mocap/ and pairs/.")
    ],
    name: Annotated[str, typer.Option(help="Name of the network.")] = "live",
    both_ways: Annotated[
        bool, typer.Option("--both-ways", help="For whole recordings: forwards, backwards and mirrored.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Calibrate a trained network on validation data, test it, and write ONNX and model card."""
    from dataclasses import asdict

    from ganbodypose.training.publish import publish

    card = publish(run, data, name, out, both_ways)
    if as_json:
        print(as_json_text(asdict(card)))
        return
    for kind, scores in card.scores["test"].items():
        print(f"{kind:12} MPJPE {scores['mpjpe_mm']:.1f} mm")
    print(out / f"{name}.onnx")
