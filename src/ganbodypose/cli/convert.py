"""`ganbodypose convert`: a recording as another kind of file."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ganbodypose.cli.common import Size, app


class Gaps(str, Enum):
    """What becomes of missing joints."""

    MISSING = "missing"
    REPAIR = "repair"


@app.command()
def convert(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN", help="poses.npz of a run, a file of another program, or 2D keypoints (with --size)."
        ),
    ],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="The file to write; its ending is the format.")
    ],
    person: Annotated[
        int | None,
        typer.Option(metavar="ID", help="Only this person.", show_default="all, or the longest seen"),
    ] = None,
    min_quality: Annotated[
        float | None, typer.Option(metavar="Q", help="Leave out frames of a pose quality below this, 0 to 1.")
    ] = None,
    max_error: Annotated[
        float | None, typer.Option(metavar="M", help="Leave out joints of a larger expected error in metres.")
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            metavar="RATE",
            help="Frames per second to write (points, skeletons, angles); also of 2D keypoints without times.",
            show_default="the recording's",
        ),
    ] = None,
    size: Size = None,
    gaps: Annotated[
        Gaps, typer.Option(help="Missing and left-out joints stay missing, or are filled and marked.")
    ] = Gaps.MISSING,
    smooth: Annotated[
        float | None,
        typer.Option(metavar="HZ", help="Smooth away what is faster than this (walking: 6, throwing: 12)."),
    ] = None,
    hold_feet: Annotated[bool, typer.Option("--hold-feet", help="Standing feet are held still.")] = False,
    on_floor: Annotated[
        bool,
        typer.Option(
            "--on-floor", help="Points and skeletons: the floor is y = 0, the person begins at the origin."
        ),
    ] = False,
) -> None:
    """The recording in IN as another kind of file.

    IN and OUT: .npz .csv .parquet .nc (tables) .trc .c3d (points) .bvh .glb .usda .usdc (skeletons).
    OUT only: .mot (joint angles) .json (COCO results, 2D). With --size, IN are 2D keypoints of OpenPose,
    AlphaPose, MMPose, rtmlib or MediaPipe (a file or folder), which are lifted to 3D on the way.
    """
    from ganbodypose.io.formats import WriteOptions
    from ganbodypose.jobs.convert import convert as convert_file
    from ganbodypose.jobs.options import size_of_text
    from ganbodypose.quality.repair.repair import RepairOptions

    options = WriteOptions(
        track_id=person, min_quality=min_quality, max_error_m=max_error, fps=fps, on_floor=on_floor
    )
    repairing = RepairOptions(fill=gaps is Gaps.REPAIR, smooth_hz=smooth, hold_feet=hold_feet)
    size_wh = None if size is None else size_of_text(size)
    notes = convert_file(source, target, options, repairing, size_wh)
    print(target)
    for note in notes:
        print(f"  {note}")
