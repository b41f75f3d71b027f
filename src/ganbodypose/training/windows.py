"""The kinds of windows that a training step is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.training.batches import Observed, observe_borrowed, observe_motion, observe_pairs
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData
from ganbodypose.training.pairs.lender import ErrorLender


@dataclass(frozen=True)
class Kind:
    """windows: how many of it a step has; draw(rng, windows, frames) makes some."""

    windows: int
    draw: Callable[[np.random.Generator, int, int], Observed]


def kinds_of_windows(data: TrainingData, config: TrainConfig) -> list[Kind]:
    """Those that the configuration asks for and the data has; UserError where errors are to be borrowed from pairs
    that are not there."""
    motion, pairs, sensor = data.motion, data.pairs, data.sensor
    kinds = [Kind(config.motion_windows, partial(observe_motion, motion, config.noise))]
    if pairs is not None:
        kinds.append(Kind(config.pair_windows, partial(observe_pairs, pairs)))
    if sensor is not None:
        kinds.append(Kind(config.sensor_windows, partial(observe_pairs, sensor)))
    if config.borrowed_windows:
        if pairs is None:
            raise UserError(
                "No rendered pairs to borrow errors from: put some in DATA/pairs, or borrow none."
            )
        kinds.append(Kind(config.borrowed_windows, partial(observe_borrowed, motion, ErrorLender(pairs))))
    return [kind for kind in kinds if kind.windows]
