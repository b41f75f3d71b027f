"""`ganbodypose assess fit`: learn what a movement is like when done well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ganbodypose.cli.assess import assess_app
from ganbodypose.cli.common import Json
from ganbodypose.io.text import as_json_text


@assess_app.command()
def fit(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Holds recordings in good/ and, better, bad/ too.")
    ],
    out: Annotated[Path, typer.Option(metavar="MODEL", help="The model to write, an .npz file.")],
    people: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Who is who: columns file and person.",
            show_default="the file's name up to its first '_'",
        ),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Every file is one repetition; else files that repeat are cut.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit a model of one movement on FOLDER/good and FOLDER/bad, and say how well it judges unknown people."""
    from rich.console import Console

    from ganbodypose.jobs.scoring import fit_folder

    console = Console(stderr=True)
    with console.status("reading") as status:
        fitted = fit_folder(folder, out, people, whole, lambda name: status.update(f"reading {name}"))
    if as_json:
        print(as_json_text(fitted.as_json()))
        return
    print(fitted.path)
    print(f"  {fitted.good} good and {fitted.bad} bad repetitions of {len(fitted.persons)} people")
    print(f"  {fitted.note}")
    for line in _validation(fitted.cross_validation or {}):
        print(f"  {line}")


def _validation(summary: Any) -> Iterator[str]:
    for name, title in (
        ("unknown_person", "an unknown person"),
        ("with_own_good_repetitions", "a person with 3 known good repetitions"),
    ):
        if (scores := summary.get(name)) is None:
            continue
        low, high = scores["interval_95"]
        yield (
            f"{title}: {scores['accuracy']:.1%} right (95 % interval over people {low:.0%} to {high:.0%}), "
            f"ROC AUC {scores['roc_auc']:.2f}"
        )
        by_person = ", ".join(f"{person} {share:.0%}" for person, share in scores["by_person"].items())
        yield f"  {by_person}"
