"""`ganbodypose evaluate`: the field's numbers of a network or of any tool's predictions."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganbodypose.cli.common import DEFAULT_DETECTOR, Data, Json, app, frame_progress
from ganbodypose.io.text import as_json_text

if TYPE_CHECKING:
    from ganbodypose.jobs.evaluate import Evaluation

COLUMNS = {
    "mpjpe_mm": "MPJPE mm",
    "pa_mpjpe_mm": "PA-MPJPE mm",
    "n_mpjpe_mm": "N-MPJPE mm",
    "pck150": "PCK 150 mm",
    "auc": "AUC",
    "spearman": "Spearman",
    "roc_auc_50mm": "ROC AUC 50 mm",
}


@app.command()
def evaluate(
    protocol: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="h36m-p1, h36m-p2, 3dhp, 3dpw, mocap, uiprmd, keraal, pairs or coco."
        ),
    ],
    data: Data,
    model: Annotated[
        str, typer.Option(metavar="NAME", help="Lifting network: a published one, or an .onnx file.")
    ] = "live",
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Score these instead: a folder, .npz, .trc, .json or .mat."),
    ] = None,
    own_3d: Annotated[
        bool, typer.Option("--own-3d", help="Score the detector's or sensor's own 3D instead.")
    ] = False,
    detector: Annotated[
        str, typer.Option(metavar="NAME", help="On coco: whose keypoints, unless --predictions are given.")
    ] = DEFAULT_DETECTOR,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write evaluation.json and evaluation.html there; made if missing."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Errors on a dataset by the protocol that papers use, with the quality of the expected errors."""
    from ganbodypose.jobs import evaluate as job
    from ganbodypose.report.chart_page import require_plots

    if out:
        require_plots()
    with frame_progress() as show:
        if protocol == job.COCO:
            evaluation = job.evaluate_coco(data, predictions, detector, show)
        else:
            subject = job.subject_of(model, predictions, own_3d)
            evaluation = job.evaluate(protocol, subject, data, show)
    files = job.write_files(evaluation, out) if out else []
    if as_json:
        print(as_json_text(evaluation.as_json()))
    elif evaluation.outcome is None:
        _print_numbers(evaluation)
    else:
        _print_table(evaluation)
    for note in evaluation.notes:
        print("note:", note, file=sys.stderr)
    for path in files if not as_json else []:
        print(f"  {path}")


def _print_numbers(evaluation: Evaluation) -> None:
    print(f"{evaluation.title}: {evaluation.subject}")
    scores = evaluation.scores | {
        f"AP {kind}": value for kind, value in evaluation.scores["joint_map"].items()
    }
    for name, value in scores.items():
        if isinstance(value, (int, float)):
            print(f"  {name:12} {value:.3f}" if isinstance(value, float) else f"  {name:12} {value}")


def _print_table(evaluation: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{evaluation.title}: {evaluation.subject}", title_justify="left")
    table.add_column("", overflow="fold")
    table.add_column("frames", justify="right")
    columns = [name for name in COLUMNS if name in evaluation.scores]
    for name in columns:
        quoted = name == evaluation.headline
        table.add_column(COLUMNS[name], justify="right", style="bold" if quoted else "")
    groups: Mapping[str, Any] = evaluation.scores["by_group"]
    for group, scores in groups.items():
        table.add_row(group, str(scores["frames"]), *(_cell(name, scores[name]) for name in columns))
    table.add_section()
    overall = (_cell(name, evaluation.scores[name]) for name in columns)
    table.add_row("all", str(evaluation.scores["frames"]), *overall)
    Console(soft_wrap=False).print(table)
    failed = evaluation.scores["failed_frames"]
    if failed:
        print(f"{failed} frames have no pose; they are left out of the means and wrong in PCK and AUC.")


def _cell(name: str, value: float) -> str:
    return f"{value:.1f}" if name.endswith("_mm") else f"{value:.3f}"
