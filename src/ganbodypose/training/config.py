"""What one training run is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ganbodypose.core import UserError
from ganbodypose.training.detector_noise import NoiseLevel
from ganbodypose.training.losses import LossWeights


@dataclass(frozen=True)
class TrainConfig:
    """One training run.

    The budget is `steps`, or `cpu_minutes` of the first process where `steps` is 0; the learning rate follows its
    spent share, and CPU time is what compares on a busy machine. The windows of each kind (`training.windows`) are
    per step, divided over `shards` (0: as many as there are processes); frames: their length (0: the network's
    `window`). stop_below_mm: Algorithm 1's threshold on the validation error. noise: of the recorded motion, in
    which a share of the detectors hardly errs, so that good pictures are no surprise.
    """

    cpu_minutes: float = 60.0
    steps: int = 0
    seed: int = 1
    motion_windows: int = 32
    pair_windows: int = 12
    sensor_windows: int = 4
    borrowed_windows: int = 0
    shards: int = 0
    frames: int = 0
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    warmup_steps: int = 200
    adversarial_every: int = 4
    average_decay: float = 0.999
    checkpoint_minutes: float = 3.0
    validate_minutes: float = 10.0
    stop_below_mm: float = 0.0
    noise: NoiseLevel = field(default_factory=lambda: NoiseLevel(swap_rate=0.3, faint_share=0.3))
    loss: LossWeights = field(default_factory=LossWeights)

    @staticmethod
    def share_of_motion(rendered: int, borrowed: int = 0) -> dict[str, Any]:
        """The fields of a step whose windows of recorded motion give way to `rendered` people and to `borrowed`
        errors, so that its size stays; UserError when no motion is left or a number is negative."""
        motion = TrainConfig.motion_windows + TrainConfig.pair_windows - rendered - borrowed
        if min(rendered, borrowed) < 0 or motion < 1:
            most = TrainConfig.motion_windows + TrainConfig.pair_windows - 1
            raise UserError(f"--rendered and --borrowed must be 0 or more, and {most} at most together.")
        return {"motion_windows": motion, "pair_windows": rendered, "borrowed_windows": borrowed}
