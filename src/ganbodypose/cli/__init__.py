"""The command line: parse, call, print; no logic. Heavy modules are imported inside the commands.

One file a command (or family of commands); importing it registers it with `common.app`.
"""

from __future__ import annotations

import io
import logging
import sys
from typing import Annotated, cast

import typer

from ganbodypose import __version__
from ganbodypose.cli import (
    assess,
    assess_fit,
    batch,
    convert,
    data,
    evaluate,
    export,
    live,
    models,
    paper,
    robustness,
    run,
    train,
)
from ganbodypose.cli.common import INTERRUPTED, app, fail
from ganbodypose.core import UserError, pip_install

__all__ = [
    "app",
    "assess",
    "assess_fit",
    "batch",
    "convert",
    "data",
    "evaluate",
    "export",
    "live",
    "main",
    "models",
    "paper",
    "robustness",
    "run",
    "train",
]

# What typer raises for all wrong usage: the base of BadParameter, which has no public name.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
# Modules that a whole command is made of, and the extra that brings them; what only a part of one needs says so there.
_EXTRAS = dict.fromkeys(("torch", "lightning_fabric", "onnx", "onnxscript"), "train")


def main() -> None:
    """Entry point. Whatever the user can mend is one line on standard error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # As standard error is: a name that cannot be shown stops nothing.
        sys.stdout.reconfigure(errors="backslashreplace")
    logging.basicConfig(format="%(message)s")
    logging.getLogger("ganbodypose").setLevel(logging.INFO)
    try:
        code = app(standalone_mode=False)
    except UserError as error:
        code = fail(str(error), 1)
    except _UsageError as error:
        code = fail(error.format_message(), 2)
    except ModuleNotFoundError as error:
        code = fail(_needed(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    sys.exit(code)


def _needed(error: ModuleNotFoundError) -> str:
    """What to install; the error again where no extra brings it."""
    extra = _EXTRAS.get((error.name or "").partition(".")[0])
    if extra is None:
        raise error
    return f"This command needs the package {error.name}: {pip_install(extra)}."


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"ganbodypose {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version
