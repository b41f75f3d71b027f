"""Train on a Ray cluster: one process for each worker, wherever Ray has room.

    python deploy/ray_train.py --workers 2 --preset live --data /shared/data --out /shared/runs/live [--steps 1000]

All nodes must have the package with its extra `train` and `ray[train]`, and see the same folders. Without a cluster
(RAY_ADDRESS) Ray starts one on this computer. The results are those of `torchrun -m ganbodypose.cli train`
(docs/training.md); a second call goes on where the first one stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ray.train import ScalingConfig
from ray.train.torch import TorchTrainer


def work(options: dict[str, Any]) -> None:
    """One process of the training; Ray has told it in its environment which."""
    from ganbodypose.training.config import TrainConfig
    from ganbodypose.training.train import TrainOptions, train

    config = TrainConfig(cpu_minutes=options["cpu_minutes"], steps=options["steps"])
    train(TrainOptions(options["preset"], options["data"], options["out"], config, resume=True))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--gpu", action="store_true", help="one GPU for each worker")
    parser.add_argument("--preset", default="live")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cpu-minutes", type=float, default=60.0)
    parser.add_argument("--steps", type=int, default=0)
    options = parser.parse_args()
    scaling = ScalingConfig(num_workers=options.workers, use_gpu=options.gpu)
    TorchTrainer(work, train_loop_config=vars(options), scaling_config=scaling).fit()


if __name__ == "__main__":
    main()
