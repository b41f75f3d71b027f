"""Parameters and operations of every network, as docs/paper.md lists them.

    python benchmarks/rivals_cost.py

Multiply-adds per frame of a clip of 81 frames; a discriminator is not counted.
"""

from __future__ import annotations

import torch

from ganbodypose.baselines.registry import NETWORKS, build_network
from ganbodypose.model.cost import count_flops, count_parameters

FRAMES = 81


def main() -> None:
    clip = torch.zeros(1, FRAMES, 17, 5), torch.zeros(1, FRAMES, 6)
    for name in NETWORKS:
        network = build_network(name).eval()
        judge = getattr(network, "discriminator", None)
        parameters = count_parameters(network) - (count_parameters(judge) if judge else 0)
        macs = count_flops(network, *clip)["total"] / 2 / FRAMES
        print(f"{name:24} {parameters / 1e6:6.2f} M parameters {macs / 1e6:8.2f} M multiply-adds", flush=True)


if __name__ == "__main__":
    main()
