"""Everything that is measured, on one page: the paper's tables and figure, who is first, what corruption does."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ganbodypose.core import UserError
from ganbodypose.experiments import published, robustness
from ganbodypose.experiments.figure10 import Figure10, make_figure10, write_figure10
from ganbodypose.experiments.options import PaperOptions, Result, Say
from ganbodypose.experiments.references import reference_scores
from ganbodypose.experiments.runs import minutes_spent
from ganbodypose.experiments.standing import front_of, standing
from ganbodypose.experiments.table import APART, Column, Row, Table
from ganbodypose.experiments.tables import LABELS, cost_values, judged_runs, make_table
from ganbodypose.io.atomic import replacing
from ganbodypose.jobs.evaluate import protocol_named
from ganbodypose.report.chart_page import require_plots, svg_figure

# Ours and every rival of the paper's tables that lifts keypoints, and today's efficient standard.
COMPARED = (
    "live",
    "simple_baseline",
    "videopose3d_27",
    "motionagformer_xs",
    "p_stmo_27",
    "vibe",
    "st_gcn",
    "lstm_3d",
    "trajectory_net",
    "studio",
    "eca_hrnet",
)
OPEN_DATASETS = ("mocap", "mocap-perfect", "pairs", "uiprmd", "keraal")
FIGURES = "results"  # their folder beside the page
COLUMNS = (
    Column("mpjpe_mm", "MPJPE, mm", "low"),
    Column("pa_mpjpe_mm", "PA-MPJPE, mm", "low"),
    Column("pck150", "PCK 150 mm", "high", 3),
    Column("auc", "AUC", "high", 3),
    Column("acceleration_error_m_per_s2", "acceleration error, m/s\u00b2", "low", 2),
    Column("spearman", "Spearman", "high", 3),
    Column("roc_auc_50mm", "ROC AUC 50 mm", "high", 3),
    Column("calibration_error_mm", "calibration error, mm", "low"),
    Column("steps", "training steps", digits=0),
)


@dataclass(frozen=True)
class _Parts:
    """What the page is made of. judged: scores of the networks trained for equal time, dataset by dataset."""

    judged: Sequence[Mapping[str, Any]]
    speed: Mapping[str, float]
    accuracy: Sequence[Table]
    tables: Sequence[Table]
    figure10: Figure10
    robustness: Sequence[robustness.Section]


def make_results(options: PaperOptions, say: Say) -> Result:
    """results.md, results.json and the figures in `options.out`, from networks trained for `options.minutes` each or
    before; a call that is stopped goes on where it was. UserError where nothing is trained."""
    require_plots()
    chosen = replace(options, models=options.models or COMPARED)
    parts = _measure(chosen, say)
    hours = minutes_spent(options.runs_folder) / 60
    text = _page(parts, hours)
    as_json = rounded(_as_json(parts, hours))
    figures = _write_figures(parts, options.out / FIGURES)
    with replacing(options.out / "results.md") as part:
        part.write_text(text, encoding="utf-8")
    with replacing(options.out / "results.json") as part:
        part.write_text(json.dumps(as_json, indent=1) + "\n", encoding="utf-8")
    return Result(text, as_json, [options.out / "results.md", options.out / "results.json", *figures])


def open_datasets(data: Path) -> tuple[str, ...]:
    """Those of the open datasets that lie in `data`; UserError where none does."""
    found = tuple(name for name in OPEN_DATASETS if _is_there(name, data))
    if not found:
        raise UserError(f"None of the open datasets lies in {data}; name their folder with --data.")
    return found


def _is_there(dataset: str, data: Path) -> bool:
    try:
        next(protocol_named(dataset).trials(data))
    except UserError:
        return False
    return True


def _measure(options: PaperOptions, say: Say) -> _Parts:
    shorter = replace(options, models=(), minutes=options.ablation_minutes or options.minutes)
    judged = judged_runs("table1", options, say)
    figure = make_figure10(options.data, options.runs_folder, shorter.minutes, options.picture, say=say)
    trained = replace(options, models=tuple(dict.fromkeys(s["model"] for s in judged)))
    tables = [make_table(name, options, say) for name in ("table1", "table2")]
    tables += [
        *_table3(replace(shorter, datasets=options.datasets[:1]), say),
        make_table("table4", trained, say),
    ]
    speed = {s["model"]: cost_values(s["model"], options)["frames_per_s"] for s in judged}
    accuracy = [_accuracy(dataset, judged, options, say) for dataset in options.datasets]
    return _Parts(judged, speed, accuracy, tables, figure, robustness.sections(options, say))


def _table3(options: PaperOptions, say: Say) -> list[Table]:
    try:
        return [make_table("table3", options, say)]
    except UserError:  # none of its networks is trained yet
        return []


def _accuracy(dataset: str, judged: Sequence[Mapping[str, Any]], options: PaperOptions, say: Say) -> Table:
    """Networks trained for equal time, best first, then what stands apart."""
    here = sorted((s for s in judged if s["dataset"] == dataset), key=lambda s: s["mpjpe_mm"])
    rows = [Row(LABELS.get(s["model"], s["model"]), accuracy_values(s)) for s in here]
    say(f"judging what is published on {dataset}")
    for label, scores in reference_scores(dataset, options.data, options.scores_folder):
        rows.append(Row(label, accuracy_values(scores), APART))
    title = f"`{dataset}`: {protocol_named(dataset).title}"
    return Table(table_name(dataset), title, COLUMNS, rows, [f"{here[0]['frames']} frames."])


def table_name(dataset: str) -> str:
    """Of the table of accuracies on it."""
    return f"accuracy-{dataset}"


def accuracy_values(scores: Mapping[str, Any]) -> dict[str, float]:
    """Of the columns of such a table."""
    per_s2 = scores.get("acceleration_error_mm_per_s2", math.nan) / 1000
    known = {c.key: scores[c.key] for c in COLUMNS if c.key in scores}
    return known | {"acceleration_error_m_per_s2": per_s2}


_HEAD = """# Results

