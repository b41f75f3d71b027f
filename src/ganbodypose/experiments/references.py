"""What stands beside networks trained for equal time: the published ones, a detector's own 3D, the mean pose."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ganbodypose.baselines.mean_pose import MeanPose
from ganbodypose.core import UserError
from ganbodypose.experiments.accuracy import judge, kept
from ganbodypose.experiments.runs import loaded_split
from ganbodypose.experiments.subject import TrainedNetwork
from ganbodypose.lift.model_files import model_card, published_models
from ganbodypose.protocols.lifting import LiftedBy
from ganbodypose.protocols.trial import OwnDepth
from ganbodypose.training.batches import make_batch, observe_motion
from ganbodypose.training.detector_noise import PERFECT

_MEAN_POSE_BATCHES = 20


def reference_scores(dataset: str, data: Path, cache: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """What it is and its scores on the protocol `dataset`."""
    for name in published_models():
        yield as_published(name), published_scores(name, dataset, data, cache)
    with contextlib.suppress(UserError):  # where there is none
        yield "the detector's or sensor's own 3D", judge(OwnDepth(), dataset, data)

    def of_mean_pose() -> dict[str, Any]:
        return judge(TrainedNetwork("mean pose", mean_pose(data)), dataset, data)

    path = cache / f"mean-pose-{dataset}.json"
    yield "mean training pose", kept(path, {"dataset": dataset}, of_mean_pose)


def as_published(name: str) -> str:
    """How a table calls a published network."""
    return f"{name} as published"


def published_scores(name: str, dataset: str, data: Path, cache: Path) -> dict[str, Any]:
    """Of the published network `name`, as it runs on a video."""
    path, key = cache / f"published-{name}-{dataset}.json", {"sha256": model_card(name).sha256}
    return kept(path, key, lambda: judge(LiftedBy(name), dataset, data))


def mean_pose(data: Path) -> MeanPose:
    """The mean of training poses as the virtual camera shows them."""
    rng, motion = np.random.default_rng(0), loaded_split(data, "train").motion
    batches = (make_batch(observe_motion(motion, PERFECT, rng, 64, 8)) for _ in range(_MEAN_POSE_BATCHES))
    return MeanPose(torch.stack([batch.target for batch in batches])).eval()
