"""One experiment of the paper by name: made, written to files, and told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from ganbodypose.core import UserError
from ganbodypose.experiments.figure10 import Figure10, make_figure10, write_figure10
from ganbodypose.experiments.options import PaperOptions, Result, Say
from ganbodypose.experiments.renewal import renew_published
from ganbodypose.experiments.results import make_results, open_datasets
from ganbodypose.experiments.table import Table
from ganbodypose.experiments.tables import MODELS, make_table
from ganbodypose.io.atomic import replacing

EXPERIMENTS = (*MODELS, "figure10", "all", "published")


def make(experiment: str, options: PaperOptions, say: Say) -> Result:
    """UserError where the experiment is unknown or lacks what it needs."""
    if experiment not in EXPERIMENTS:
        raise UserError(f"There is no experiment {experiment!r}: choose one of {', '.join(EXPERIMENTS)}.")
    if not options.datasets:
        everything = experiment in ("all", "published")
        options = replace(options, datasets=open_datasets(options.data) if everything else ("mocap",))
    if experiment == "figure10":
        return _figure10(options, say)
    if experiment == "all":
        return make_results(options, say)
    if experiment == "published":
        return renew_published(options, say)
    table = make_table(experiment, options, say)
    return Result(table.markdown(), table.as_json(), write_table(table, options.out))


def write_table(table: Table, out: Path) -> list[Path]:
    """`name`.md and `name`.json in `out`, which is made if missing."""
    out.mkdir(parents=True, exist_ok=True)
    texts = {"md": table.markdown(), "json": json.dumps(table.as_json(), indent=1) + "\n"}
    for kind, text in texts.items():
        with replacing(out / f"{table.name}.{kind}") as part:
            part.write_text(text, encoding="utf-8")
    return [out / f"{table.name}.{kind}" for kind in texts]


def _figure10(options: PaperOptions, say: Say) -> Result:
    if options.minutes is None:
        raise UserError("Figure 10 shows training: give the CPU minutes for each network with --minutes.")
    figure = make_figure10(options.data, options.runs_folder, options.minutes, options.picture, say=say)
    return Result(_told(figure, options.minutes), figure.as_json(), write_figure10(figure, options.out))


def _told(figure: Figure10, minutes: float) -> str:
    """The last point of every curve."""
    curves = [*figure.models, *figure.noise_levels]
    lines = [f"{c.label}: {100 * c.accuracy[-1]:.1f} % of the joints within 150 mm" for c in curves]
    return "\n".join([f"Figure 10, after {minutes:g} CPU minutes each:", *lines])
