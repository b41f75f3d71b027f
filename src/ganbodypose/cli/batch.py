"""`ganbodypose batch`: many recordings in, a folder of results for each out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ganbodypose.cli.common import (
    DEFAULT_DETECTOR,
    INTERRUPTED,
    CameraFile,
    Detector,
    Fov,
    Height,
    Json,
    Mode,
    NoOverlay,
    NoReport,
    Out,
    Persons,
    app,
    fail,
)
from ganbodypose.io.text import as_json_text

if TYPE_CHECKING:
    from ganbodypose.batch.run import BatchProgress, BatchSummary


@app.command()
def batch(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Videos, folders, patterns ('trials/**/*.mp4'), URLs (s3://...), or lists (.csv, .jsonl, .txt).",
        ),
    ],
    out: Out,
    processes: Annotated[
        int | None,
        typer.Option(metavar="N", help="How many at the same time.", show_default="one for each core"),
    ] = None,
    ray: Annotated[
        str | None, typer.Option(metavar="local|ADDRESS", help="Work on this Ray cluster instead.")
    ] = None,
    retries: Annotated[int, typer.Option(metavar="N", help="Further attempts after a crash.")] = 2,
    time_limit: Annotated[
        float, typer.Option(metavar="S", help="The longest that one recording may take, in seconds.")
    ] = 86400.0,
    camera: CameraFile = None,
    fov: Fov = None,
    height: Height = None,
    mode: Mode = "live",
    detector: Detector = DEFAULT_DETECTOR,
    persons: Persons = None,
    fps: Annotated[
        float | None, typer.Option(metavar="RATE", help="Rate of folders of images and of keypoints.")
    ] = None,
    no_overlay: NoOverlay = False,
    no_report: NoReport = False,
    no_table: Annotated[bool, typer.Option("--no-table", help="Do not write poses.parquet.")] = False,
    as_json: Json = False,
) -> int:
    """3D motion from many recordings. Run it again to go on: what is done stays as it is.

    Each gets a folder in DIR, as `ganbodypose run` fills it. Over all of them: batch.html, manifest.jsonl with a
    line for each and why it failed, and poses.parquet.
    """
    from ganbodypose.batch.run import BatchOptions, run_batch
    from ganbodypose.jobs.options import RunOptions

    pose = RunOptions(
        detector=detector,
        camera=camera,
        fov_deg=fov,
        height_m=height,
        persons=persons,
        mode=mode,
        fps=fps,
        overlay=not no_overlay,
        report=not no_report,
    )
    options = BatchOptions(pose, processes, ray, retries, time_limit, table=not no_table)
    try:
        with _progress() as show:
            summary = run_batch(inputs, out, options, show)
    except KeyboardInterrupt:
        return fail("interrupted; run the same command again to go on", INTERRUPTED)
    if as_json:
        print(as_json_text(summary.as_json()))
    else:
        _print_summary(summary)
    if summary.halted:
        return fail(summary.halted, 1)
    return 1 if summary.failed else 0


@contextmanager
def _progress() -> Iterator[Callable[[BatchProgress], None]]:
    """A bar with the time left, on standard error."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        progress.BarColumn(),
        progress.TextColumn("{task.fields[done]} of {task.fields[all]} done, {task.fields[failed]} failed"),
        progress.TimeRemainingColumn(elapsed_when_finished=True),
    )
    with progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", done=0, all=0, failed=0)

        def show(now: BatchProgress) -> None:
            bar.update(
                task,
                total=now.total - now.before,  # what was done before took no time
                completed=now.done + now.failed - now.before,
                done=now.done,
                all=now.total,
                failed=now.failed,
            )

        yield show


def _print_summary(summary: BatchSummary) -> None:
    before = f" ({summary.before} of them before)" if summary.before else ""
    print(
        f"{len(summary.done)} of {summary.total} recordings done{before}, {len(summary.failed)} failed, "
        f"in {summary.elapsed_s:.1f} s"
    )
    for path in summary.files.values():
        print(f"  {path}")
    for line in summary.failed:
        print(f"failed: {line['name']}: {line['error']}", file=sys.stderr)
    for line in summary.done:
        if line["damaged"]:
            print(f"warning: {line['name']}: {' '.join(line['warnings'][-1:])}", file=sys.stderr)
