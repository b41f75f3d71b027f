"""The command line: parse, call, print; no logic. Heavy modules are imported inside the commands."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ganbodypose import __version__
from ganbodypose.core import UserError

if TYPE_CHECKING:
    from ganbodypose.detect.weights import Asset
    from ganbodypose.jobs import Progress, RunOptions, RunSummary

INTERRUPTED = 130  # what a shell reports after Ctrl-C
# What typer raises for all wrong usage: the base of BadParameter, which has no public name.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])

app = typer.Typer(
    help="3D human motion from ordinary video, with a calibrated error for every joint.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models = typer.Typer(
    help="The files fetched on first use: detector weights, demo video.", no_args_is_help=True
)
app.add_typer(models, name="models")


def main() -> None:
    """Entry point. Whatever the user can mend is one line on standard error."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("ganbodypose").setLevel(logging.INFO)
    try:
        code = app(standalone_mode=False)
    except UserError as error:
        code = _fail(str(error), 1)
    except _UsageError as error:
        code = _fail(error.format_message(), 2)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    sys.exit(code)


def _fail(message: str, code: int) -> int:
    if message:  # none where the help was printed instead
        print("error:", " ".join(message.split()), file=sys.stderr)
    return code


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


Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results; made if missing.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


@app.command()
def run(
    video: Annotated[
        str,
        typer.Argument(metavar="VIDEO", help="A video, an image, a folder of images, or 0 for the webcam."),
    ],
    out: Out,
    camera: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Intrinsics: Calib TOML, or OpenCV YAML or JSON."),
    ] = None,
    fov: Annotated[
        float | None,
        typer.Option(metavar="DEG", help="Field of view across the longer side (without it 55 is assumed)."),
    ] = None,
    height: Annotated[
        float | None, typer.Option(metavar="M", help="Body height in metres: sets the scale.")
    ] = None,
    mode: Annotated[
        str, typer.Option(metavar="NAME", help="Lifting network: live (sees the past only).")
    ] = "live",
    detector: Annotated[
        str, typer.Option(metavar="NAME", help="blazepose-full, blazepose-lite or blazepose-heavy.")
    ] = "blazepose-full",
    persons: Annotated[
        int | None, typer.Option(metavar="N", help="Follow at most N people (without it everybody).")
    ] = None,
    start: Annotated[float | None, typer.Option(metavar="S", help="Begin at this second.")] = None,
    end: Annotated[float | None, typer.Option(metavar="S", help="Stop before this second.")] = None,
    image_fps: Annotated[
        float | None, typer.Option(metavar="RATE", help="Pictures per second of a folder of images.")
    ] = None,
    no_overlay: Annotated[bool, typer.Option("--no-overlay", help="Do not write overlay.mp4.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Do not write report.html.")] = False,
    as_json: Json = False,
) -> int:
    """3D motion of the people in VIDEO: poses.npz, overlay.mp4 and report.html."""
    from ganbodypose.jobs import RunOptions

    options = RunOptions(
        detector=detector,
        camera=camera,
        fov_deg=fov,
        height_m=height,
        persons=persons,
        mode=mode,
        start_s=start,
        end_s=end,
        image_fps=image_fps,
        overlay=not no_overlay,
        report=not no_report,
    )
    return _run(video, out, options, as_json)


@app.command()
def demo(out: Out = Path("demo-output"), as_json: Json = False) -> int:
    """Fetch the weights and a real video of an athlete, and run the main job on it."""
    from ganbodypose.detect.weights import demo_video_path
    from ganbodypose.jobs import RunOptions

    return _run(str(demo_video_path()), out, RunOptions(), as_json)


@app.command()
def convert(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="poses.npz of a run, or a file of another program.")
    ],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="The file to write; its ending is the format.")
    ],
    person: Annotated[
        int | None, typer.Option(metavar="ID", help="Only this person [default: all, or the longest seen].")
    ] = None,
    min_quality: Annotated[
        float | None, typer.Option(metavar="Q", help="Leave out frames of a pose quality below this, 0 to 1.")
    ] = None,
    max_error: Annotated[
        float | None, typer.Option(metavar="M", help="Leave out joints of a larger expected error in metres.")
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(metavar="RATE", help="Frames per second to write [default: the recording's]."),
    ] = None,
) -> None:
    """The recording in IN as another kind of file: .npz .csv .trc .bvh"""
    from ganbodypose.io.formats import WriteOptions
    from ganbodypose.io.formats import convert as convert_file

    options = WriteOptions(track_id=person, min_quality=min_quality, max_error_m=max_error, fps=fps)
    notes = convert_file(source, target, options)
    print(target)
    for note in notes:
        print(f"  {note}")


@models.command("list")
def models_list(as_json: Json = False) -> None:
    """What can be fetched, from where, and whether it is here."""
    from ganbodypose.detect.weights import cached_path, list_models

    assets = [(asset, cached_path(asset.name)) for asset in list_models()]
    if as_json:
        print(json.dumps([_model_json(asset, path) for asset, path in assets]))
        return
    for asset, path in assets:
        size = f"{asset.size_bytes / 1e6:.1f} MB"
        source = f"{asset.package.licence:14}{asset.package.title:32}"
        print(f"{asset.name:22}{size:>9}  {source}{path or 'not fetched yet'}")


def _model_json(asset: Asset, path: Path | None) -> dict[str, str | int | None]:
    return {
        "name": asset.name,
        "size_bytes": asset.size_bytes,
        "licence": asset.package.licence,
        "package": asset.package.title,
        "sha256": asset.sha256,
        "path": str(path) if path else None,
    }


@models.command("pull")
def models_pull(
    names: Annotated[list[str] | None, typer.Argument(help="What to fetch (without it everything).")] = None,
) -> None:
    """Fetch weights and the demo video into the user's cache."""
    from ganbodypose.detect.weights import list_models, weights_path

    for name in names or [asset.name for asset in list_models()]:
        print(f"{name}  {weights_path(name)}")


@models.command("path")
def models_path(name: Annotated[str, typer.Argument(help="One of `ganbodypose models list`.")]) -> None:
    """Print where a file lies; fetch it first if need be."""
    from ganbodypose.detect.weights import weights_path

    print(weights_path(name))


def _run(video: str, out: Path, options: RunOptions, as_json: bool) -> int:
    from ganbodypose.jobs import run_video

    try:
        with _progress_bar() as on_progress:
            summary = run_video(video, out, options, on_progress)
    except KeyboardInterrupt:
        return _fail("interrupted, nothing was written", INTERRUPTED)
    if as_json:
        print(json.dumps(summary.as_json()))
    else:
        _print_summary(summary)
    for warning in summary.warnings:
        print("warning:", warning, file=sys.stderr)
    if summary.interrupted:
        return INTERRUPTED
    return 1 if summary.damaged else 0


def _print_summary(summary: RunSummary) -> None:
    people = len(summary.frames_per_person)
    print(
        f"{people} {'person' if people == 1 else 'people'} in {summary.frames} frames, "
        f"done in {summary.elapsed_s:.1f} s ({summary.frames / summary.elapsed_s:.1f} frames per second)"
    )
    for path in summary.files.values():
        print(f"  {path}")


@contextmanager
def _progress_bar() -> Iterator[Callable[[Progress], None]]:
    """Frames done, frame rate and time left, on standard error."""
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

        def show(now: Progress) -> None:
            rate = bar.tasks[task].speed or 0.0
            bar.update(
                task, completed=now.frames, total=now.frames_total, of=now.frames_total or "?", rate=rate
            )

        yield show


if __name__ == "__main__":
    main()
