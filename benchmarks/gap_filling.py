"""What fills a gap best: the lifting network, which predicts joints that nobody sees, or interpolation in time.

    python benchmarks/gap_filling.py --data DATA [--windows 120]

Simulated detections of the validation split. In the middle of each window all keypoints are hidden for a while; the
joints inside the gap are then taken from the network, from a straight line, and from monotone cubic interpolation
between the poses before and after the gap (`quality.repair.gaps`).
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import torch

from ganbodypose.quality.repair.gaps import fill_gaps
from ganbodypose.training.batches import Batch
from ganbodypose.training.data import load_split
from ganbodypose.training.detector_noise import NoiseLevel
from ganbodypose.training.evaluation import MOTION_FPS, motion_batches
from ganbodypose.training.sequences import published_network

GAPS = (6, 15, 27)  # frames
START = 45
_RECOVERY = 4  # frames after a gap until the network's memory is filled again


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="live")
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--windows", type=int, default=120)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    network = published_network(arguments.model)
    data = load_split(arguments.data, "val")
    batches = [batch for batch, _ in motion_batches(data, NoiseLevel(), limit=arguments.windows)]
    for frames in GAPS:
        errors = np.mean([_errors(network, batch, frames) for batch in batches], axis=0)
        words = ("seen", "network", "straight line", "monotone cubic")
        told = ", ".join(f"{word} {error:.0f}" for word, error in zip(words, errors, strict=True))
        print(f"gap of {frames / MOTION_FPS:.1f} s, error in mm: {told}", flush=True)


def _errors(network: torch.nn.Module, batch: Batch, frames: int) -> list[float]:
    """Mean errors in mm inside the gap: without a gap, by the network, by line, by monotone cubic."""
    inside = slice(START, START + frames)
    hidden = batch.joints.clone()
    hidden[:, inside] = 0
    seen, predicted = (
        network(part.joints, part.condition)[0].joints_m.numpy()
        for part in (batch, batch._replace(joints=hidden))
    )
    known = predicted.copy()
    known[:, START : START + frames + _RECOVERY] = np.nan
    times = np.arange(known.shape[1]) / MOTION_FPS
    cubic = np.stack([fill_gaps(window, times, longest_s=2.0) for window in known])
    ends = START - 1, START + frames + _RECOVERY
    share = ((np.arange(*inside.indices(known.shape[1])) - ends[0]) / (ends[1] - ends[0]))[:, None, None]
    line = known[:, [ends[0]]] * (1 - share) + known[:, [ends[1]]] * share
    target = batch.target.numpy()[:, inside]
    miss = lambda poses: 1000 * float(np.linalg.norm(poses - target, axis=-1)[..., 1:].mean())  # noqa: E731
    return [miss(seen[:, inside]), miss(predicted[:, inside]), miss(line), miss(cubic[:, inside])]


if __name__ == "__main__":
    main()
