"""What the commands share: the application, common options, how failures are told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core

DEFAULT_DETECTOR = "blazepose-full"  # as in `detect`, without loading NumPy
INTERRUPTED = 130  # what a shell reports after Ctrl-C
_ORDER = (
    *("demo", "run", "live", "batch", "assess", "convert"),
    *("models", "data", "evaluate", "robustness", "paper", "train", "export"),
)


class InOrder(typer.core.TyperGroup):
    """Commands as they are needed, those for everybody first; without this the help has them by file."""

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return sorted(self.commands, key=_ORDER.index)


app = typer.Typer(
    cls=InOrder,
    help="3D human motion from ordinary video, with a calibrated error for every joint.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results; made if missing.")]
Data = Annotated[
    Path,
    typer.Option("--data", metavar="DIR", envvar="GANBODYPOSE_DATA", help="Folder of the recorded data."),
]
CameraFile = Annotated[
    Path | None,
    typer.Option(
        "--camera",
        metavar="FILE",
        help="Camera calibration: Calib TOML (of several cameras: FILE#NAME), or OpenCV YAML, JSON or XML.",
    ),
]
Fov = Annotated[
    float | None,
    typer.Option(
        "--fov",
        metavar="DEG",
        help="Field of view across the picture's longer side.",
        show_default="55, assumed",
    ),
]
Height = Annotated[
    float | None, typer.Option("--height", metavar="M", help="Body height in metres: sets the scale.")
]
Detector = Annotated[
    str,
    typer.Option(
        "--detector",
        metavar="NAME",
        help="Keypoints by blazepose-full, -lite (faster), -heavy (slower), onnx:FILE or rtmo:FILE.",
    ),
]
Mode = Annotated[
    str,
    typer.Option(
        "--mode",
        metavar="NAME",
        help="live (sees the past only), studio (the whole recording: better, slower), or an .onnx file.",
    ),
]
Persons = Annotated[
    int | None,
    typer.Option("--persons", metavar="N", help="Follow at most N people.", show_default="everybody"),
]
Size = Annotated[
    str | None, typer.Option("--size", metavar="WxH", help="Picture size of 2D keypoints, e.g. 1920x1080.")
]
NoOverlay = Annotated[bool, typer.Option("--no-overlay", help="Do not write overlay.mp4.")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Do not write report.html.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


class WithDefault(typer.core.TyperGroup):
    """A group of commands whose first one is meant where none is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


def fail(message: str, code: int) -> int:
    """Tell on standard error, in one line, and give back the exit code."""
    if message:  # none where the help was printed instead
        print("error:", " ".join(message.split()), file=sys.stderr)
    return code


@contextmanager
def frame_progress() -> Iterator[Callable[[int, int | None], None]]:
    """show(frames done, of how many or None): a bar with rate and time left, on standard error."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    bar = progress.Progress(
        progress.BarColumn(),
        progress.TextColumn("{task.completed} of {task.fields[of]} frames"),
        progress.TextColumn("{task.fields[rate]:.1f} frames/s"),
        progress.TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=None, of="?", rate=0.0)

        def show(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total, of=total or "?", rate=bar.tasks[task].speed or 0.0)

        yield show
