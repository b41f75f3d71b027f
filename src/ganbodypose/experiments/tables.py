"""Tables 1 to 4 in the paper's layout, published numbers beside measured ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ganbodypose.baselines.registry import check_name
from ganbodypose.core import UserError
from ganbodypose.experiments import published
from ganbodypose.experiments.accuracy import scores_of
from ganbodypose.experiments.cost import CLIP_FRAMES, cost_of
from ganbodypose.experiments.options import PaperOptions, Say
from ganbodypose.experiments.runs import train_equally, trained_already
from ganbodypose.experiments.table import PUBLISHED, Column, Row, Table
from ganbodypose.jobs.evaluate import protocol_named
from ganbodypose.metrics.average_precision import PAPER_JOINTS
from ganbodypose.training.publish import load_trained

LABELS = {
    "live": "GAN-BodyPose live (ours)",
    "studio": "GAN-BodyPose studio (ours)",
    "paper": "GB-attention [2 layers, 512 nodes]",
    "paper-2x1024": "GB-attention [2 layers, 1024 nodes]",
    "paper-3x512": "GB-attention [3 layers, 512 nodes]",
    "paper-3x1024": "GB-attention [3 layers, 1024 nodes]",
    "simple_baseline": "SimpleBaseline",
    "videopose3d_27": "VideoPose3D, 27 frames",
    "videopose3d_243": "VideoPose3D, 243 frames",
    "videopose3d_27_causal": "VideoPose3D, 27 frames, causal",
    "videopose3d_243_causal": "VideoPose3D, 243 frames, causal",
    "p_stmo_27": "P-STMO-S, 27 frames",
    "p_stmo_243": "P-STMO-S, 243 frames",
    "st_gcn": "ST-GCN",
    "lstm_3d": "LSTM-3D",
    "trajectory_net": "TrajectoryNet",
    "vibe": "VIBE, on keypoints",
    "motionagformer_xs": "MotionAGFormer-XS",
    "sim_pose": "Sim-Pose (stand-in)",
    "eca_hrnet": "ECA-HRNet (stand-in)",
}
# What each table compares, unless it is told otherwise.
MODELS = {
    "table1": ("live", "studio", "simple_baseline", "videopose3d_27", "vibe", "motionagformer_xs"),
    "table2": ("live", "studio", "eca_hrnet", "videopose3d_27", "vibe", "motionagformer_xs"),
    "table3": tuple(published.TABLE3),
    "table4": ("live", "simple_baseline", "p_stmo_27", "st_gcn", "lstm_3d", "trajectory_net"),
}
OURS = ("live", "studio")


def make_table(name: str, options: PaperOptions, say: Say = lambda _: None) -> Table:
    """The table called `name`; `say` is told what is being done. UserError where there is nothing to judge."""
    for model in options.models:
        check_name(model)
    return {"table1": _table1, "table2": _table2, "table3": _table3, "table4": _table4}[name](options, say)


def _table1(options: PaperOptions, say: Say) -> Table:
    columns = [Column(joint, joint.capitalize(), "high") for joint in (*PAPER_JOINTS, "total")]
    rows = [
        Row(method, values, PUBLISHED, dataset)
        for dataset, methods in published.TABLE1.items()
        for method, values in methods.items()
    ]
    judged, training = _judged("table1", options, say)
    rows += [
        Row(_label(s), {joint: 100 * v for joint, v in s["joint_map"].items()}, on=s["dataset"])
        for s in judged
    ]
    notes = [
        "mAP in percent. The paper does not define it for 3D: here a joint is found where its error is below a "
        "threshold; average precision over the ranking by expected error, mean over ten thresholds from 15 to 150 mm.",
        "The paper's rivals here are 2D detectors; the measured rivals lift the same 2D input as our network.",
        *training,
    ]
    return Table("table1", "Table 1: mAP per joint", columns, rows, notes)


def _table2(options: PaperOptions, say: Say) -> Table:
    columns = [
        Column("frames_per_s", "PS, frames/s", "high"),
        Column("mpjpe_mm", "MPJPE, mm", "low"),
        Column("auc_percent", "AUC, %", "high"),
        Column("auc_of_mpjpe_percent", "AUC if no joint is off by > 150 mm, %"),
        Column("parameters_m", "Params, M", "low", 2),
        Column("flops_g", "FLOPs, G", "low", 4),
    ]
    judged, training = _judged("table2", options, say)
    rows = [
        Row(method, _with_auc_of_mpjpe(values), PUBLISHED, "MPI-INF-3DHP")
        for method, values in published.TABLE2.items()
    ]
    for scores in judged:
        say(f"measuring {scores['model']}")
        values = {"mpjpe_mm": scores["mpjpe_mm"], "auc_percent": 100 * scores["auc"]}
        cost = cost_values(scores["model"], options)
        rows.append(Row(_label(scores), _with_auc_of_mpjpe(values) | cost, on=scores["dataset"]))
    notes = [*published.contradictions(), _COST_NOTE, *training]
    return Table("table2", "Table 2: speed, accuracy and cost", columns, rows, notes)


def _table3(options: PaperOptions, say: Say) -> Table:
    columns = [Column("pa_mpjpe_mm", "PA-MPJPE, mm", "low"), Column("mpjpe_mm", "MPJPE, mm", "low")]
    rows = [Row(LABELS[name], values, PUBLISHED) for name, values in published.TABLE3.items()]
    judged, training = _judged("table3", options, say)
    rows += [Row(_label(s), {c.key: s[c.key] for c in columns}, on=s["dataset"]) for s in judged]
    notes = ["Windows of 9 frames, as the paper has them.", *training]
    return Table("table3", "Table 3: ablation of the self-attention", columns, rows, notes)


def _table4(options: PaperOptions, say: Say) -> Table:
    columns = [
        Column("frame_ms", "ET, ms", "low", 3),
        Column("frames_per_s", "= frames/s", "high"),
        Column("memory_mb", "MU, MB", "low", 0),
        Column("size_mb", "MS, MB", "low"),
        Column("epoch_s", "TTE, s", "low", 0),
    ]
    rows = [
        Row(
            method,
            dict(values) | {"frames_per_s": 1000 / values["frame_ms"]},
            PUBLISHED,
            "MPI-INF-3DHP",
        )
        for method, values in published.TABLE4.items()
    ]
    for model in _models("table4", options):
        say(f"measuring {model}")
        rows.append(Row(LABELS.get(model, model), cost_values(model, options), on="mocap"))
    notes = [published.contradictions()[0], _COST_NOTE]
    return Table("table4", "Table 4: computational complexity", columns, rows, notes)


def cost_values(model: str, options: PaperOptions) -> dict[str, float]:
    """What a network costs, under the columns' names and units of Tables 2 and 4."""
    return cost_of(model, options.data, options.scores_folder).as_values()


