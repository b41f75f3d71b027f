"""What the commands share: the application, common options, how failures are told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

INTERRUPTED = 130  # what a shell reports after Ctrl-C

app = typer.Typer(
    help="3D human motion from ordinary video, with a calibrated error for every joint.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results; made if missing.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


def fail(message: str, code: int) -> int:
    """Tell on standard error, in one line, and give back the exit code."""
    if message:  # none where the help was printed instead
        print("error:", " ".join(message.split()), file=sys.stderr)
    return code
