"""`ganbodypose robustness`: what corrupted pictures and keypoints do to poses, and whether the quality tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganbodypose.cli.common import DEFAULT_DETECTOR, Json, app, frame_progress
from ganbodypose.io.text import as_json_text

if TYPE_CHECKING:
    from ganbodypose.protocols.robustness import Robustness


@app.command()
def robustness(
    videos: Annotated[
        list[str] | None, typer.Argument(metavar="VIDEO...", help="Videos with people; or see --protocol.")
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            "--protocol", "--dataset", metavar="NAME", help="One of `evaluate`: keypoints, against the truth."
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", envvar="GANBODYPOSE_DATA", help="Folder of the dataset.")
    ] = None,
    corruption: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this one; may be repeated.", show_default="all"),
    ] = None,
    level: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Only this level, 1 to 5; may be repeated.", show_default="all"),
    ] = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="Lifting network.")] = "live",
    detector: Annotated[str, typer.Option(metavar="NAME", help="Keypoint detector.")] = DEFAULT_DETECTOR,
    seconds: Annotated[
        float | None, typer.Option(metavar="S", help="Only the first seconds of each video.")
    ] = None,
    trials: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many recordings of the protocol, spread over it.")
    ] = 64,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write robustness.json and robustness.html there; made if missing."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Error and pose quality over five levels of noise, blur, darkness, fog, patches, lost joints and more."""
    from ganbodypose.io.atomic import make_folder
    from ganbodypose.jobs import robustness as job
    from ganbodypose.jobs.robustness_video import robustness_on_videos
    from ganbodypose.report.chart_page import require_plots

    if bool(videos) == bool(protocol):
        raise typer.BadParameter("give videos, or --protocol NAME")
    options = job.RobustnessOptions(
        tuple(corruption or ()), tuple(level or job.LEVELS), model, detector, seconds, trials
    )
    if out:
        require_plots()
        make_folder(out)  # before the work
    with frame_progress() as show:
        if protocol:
            if data is None:
                raise typer.BadParameter("name the folder of the dataset with --data")
            result = job.robustness_on_dataset(protocol, data, options, show)
        else:
            result = robustness_on_videos(videos or [], options, show)
    files = job.write_files(result, out) if out else []
    if as_json:
        print(as_json_text(result.as_json()))
        return
    _print_table(result)
    for path in files:
        print(f"  {path}")


def _print_table(result: Robustness) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{result.source}, errors against {result.truth}", title_justify="left")
    table.add_column("corruption")
    for column in ("level", "no pose", "MPJPE mm", "PA-MPJPE mm", "expected mm", "quality"):
        table.add_column(column, justify="right")
    for above, point in zip((None, *(p.corruption for p in result.points)), result.points, strict=False):
        table.add_row(
            "" if point.corruption == above else point.corruption,
            str(point.level),
            f"{point.missing:.0%}",
            f"{point.mpjpe_mm:.1f}",
            f"{point.pa_mpjpe_mm:.1f}",
            f"{point.expected_error_mm:.1f}",
            f"{point.pose_quality:.3f}",
        )
    Console().print(table)
    print(f"Rank correlation of error and lack of quality, frame by frame: {result.spearman_frames:.2f}")
    for name, value in result.spearman_levels.items():
        print(
            f"  over the levels of {name}: {value:.2f}; of the level itself: {result.spearman_quality[name]:.2f}"
        )
