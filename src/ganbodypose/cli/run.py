"""`ganbodypose run` and `ganbodypose demo`: one video in, one folder of results out."""

from __future__ import annotations

import sys
from pathlib import Path
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
    Size,
    app,
    fail,
    frame_progress,
)
from ganbodypose.io.text import as_json_text

if TYPE_CHECKING:
    from ganbodypose.jobs.options import RunOptions
    from ganbodypose.jobs.run import RunSummary


@app.command()
def run(
    video: Annotated[
        str,
        typer.Argument(
            metavar="VIDEO", help="A video, an image, a folder of images, 0 for the webcam, or 2D keypoints."
        ),
    ],
    out: Out,
    camera: CameraFile = None,
    fov: Fov = None,
    height: Height = None,
    mode: Mode = "live",
    detector: Detector = DEFAULT_DETECTOR,
    persons: Persons = None,
    start: Annotated[float | None, typer.Option(metavar="S", help="Begin at this second.")] = None,
    end: Annotated[float | None, typer.Option(metavar="S", help="Stop before this second.")] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            "--fps", "--image-fps", metavar="RATE", help="Rate of a folder of images or of keypoints."
        ),
    ] = None,
    filmed_at: Annotated[
        float | None,
        typer.Option(
            metavar="RATE", help="True rate of a slow-motion video, e.g. 240, if it plays slowed down."
        ),
    ] = None,
    size: Size = None,
    parts: Annotated[
        str,
        typer.Option(
            metavar="N|auto", help="Work on a long video in N parts at a time; auto: one for each core."
        ),
    ] = "1",
    no_overlay: NoOverlay = False,
    no_report: NoReport = False,
    as_json: Json = False,
) -> int:
    """3D motion of the people in VIDEO: poses.npz, overlay.mp4 and report.html.

    Keypoints of OpenPose, AlphaPose, MMPose, rtmlib or MediaPipe (a file or folder; --size, --fps) need no video.
    """
    from ganbodypose.jobs.options import RunOptions, parts_of_text, size_of_text

    options = RunOptions(
        detector=detector,
        camera=camera,
        fov_deg=fov,
        height_m=height,
        persons=persons,
        mode=mode,
        start_s=start,
        end_s=end,
        fps=fps,
        filmed_fps=filmed_at,
        size_wh=None if size is None else size_of_text(size),
        parts=parts_of_text(parts),
        overlay=not no_overlay,
        report=not no_report,
    )
    return _run(video, out, options, as_json)


@app.command()
def demo(out: Out = Path("demo-output"), as_json: Json = False) -> int:
    """Try it: fetch the detector's weights and a real video of an athlete, and do what `run` does."""
    from ganbodypose.detect.weights import demo_video_path
    from ganbodypose.jobs.options import RunOptions

    return _run(str(demo_video_path()), out, RunOptions(), as_json)


def _run(video: str, out: Path, options: RunOptions, as_json: bool) -> int:
    from ganbodypose.jobs.run import run_video

    try:
        with frame_progress() as show:
            summary = run_video(video, out, options, lambda now: show(now.frames, now.frames_total))
    except KeyboardInterrupt:
        return fail("interrupted, nothing was written", INTERRUPTED)
    if as_json:
        print(as_json_text(summary.as_json()))
    else:
        _print_summary(summary)
    if summary.parts == 1 < options.parts:
        print(
            "note: in one part: too short, nowhere to enter in the middle, --persons or --filmed-at",
            file=sys.stderr,
        )
    for warning in summary.warnings:
        print("warning:", warning, file=sys.stderr)
    if summary.interrupted:
        return INTERRUPTED
    return 1 if summary.damaged else 0


def _print_summary(summary: RunSummary) -> None:
    from ganbodypose.core import how_many

    people = how_many(len(summary.frames_per_person), "person", "people")
    parts = f" in {summary.parts} parts" if summary.parts > 1 else ""
    print(
        f"{people} in {how_many(summary.frames, 'frame')}, "
        f"done{parts} in {summary.elapsed_s:.1f} s ({summary.frames / summary.elapsed_s:.1f} frames per second)"
    )
    for path in summary.files.values():
        print(f"  {path}")