Made by `ganbodypose paper all`; {hours:.1f} CPU hours of training, all networks together. Every network marked
`measured` was trained for {minutes} minutes of CPU time on one thread, on the same data, windows and input noise;
rivals with AdamW at their papers' rates. That is short, and shortest in steps for those that compute most:
nothing here is what these methods can reach. Rows marked
`{apart}` were trained longer and see each frame mirrored, too, or were not trained at all; they are not
compared. All data are open
([evaluation.md](evaluation.md)); no network was trained or chosen on what it is judged on. Errors are relative to the
pelvis; expected errors are calibrated on validation subjects.

## Who is first

{standing}

![Speed and accuracy]({figures}/speed-accuracy.svg)

## Where the paper contradicts itself

{contradictions}
"""


def _page(parts: _Parts, hours: float) -> str:
    minutes = sorted({s["cpu_minutes"] for s in parts.judged})
    head = _HEAD.format(
        hours=hours,
        minutes=" to ".join(f"{m:g}" for m in dict.fromkeys((minutes[0], minutes[-1]))),
        apart=APART,
        standing=standing(parts.judged, parts.speed),
        figures=FIGURES,
        contradictions="\n".join(f"- {sentence}" for sentence in published.contradictions()),
    )
    tables = [table.markdown() for table in (*parts.accuracy, *parts.tables)]
    return "\n".join(
        [head, *tables, _figure10_text(parts.figure10), *(s.markdown() for s in parts.robustness)]
    )


def _figure10_text(figure: Figure10) -> str:
    head = f"## Figure 10: accuracy over training time\n\n![Figure 10]({FIGURES}/figure10.png)\n"
    curves = [*figure.models, *figure.noise_levels]
    if not curves:
        return "## Figure 10: accuracy over training time\n\nNot trained yet.\n"
    last = [
        f"- {c.label}: {100 * c.accuracy[-1]:.1f} % of the joints within 150 mm after {c.cpu_minutes[-1]:.1f} minutes"
        for c in curves
    ]
    return "\n".join([head, *last, ""])


def _as_json(parts: _Parts, hours: float) -> dict[str, Any]:
    return {
        "cpu_hours": hours,
        "accuracy": [table.as_json() for table in parts.accuracy],
        "tables": [table.as_json() for table in parts.tables],
        "figure10": parts.figure10.as_json(),
        "robustness": [section.result.as_json() for section in parts.robustness],
    }


def rounded(value: Any) -> Any:
    """Four decimals; what could not be computed is null."""
    if isinstance(value, Mapping):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(inner) for inner in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def _write_figures(parts: _Parts, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    svg = {"speed-accuracy": _speed_accuracy(parts)}
    svg |= {section.figure: section.curves() for section in parts.robustness}
    for name, text in svg.items():
        with replacing(folder / f"{name}.svg") as part:
            part.write_text(text, encoding="utf-8")
    return [*(folder / f"{name}.svg" for name in svg), *write_figure10(parts.figure10, folder)[:1]]


def _speed_accuracy(parts: _Parts) -> str:
    """Of the first dataset; the front is drawn as a line."""
    dataset = parts.judged[0]["dataset"]
    points = {
        s["model"]: (parts.speed[s["model"]], s["mpjpe_mm"]) for s in parts.judged if s["dataset"] == dataset
    }

    def draw(axes: Any) -> None:
        axes.plot(
            *zip(*(points[name] for name in front_of(points)), strict=True), color="#999", linestyle=":"
        )
        for name, (speed, error) in points.items():
            axes.plot(speed, error, "o", color="#1663b6" if name in ("live", "studio") else "#f2994a")
            axes.annotate(LABELS.get(name, name), (speed, error), (6, 4), textcoords="offset points")
        axes.set(xscale="log", xlabel="frames/s, one thread", ylabel=f"MPJPE on {dataset}, mm")
        axes.margins(x=0.15)
        axes.grid(alpha=0.4)

    return svg_figure(draw, 5.0)
