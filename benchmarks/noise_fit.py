"""The simulated detector beside the real one: the same statistics of their errors, and of real video.

    python benchmarks/noise_fit.py --data DATA [--windows 300]

The real one is BlazePose full on rendered people (training split; every error is known). Of detectors in real video
(Keraal), where the truth is not known, jitter and missing joints can be told. Lengths are per cent of the person's
apparent height, over all joints but the pelvis. `training.detector_noise.NoiseLevel` holds what is tuned.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ganbodypose.metrics.ranking import spearman
from ganbodypose.protocols.kinect import keraal_trials
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.batches import Observed, observe_motion, observe_pairs
from ganbodypose.training.data import load_split
from ganbodypose.training.detector_noise import NoiseLevel

FRAMES = 40
EXCHANGED = 0.6  # the mirrored pose is this much nearer to the truth than the pose as it is
MIRROR = np.array(H36M_17.mirror)
DETECTORS = {"OP": "OpenPose", "BP": "BlazePose", "AP": "AlphaPose"}
FAR = np.array(H36M_17.indices("left_wrist", "right_wrist", "left_ankle", "right_ankle"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--windows", type=int, default=300)
    arguments = parser.parse_args()
    data, rng = load_split(arguments.data, "train"), np.random.default_rng(0)
    assert data.pairs is not None
    simulated = observe_motion(data.motion, NoiseLevel(), rng, arguments.windows, FRAMES)
    real = observe_pairs(data.pairs, rng, arguments.windows, FRAMES, augment=False)
    print("| | simulated | real detector, rendered people |\n|---|---|---|")
    for name, measure in MEASURES.items():
        print(f"| {name} | {measure(simulated):.2f} | {measure(real):.2f} |")
    print("\n| in real video | jitter from frame to frame, spread | joints not found, % |\n|---|---|---|")
    for detector, recordings in in_real_video(arguments.data).items():
        missing = np.mean([np.isnan(xy[..., 0]).mean() for xy in recordings])
        print(f"| {detector} | {real_jitter(recordings):.2f} | {100 * missing:.2f} |")


def in_real_video(data: Path) -> dict[str, list[np.ndarray]]:
    """Keypoints [T,16,2] of every recording by detector, per cent of the apparent height."""
    found: dict[str, list[np.ndarray]] = {}
    for trial in keraal_trials(data):
        xy = trial.keypoints.xy_px[:, 1:]
        seen = xy[np.isfinite(xy).all((1, 2))]
        height = np.median(np.ptp(seen[..., 1], axis=1))
        found.setdefault(DETECTORS[trial.name.rpartition("/")[2]], []).append(100 * xy / height)
    return found


def real_jitter(recordings: list[np.ndarray]) -> float:
    """As of the simulated detector, with what little the person accelerates."""
    return spread(np.concatenate([np.diff(xy, 2, axis=0) for xy in recordings])) / np.sqrt(6)


def errors(seen: Observed) -> np.ndarray:
    """[B,T,16,2], per cent of the apparent height; NaN where nothing was found or the sides are exchanged."""
    height = np.ptp(seen.clean_xy[..., 1], axis=2).max(1)[:, None, None, None]
    off = 100 * (seen.detected.xy - seen.clean_xy) / height
    off[exchanged(seen)] = np.nan
    return off[:, :, 1:]


def exchanged(seen: Observed) -> np.ndarray:
    """[B,T], whether left and right are."""
    distance = lambda a: np.nanmean(np.linalg.norm(a - seen.clean_xy, axis=-1), axis=-1)  # noqa: E731
    as_it_is, turned = distance(seen.detected.xy), distance(seen.detected.xy[:, :, MIRROR])
    return turned < EXCHANGED * as_it_is


def about_the_mean(seen: Observed) -> np.ndarray:
    off = errors(seen)
    return off - np.nanmean(off, 1, keepdims=True)


def spread(values: np.ndarray) -> float:
    """Robust standard deviation: most frames, not the bursts."""
    return float(1.4826 * np.nanmedian(np.abs(values)))


def correlation_after(seen: Observed, seconds: float) -> float:
    lag = max(round(seconds / float(np.median(seen.dt_s))), 1)
    x = about_the_mean(seen)
    a, b = x[:, :-lag].ravel(), x[:, lag:].ravel()
    known = np.isfinite(a) & np.isfinite(b) & (np.abs(a) < 10) & (np.abs(b) < 10)
    return float(np.corrcoef(a[known], b[known])[0, 1])


def distances(seen: Observed) -> np.ndarray:
    return np.linalg.norm(errors(seen), axis=-1)


def confidence_tells(seen: Observed) -> float:
    off, confidence = distances(seen).ravel(), seen.detected.confidence[:, :, 1:].ravel()
    known = np.isfinite(off)
    return float(spearman(off[known], -confidence[known]))


MEASURES: dict[str, Callable[[Observed], float]] = {
    "error, median": lambda seen: float(np.nanmedian(distances(seen))),
    "error, 90th percentile": lambda seen: float(np.nanpercentile(distances(seen), 90)),
    "error, 99th percentile": lambda seen: float(np.nanpercentile(distances(seen), 99)),
    "wrists and ankles over all, median": lambda seen: float(
        np.nanmedian(distances(seen)[:, :, FAR - 1]) / np.nanmedian(distances(seen))
    ),
    "bias of a joint over 40 frames, spread": lambda seen: spread(np.nanmean(errors(seen), 1)),
    "change about it, spread": lambda seen: spread(about_the_mean(seen)),
    "its correlation after 0.04 s": lambda seen: correlation_after(seen, 0.04),
    "its correlation after 0.2 s": lambda seen: correlation_after(seen, 0.2),
    "jitter from frame to frame, spread": lambda seen: spread(np.diff(errors(seen), 2, axis=1)) / np.sqrt(6),
    "frames with sides exchanged, %": lambda seen: 100 * float(exchanged(seen).mean()),
    "joints not found, %": lambda seen: 100 * float(np.isnan(seen.detected.xy[..., 0]).mean()),
    "rank correlation of error with lack of confidence": confidence_tells,
    "depth, error of a joint, spread (mm)": lambda seen: 1000 * spread(depth_errors(seen)),
}


def depth_errors(seen: Observed) -> np.ndarray:
    """[B,T,16] m, relative to the pelvis, along the optical axis."""
    return (seen.detected.z - seen.joints_m[..., 2])[:, :, 1:]


if __name__ == "__main__":
    main()
