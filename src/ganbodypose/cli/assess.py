"""`ganbodypose assess`: how good the poses of a recording are, and how the movement was."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganbodypose.cli.common import Json, WithDefault, app
from ganbodypose.io.text import as_json_text

assess_app = typer.Typer(cls=WithDefault, help="How good poses and movement of a recording are.")
app.add_typer(assess_app, name="assess")


@assess_app.command("recordings", epilog="`ganbodypose assess fit --help` tells how to teach it a movement.")
def assess(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULT...", help="poses.npz of a run, or files of other programs and depth sensors."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write a page, JSON and CSV there; of several RESULTs what changed, too."
        ),
    ] = None,
    person: Annotated[
        int | None, typer.Option(metavar="ID", help="Whom to assess.", show_default="the longest seen")
    ] = None,
    joint_error: Annotated[
        float | None,
        typer.Option(metavar="M", help="Expected error of a joint in metres, for files that state none."),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The movement as it should be: compare with it, repetition by repetition."
        ),
    ] = None,
    reference_person: Annotated[
        int | None, typer.Option(metavar="ID", help="Who in the reference is meant, if it holds several.")
    ] = None,
    exercise: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|MODEL", help="Judge every repetition: deep-squat, ... or a file of `assess fit`."
        ),
    ] = None,
    own: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="The same person doing it well (best: 3 repetitions); may be repeated."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Findings, one line each, about the poses and the movement in every RESULT."""
    from ganbodypose.jobs.assess import AssessOptions, assess_files, write_progress

    options = AssessOptions(person, joint_error, reference, exercise, tuple(own or ()), reference_person)
    assessed = assess_files(results, out, options)
    progress = write_progress(assessed, out) if out is not None and len(assessed) > 1 else {}
    if as_json:
        files = {name: str(path) for name, path in progress.items()}
        print(as_json_text({"assessments": [one.as_json() for one in assessed], "files": files}))
        return
    for one in assessed:
        whom = f" (person {one.assessment.track_id} of {one.people}; --person takes another)"
        print(f"{one.source}{whom if one.people > 1 else ''}")
        for line in (*one.assessment.findings, *map(str, one.files.values())):
            print(f"  {line}")
    if progress:
        print("From the first to the last:", *progress.values(), sep="\n  ")
