"""What a real depth sensor measured, and the true joints: UI-PRMD's Kinect v2 against its Vicon.

The two have neither clock nor frame in common; the truth is put into the sensor's camera by the one lag and one
rotation per repetition that fit best, as in the evaluation (`protocols.kinect`).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from ganbodypose.geometry.procrustes import fit_similarity
from ganbodypose.metrics.pose import root_relative
from ganbodypose.protocols.kinect import best_rotation_and_lag, uiprmd_trials
from ganbodypose.protocols.trial import Prediction, Trial
from ganbodypose.training.pairs.bank import PairBank

# Those of `datasets.mocap.split_of`, whose Vicon joints these repetitions share.
SENSOR_SUBJECTS: dict[str, Collection[int]] = {"train": range(1, 8), "val": (8,), "test": (9, 10)}


def sensor_bank(data: Path, subjects: Collection[int]) -> PairBank:
    """All repetitions of `subjects` (1 to 10) that both systems recorded; `data` holds mocap/ and uiprmd/.

    Raises UserError where one of the archives is missing.
    """
    trials = list(uiprmd_trials(data, subjects))
    rows, joints = zip(*[_truth_in_the_camera(trial) for trial in trials], strict=True)
    take = lambda of: np.concatenate([of(t)[r] for t, r in zip(trials, rows, strict=True)])  # noqa: E731
    xyz = take(lambda t: t.own_3d_m)
    depth = xyz[..., 2] - xyz[:, :1, 2]
    lengths = np.array([len(r) for r in rows if len(r)])
    return PairBank(
        joints_m=np.concatenate(joints),
        xy=xyz[..., :2] / xyz[..., 2:],
        z=depth,
        confidence=np.ones(depth.shape),
        length=lengths,
        dt_s=1 / trials[0].fps,
    )


def _truth_in_the_camera(trial: Trial) -> tuple[np.ndarray, np.ndarray]:
    """Which frames of the sensor have a truth, and the truth [rows,17,3] m there, about the sensor's pelvis."""
    own = trial.own_3d_m
    assert own is not None
    pair = best_rotation_and_lag(trial, Prediction(own))
    rows = pair.time_step
    if not len(rows):  # no lag at which half of the repetition has a truth
        return rows, np.empty((0, 17, 3))
    source, target = root_relative(own)[rows], root_relative(pair.truth_m)
    turn = fit_similarity(target.reshape(1, -1, 3), source.reshape(1, -1, 3), scale=False).R[0]
    return rows, target @ turn.T + own[rows, :1]
