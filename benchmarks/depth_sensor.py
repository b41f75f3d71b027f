"""A depth sensor refined: Kinect v2 against Vicon on UI-PRMD, our network beside filters at their best settings.

    python benchmarks/depth_sensor.py --data DATA [--models live studio]

Repetitions of the two test subjects, whom no network was trained on. Error: median and mean over all joints but the
pelvis and all frames, root-relative, after the one rotation and one time lag per repetition that fit best. The filters'
settings are chosen on these very repetitions, which favours them: what is printed is the best they can do.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt

from ganbodypose.protocols.kinect import best_rotation_and_lag, uiprmd_trials
from ganbodypose.protocols.lifting import LiftedBy
from ganbodypose.protocols.trial import Prediction, Trial

CUTOFFS_HZ = (0.5, 1, 1.5, 2, 3, 4, 6, 8)
ACCELERATIONS = (0.3, 1, 3, 10, 30, 100)  # m/s^2, spread of the Kalman smoother's white acceleration
SENSOR_NOISE_M = 0.02
Filter = Callable[[np.ndarray, float], np.ndarray]  # joints [T,17,3] m, frames per second -> the same


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--models", nargs="+", default=["live"])
    arguments = parser.parse_args()
    trials = list(uiprmd_trials(arguments.data))
    print(f"{len(trials)} repetitions\n\n| | median mm | mean mm |\n|---|---|---|")
    _row("Kinect v2 as it is", _filtered(trials, lambda joints, _: joints))
    _row(
        "Butterworth, 4th order, zero phase: best of {} cut-offs", *_filters(trials, butterworth, CUTOFFS_HZ)
    )
    _row("Kalman smoother: best of {} accelerations", *_filters(trials, kalman_smoother, ACCELERATIONS))
    for model in arguments.models:
        _row(f"**{model}**", _errors(trials, LiftedBy(model).predict(trials)))


def _filters(
    trials: Sequence[Trial], make: Callable[[float], Filter], settings: Sequence[float]
) -> list[np.ndarray]:
    return [_filtered(trials, make(setting)) for setting in settings]


def _filtered(trials: Sequence[Trial], smooth: Filter) -> np.ndarray:
    """Errors [N] mm."""
    return _errors(trials, [Prediction(smooth(trial.own_3d_m, trial.fps)) for trial in trials])


def _errors(trials: Sequence[Trial], predictions: Sequence[Prediction]) -> np.ndarray:
    pairs = [best_rotation_and_lag(*both) for both in zip(trials, predictions, strict=True)]
    off = [np.linalg.norm(pair.predicted_m - pair.truth_m, axis=-1)[:, 1:].ravel() for pair in pairs]
    return 1000 * np.concatenate(off)


def _row(title: str, *errors: np.ndarray) -> None:
    best = min(errors, key=np.median)
    print(f"| {title.format(len(errors))} | {np.median(best):.1f} | {best.mean():.1f} |", flush=True)


def butterworth(cutoff_hz: float) -> Filter:
    def smooth(joints: np.ndarray, fps: float) -> np.ndarray:
        sos = butter(2, cutoff_hz, fs=fps, output="sos")  # twice its order by running both ways
        return sosfiltfilt(sos, joints, axis=0, padlen=min(15, len(joints) - 1))

    return smooth


def kalman_smoother(acceleration: float) -> Filter:
    """Rauch-Tung-Striebel smoother of a constant-velocity model; the same gains hold for all coordinates."""

    def smooth(joints: np.ndarray, fps: float) -> np.ndarray:
        dt, values = 1 / fps, joints.reshape(len(joints), -1)
        F = np.array([[1, dt], [0, 1]])
        Q = acceleration**2 * np.array([[dt**4 / 4, dt**3 / 2], [dt**3 / 2, dt**2]])
        states, covariances, predicted = _forwards(values, F, Q)
        for k in range(len(values) - 2, -1, -1):
            ahead, P_ahead = predicted[k + 1]
            gain = covariances[k] @ F.T @ np.linalg.inv(P_ahead)
            states[k] = states[k] + gain @ (states[k + 1] - ahead)
        return np.array([state[0] for state in states]).reshape(joints.shape)

    return smooth


def _forwards(values: np.ndarray, F: np.ndarray, Q: np.ndarray) -> tuple[list, list, list]:
    x, P = np.stack([values[0], np.zeros_like(values[0])]), np.diag([SENSOR_NOISE_M**2, 1.0])
    states, covariances, predicted = [], [], []
    for k, measured in enumerate(values):
        if k:
            x, P = F @ x, F @ P @ F.T + Q
        predicted.append((x, P))
        gain = P[:, 0] / (P[0, 0] + SENSOR_NOISE_M**2)
        x = x + gain[:, None] * (measured - x[0])
        P = P - gain[:, None] * P[0]
        states.append(x)
        covariances.append(P)
    return states, covariances, predicted


if __name__ == "__main__":
    main()
