"""`ganbodypose live`: poses while they happen, in the browser and to other programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganbodypose.cli.common import (
    DEFAULT_DETECTOR,
    CameraFile,
    Detector,
    Fov,
    Height,
    Json,
    Persons,
    app,
)
from ganbodypose.io.text import as_json_text

if TYPE_CHECKING:
    from ganbodypose.jobs.live import LiveStatus, LiveSummary


@app.command()
def live(
    source: Annotated[
        str, typer.Option(metavar="SOURCE", help="0 for the webcam, a video, rtsp://..., or - for a pipe.")
    ] = "0",
    to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="Send results there: vmc://, osc:// or ws://HOST:PORT, lsl://NAME, jsonl:FILE; repeatable.",
        ),
    ] = None,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="Replay a video at its own rate as if it were a camera.")
    ] = False,
    fps: Annotated[
        float | None, typer.Option(metavar="RATE", help="Rate of images or raw H.264, which carry no times.")
    ] = None,
    camera: CameraFile = None,
    fov: Fov = None,
    height: Height = None,
    detector: Detector = DEFAULT_DETECTOR,
    persons: Persons = None,
    smoothing: Annotated[
        float, typer.Option(metavar="0..1", help="Of the 3D motion: 0 as measured, 1 as calm as possible.")
    ] = 0.4,
    record: Annotated[
        bool, typer.Option("--record", help="Record from the start, without waiting for the viewer's button.")
    ] = False,
    recordings: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for recordings; made if missing.")
    ] = Path("recordings"),
    no_viewer: Annotated[bool, typer.Option("--no-viewer", help="No viewer in the browser.")] = False,
    host: Annotated[
        str,
        typer.Option(metavar="HOST", help="Serve the viewer there; others than this computer need a token."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="Port of the viewer.")] = 8080,
    token: Annotated[
        str | None, typer.Option(metavar="WORD", help="Token for viewer and ws://.", show_default="made up")
    ] = None,
    as_json: Json = False,
) -> None:
    """Poses of the people in SOURCE while they happen; Ctrl-C ends it."""
    from ganbodypose.jobs.live import LiveOptions, ViewerOptions, run_live
    from ganbodypose.jobs.options import PoseOptions

    options = LiveOptions(
        PoseOptions(detector, camera=camera, fov_deg=fov, height_m=height, persons=persons),
        fps=fps,
        smoothing=smoothing,
        real_time=realtime,
        receivers=tuple(to or ()),
        token=token,
        record=record,
        recordings=recordings,
        viewer=None if no_viewer else ViewerOptions(host, port, token),
    )
    with _status_line() as on_status:
        summary = run_live(source, options, _print_addresses, on_status)
    print(as_json_text(summary.as_json()) if as_json else _in_words(summary))
    for warning in summary.warnings:
        print("warning:", warning, file=sys.stderr)


def _print_addresses(addresses: tuple[str, ...]) -> None:
    for address in addresses:
        print(address, file=sys.stderr)


def _in_words(summary: LiveSummary) -> str:
    of = summary.statistics
    lines = [f"{of.frames} frames, {of.mean_frames_per_s:.1f} per second, {of.dropped} dropped"]
    if of.frames:
        lines[0] += (
            f"; delay p50 {of.delay_p50_ms:.0f}, p95 {of.delay_p95_ms:.0f}, p99 {of.delay_p99_ms:.0f} ms"
        )
    lines += [f"  {receiver.name}: {receiver.in_words()}" for receiver in summary.receivers]
    lines += [f"  {path}" for path in summary.recordings]
    return "\n".join(lines)


@contextmanager
def _status_line() -> Iterator[Callable[[LiveStatus], None]]:
    """Rate, delay and receivers, on standard error, while it runs."""
    from rich.console import Console
    from rich.status import Status

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with Status("waiting for the first picture", console=console) as line:

        def show(now: LiveStatus) -> None:
            of = now.statistics
            receivers = "".join(f" | {receiver.name} {receiver.in_words()}" for receiver in now.receivers)
            line.update(
                f"{of.frames_per_s:.1f} frames/s | delay p50 {of.delay_p50_ms:.0f} p95 {of.delay_p95_ms:.0f} "
                f"p99 {of.delay_p99_ms:.0f} ms | {of.dropped} dropped | persons {now.persons}{receivers}"
            )

        yield show
