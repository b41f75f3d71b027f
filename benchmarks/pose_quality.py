"""Does the expected error hold? Reliability, ranking, risk-coverage and the 80 % intervals on the test split.

    python benchmarks/pose_quality.py --data DATA [--split val] [--refit] [--figure docs/reliability.svg] [--json]

Takes the published network as it is; `--refit` fits its calibration anew on the validation split first, in memory.
`--figure` draws the reliability diagram: the mean true error of joints whose expected error is about the same.

Beside the ROC AUC stands that of an oracle which knows the exact size of every joint's error and lacks only its
direction: knowing that too, it could take the error away. More than the oracle's cannot be reached by a better
expected error, only by a better pose.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.special import polygamma

from ganbodypose.io.atomic import replacing
from ganbodypose.lift.network import StepNetwork
from ganbodypose.metrics.ranking import calibration, roc_auc, spearman
from ganbodypose.metrics.risk import risk_coverage
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.report.chart_page import svg_figure
from ganbodypose.training.data import TrainingData, load_split
from ganbodypose.training.detector_noise import PERFECT, NoiseLevel
from ganbodypose.training.evaluation import motion_batches, pair_batches, position_error_m, predict
from ganbodypose.training.publish import calibrate
from ganbodypose.training.sequences import published_network

BAD_M = 0.05
TITLES = {
    "simulated": "simulated detections, no depth",
    "perfect_2d": "perfect 2D",
    "pairs": "rendered people, real detector",
    "sensor": "Kinect v2",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="live")
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--split", choices=("val", "test"), default="test")
    parser.add_argument("--refit", action="store_true")
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    network = published_network(arguments.model)
    calibrated = StepNetwork(arguments.model).calibration
    if arguments.refit:
        calibrated = calibrate(network, load_split(arguments.data, "val"))
    found = pose_quality(network, calibrated, load_split(arguments.data, arguments.split))
    if arguments.figure:
        with replacing(arguments.figure) as part:
            part.write_text(svg_figure(lambda axes: draw_reliability(axes, found), 5.0), encoding="utf-8")
    print(json.dumps(found, indent=1) if arguments.json else _table(found))


def pose_quality(
    network: torch.nn.Module, calibrated: ErrorCalibration, data: TrainingData
) -> dict[str, dict[str, Any]]:
    """Scores by kind of input."""
    kinds = {
        "simulated": motion_batches(data, NoiseLevel(), depth_share=0.0, limit=400),
        "perfect_2d": motion_batches(data, PERFECT, depth_share=0.0, limit=400),
        "pairs": pair_batches(data.pairs),
        "sensor": pair_batches(data.sensor),
    }
    found = {}
    for kind, batches in kinds.items():
        outcome = predict(network, batches)
        expected = calibrated.expected_error(outcome.signals)
        low, high = (bound[..., 1:] for bound in calibrated.error_interval(expected))
        found[kind] = _scores(expected[..., 1:], position_error_m(outcome), low, high)
    return found


def _scores(expected: np.ndarray, true: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, Any]:
    reliability = calibration(expected, true)
    share, risk, _ = risk_coverage(expected, true, points=4)
    return {
        "mean_error_mm": 1000 * float(true.mean()),
        "roc_auc_50mm": roc_auc(expected, true > BAD_M),
        "roc_auc_50mm_of_the_oracle": oracle_auc(true, BAD_M),
        "share_over_50mm": float((true > BAD_M).mean()),
        "roc_auc_100mm": roc_auc(expected, true > 2 * BAD_M),
        "roc_auc_worst_tenth": roc_auc(expected, true > np.quantile(true, 0.9)),
        "spearman": spearman(expected, true),
        "coverage_of_80_percent_interval": float(((low <= true) & (true <= high)).mean()),
        "calibration_error_mm": 1000 * reliability.error,
        "reliability_expected_mm": (1000 * reliability.expected).round(1).tolist(),
        "reliability_actual_mm": (1000 * reliability.actual).round(1).tolist(),
        "mean_error_mm_of_the_surest_" + "_".join(f"{s:.0%}" for s in share): (1000 * risk).round(1).tolist(),
    }


def draw_reliability(axes: Any, found: dict[str, dict[str, Any]]) -> None:
    """A point for each tenth of the joints, from those believed the surest to the least sure."""
    most = max(max(scores["reliability_actual_mm"]) for scores in found.values())
    axes.plot([0, most], [0, most], color="#999", linestyle=":", label="as expected")
    for kind, scores in found.items():
        points = scores["reliability_expected_mm"], scores["reliability_actual_mm"]
        axes.plot(*points, marker="o", label=TITLES[kind])
    axes.set(xlabel="expected error, mm", ylabel="true error, mm, mean of a tenth of the joints")
    axes.grid(alpha=0.4)
    axes.legend()


def oracle_auc(true_m: np.ndarray, bad_m: float, draws: int = 200_000) -> float:
    """Of one who knows the standard deviation of every error, where errors are Gaussian in three dimensions: their
    lengths are those times chi with three degrees of freedom. The deviations are log-normal, so widely spread that
    the lengths are as widely spread as the true errors."""
    rng = np.random.default_rng(0)
    of_direction = float(polygamma(1, 1.5)) / 4  # variance of the logarithm of chi
    spread = np.sqrt(max(0.0, float(np.var(np.log(true_m + 1e-6))) - of_direction))
    deviation = np.exp(rng.normal(0, spread, draws))
    length = deviation * np.linalg.norm(rng.normal(size=(draws, 3)), axis=1)
    return roc_auc(deviation, length > np.quantile(length, (true_m <= bad_m).mean()))


def _table(found: dict[str, dict[str, Any]]) -> str:
    names = next(iter(found.values()))
    rows = [f"{'':58}" + "".join(f"{kind:>34}" for kind in found)]
    for name in names:
        cells = (scores[name] for scores in found.values())
        rows.append(f"{name:58}" + "".join(f"{_cell(cell):>34}" for cell in cells))
    return "\n".join(rows)


def _cell(value: Any) -> str:
    return " ".join(f"{v:.0f}" for v in value) if isinstance(value, list) else f"{value:.3f}"


if __name__ == "__main__":
    main()