_COST_NOTE = (
    f"Measured on one thread of this machine's CPU, in CPU time: per frame of a clip of {CLIP_FRAMES} frames, "
    "lifting alone (the paper's figures are for pictures on a GPU); memory of the whole process; weights in single "
    "precision; an epoch is one pass over the training motion. Training is not needed for these."
)


def _models(table: str, options: PaperOptions) -> tuple[str, ...]:
    if options.runs:
        return tuple(load_trained(run)[1]["model"] for run in options.runs)
    return options.models or MODELS[table]


def _judged(table: str, options: PaperOptions, say: Say) -> tuple[list[dict[str, Any]], list[str]]:
    """`judged_runs`, and notes on them."""
    judged = judged_runs(table, options, say)
    return judged, _training_notes(judged, options, _models(table, options))


def judged_runs(table: str, options: PaperOptions, say: Say) -> list[dict[str, Any]]:
    """Scores of the runs given, or of the table's networks, trained first; dataset by dataset."""
    runs = _runs(table, options, say)
    found: dict[str, list[dict[str, Any]]] = {dataset: [] for dataset in options.datasets}
    for run in runs:
        for dataset, scores in found.items():
            say(f"judging {run} on {dataset}")
            kept_in = options.scores_folder
            scores.append(scores_of(run, dataset, options.data, kept_in, options.recordings))
    return [scores for of_dataset in found.values() for scores in of_dataset]


def _runs(table: str, options: PaperOptions, say: Say) -> Sequence[Path]:
    for dataset in options.datasets:
        protocol_named(dataset)
    models, folder = _models(table, options), options.runs_folder
    if options.runs:
        return options.runs
    if options.minutes is not None:
        say(f"training {', '.join(models)}")
        return train_equally(models, options.minutes, options.data, folder)
    found = trained_already(models, folder)
    if not found:
        raise UserError("Give trained networks with --run, or the CPU minutes to train each with --minutes.")
    return found


def _label(scores: Mapping[str, Any]) -> str:
    return LABELS.get(scores["model"], scores["model"])


def _with_auc_of_mpjpe(values: Mapping[str, float]) -> dict[str, float]:
    return dict(values) | {"auc_of_mpjpe_percent": 100 * published.auc_of_mpjpe(values["mpjpe_mm"])}


def _training_notes(
    judged: Sequence[Mapping[str, Any]], options: PaperOptions, wanted: Sequence[str]
) -> list[str]:
    """How long everything was trained, what was judged, and what is missing."""
    minutes = list({s["model"]: s["cpu_minutes"] for s in judged}.values())
    spent = f"{min(minutes):g}" if min(minutes) == max(minutes) else f"{min(minutes):g} to {max(minutes):g}"
    frames = {s["dataset"]: s["frames"] for s in judged}
    notes = [
        *(f"`{d}`: {protocol_named(d).title}; {count} frames." for d, count in frames.items()),
        f"Trained for {spent} CPU minutes each ({sum(minutes) / 60:.2f} hours together), on the same data and noise.",
    ]
    if missing := [LABELS.get(m, m) for m in wanted if m not in {s["model"] for s in judged}]:
        notes.append(f"Not trained yet: {', '.join(missing)}.")
    if options.recordings is not None:
        notes.append(f"A trial on the first {options.recordings} recordings only: no result.")
    return notes
