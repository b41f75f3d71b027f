"""Cost of lifting one live frame: our exported step beside rival architectures, in one alternating run.

    python benchmarks/lifting_speed.py --out docs

One thread each. A rival that looks at a window computes it anew for each live frame, as its published code does;
causal VideoPose3D is streamed with ring buffers. Rivals run in eager PyTorch, in their published configuration, with
untrained weights: only the time counts here.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ganbodypose.baselines.registry import build_network
from ganbodypose.lift.model_files import model_path
from ganbodypose.lift.network import StepNetwork
from ganbodypose.model.config import PRESETS
from ganbodypose.model.cost import count_flops, count_parameters
from ganbodypose.model.network import GanBodyPose

RIVALS = {  # name in the registry: frames it is given for one result
    "simple_baseline": 1,
    "videopose3d_27_causal": 1,
    "videopose3d_243_causal": 1,
    "p_stmo_27": 1,  # it fills its window itself
    "p_stmo_243": 1,
    "motionagformer_xs": 27,
}
CROWD = 8


@dataclass(frozen=True)
class Contestant:
    title: str
    parameters: int
    flops: int
    run: Callable[[], None]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=60, help="times each one runs")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    contestants = [ours(1), ours(CROWD), *(rival(name, frames) for name, frames in RIVALS.items())]
    with torch.no_grad():
        times = alternating(contestants, arguments.rounds)
    (arguments.out / "lifting_speed.md").write_text(page(contestants, times))
    print(page(contestants, times))


def ours(persons: int) -> Contestant:
    """The published `live` step in ONNX Runtime."""
    exported = StepNetwork("live")
    random = np.random.default_rng(0)
    joints = random.normal(size=(persons, 17, 5)).astype(np.float32)
    condition = random.normal(size=(persons, 6)).astype(np.float32)
    memory = exported.initial_memory(persons)

    def run() -> None:
        nonlocal memory
        *_, memory = exported.step(joints, condition, memory)

    network = GanBodyPose(PRESETS["live"]).eval()
    inputs = (torch.zeros(persons, 1, 17, 5), torch.zeros(persons, 1, 6), network.initial_memory(persons))
    title = "**live**, ONNX Runtime" + (f", {persons} persons" if persons > 1 else "")
    return Contestant(title, count_parameters(network), count_flops(network, *inputs)["total"], run)


def rival(name: str, frames: int) -> Contestant:
    network = build_network(name).eval()
    inputs = [torch.randn(1, frames, 17, 5), torch.randn(1, frames, 6)]
    with torch.no_grad():
        _, memory = network(*inputs)
    if memory:
        inputs.append(memory)
    flops = count_flops(network, *inputs)["total"]
    return Contestant(name, count_parameters(network), flops, lambda: network(*inputs))


def alternating(contestants: list[Contestant], rounds: int) -> list[float]:
    """Median seconds of each, all taking turns."""
    seconds: list[list[float]] = [[] for _ in contestants]
    for _ in range(rounds + 3):  # the first three warm up
        for contestant, own in zip(contestants, seconds, strict=True):
            before = time.perf_counter()
            contestant.run()
            own.append(time.perf_counter() - before)
    return [statistics.median(own[3:]) for own in seconds]


def page(contestants: list[Contestant], times: list[float]) -> str:
    """lifting_speed.md"""
    size = model_path("live").stat().st_size / 1e6
    lines = [
        "# Cost of lifting one live frame",
        "",
        "Made by `benchmarks/lifting_speed.py`: medians of one alternating run, one thread; rivals in eager PyTorch,",
        "their windows computed anew for each live frame, VideoPose3D with ring buffers.",
        f"`live.onnx` has {size:.1f} MB.",
        "",
        "| | parameters M | MFLOP a frame | ms a frame | times live |",
        "|---|---|---|---|---|",
    ]
    for contestant, seconds in zip(contestants, times, strict=True):
        cells = (
            contestant.title,
            f"{contestant.parameters / 1e6:.2f}",
            f"{contestant.flops / 1e6:.1f}",
            f"{1000 * seconds:.2f}",
            f"{seconds / times[0]:.1f}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
