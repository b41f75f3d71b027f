"""`ganbodypose paper`: the paper's tables and Figure 10, its numbers beside ours and its rivals'."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ganbodypose.cli.common import Data, Json, Out, app
from ganbodypose.io.text import as_json_text


@app.command()
def paper(
    experiment: Annotated[
        str,
        typer.Argument(metavar="WHAT", help="table1, table2, table3, table4, figure10, all, or published."),
    ],
    data: Data,
    out: Out = Path("paper-results"),
    work: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the trainings and scores.", show_default="that of --out"),
    ] = None,
    protocol: Annotated[
        str,
        typer.Option(
            "--protocol",
            "--dataset",
            metavar="A,B,...",
            help="Protocols to judge on, as in `ganbodypose evaluate`.",
            show_default="mocap; for all, the open data there is",
        ),
    ] = "",
    runs: Annotated[
        list[Path] | None,
        typer.Option(
            "--run", metavar="DIR", help="A trained network (repeat); its folder of `ganbodypose train`."
        ),
    ] = None,
    models: Annotated[
        str, typer.Option(metavar="A,B,...", help="Networks to compare instead of the table's own.")
    ] = "",
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="MIN", help="Train each network for so much CPU time; goes on where it was stopped."
        ),
    ] = None,
    ablation_minutes: Annotated[
        float | None,
        typer.Option(metavar="MIN", help="all: for Table 3 and Figure 10.", show_default="as --minutes"),
    ] = None,
    recordings: Annotated[
        int | None, typer.Option(metavar="N", help="Judge on the first N recordings only, to try it out.")
    ] = None,
    picture: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Picture or video for panel A of figure10; all: a video to corrupt, too."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """A table or figure of the paper, with its published numbers, from trained networks or by training them.

    all: everything on one page, results.md. published: the published networks' rows of such a page measured again.
    """
    from ganbodypose.experiments.options import PaperOptions
    from ganbodypose.experiments.paper import make

    options = PaperOptions(
        data,
        out,
        _names(protocol),
        _names(models),
        tuple(runs or ()),
        minutes,
        ablation_minutes,
        recordings,
        work,
        picture,
    )
    result = make(experiment, options, lambda line: print(line, file=sys.stderr, flush=True))
    print(as_json_text(result.as_json) if as_json else result.text)
    for path in result.files if not as_json else ():
        print(f"  {path}")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
