"""Corrupted keypoints of one person, [T,17] in the order of H36M_17. Lengths are shares of the person's height in the
picture. The confidence does not know of it, but for joints that are missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.signal import lfilter

from ganbodypose.core import Keypoints2D
from ganbodypose.skeletons import H36M_17

Corrupt = Callable[[Keypoints2D, int, np.random.Generator], Keypoints2D]

_SIZES = (0.01, 0.02, 0.04, 0.06, 0.10)
_SHARES = (0.05, 0.15, 0.3, 0.45, 0.6)
_DRIFT_FRAMES = 15.0  # over which slow noise is correlated
_RUN_FRAMES = 12  # how long sides stay exchanged, and joints missing
_MIRROR = np.array(H36M_17.mirror)


def noise(keypoints: Keypoints2D, level: int, rng: np.random.Generator) -> Keypoints2D:
    """Slow errors, as of a detector that takes a joint for another place."""
    keep = np.exp(-1 / _DRIFT_FRAMES)
    steps = rng.normal(size=keypoints.xy_px.shape) * np.sqrt(1 - keep**2)
    steps[0] /= np.sqrt(1 - keep**2)
    return _moved(keypoints, lfilter([1.0], [1.0, -keep], steps, axis=0) * _SIZES[level - 1])


def jitter(keypoints: Keypoints2D, level: int, rng: np.random.Generator) -> Keypoints2D:
    """Errors of each frame for itself."""
    return _moved(keypoints, rng.normal(size=keypoints.xy_px.shape) * _SIZES[level - 1])


def swaps(keypoints: Keypoints2D, level: int, rng: np.random.Generator) -> Keypoints2D:
    """Left and right of the whole body exchanged for runs of frames, at unchanged confidence."""
    exchanged = _runs(rng, (len(keypoints.xy_px),), _SHARES[level - 1])
    source = np.where(exchanged[:, None], _MIRROR, np.arange(len(H36M_17)))
    take = lambda values: None if values is None else np.take_along_axis(values, source, 1)  # noqa: E731
    confidence = np.take_along_axis(keypoints.confidence, source, 1)
    xy = np.take_along_axis(keypoints.xy_px, source[..., None], 1)
    return replace(keypoints, xy_px=xy, confidence=confidence, depth_m=take(keypoints.depth_m))


def missing(keypoints: Keypoints2D, level: int, rng: np.random.Generator) -> Keypoints2D:
    """Joints not found for runs of frames, each for itself."""
    gone = _runs(rng, keypoints.confidence.shape, _SHARES[level - 1])
    return replace(
        keypoints,
        xy_px=np.where(gone[..., None], np.nan, keypoints.xy_px),
        confidence=np.where(gone, 0.0, keypoints.confidence),
        depth_m=None if keypoints.depth_m is None else np.where(gone, np.nan, keypoints.depth_m),
    )


KEYPOINT_CORRUPTIONS: dict[str, Corrupt] = {
    "keypoint-noise": noise,
    "keypoint-jitter": jitter,
    "keypoint-swaps": swaps,
    "keypoint-missing": missing,
}


def _moved(keypoints: Keypoints2D, offset: np.ndarray) -> Keypoints2D:
    return replace(keypoints, xy_px=keypoints.xy_px + offset * _height_px(keypoints))


def _height_px(keypoints: Keypoints2D) -> float:
    """The person's height in the picture: 1.2 times the median of the joints' larger extent."""
    known = np.where(np.isfinite(keypoints.xy_px), keypoints.xy_px, np.nan)
    seen = known[np.isfinite(known).all(-1).sum(-1) > 1]
    if not len(seen):
        return 0.0
    extent = np.nanmax(seen, axis=1) - np.nanmin(seen, axis=1)
    return 1.2 * float(np.median(extent.max(-1)))


def _runs(rng: np.random.Generator, shape: tuple[int, ...], share: float) -> np.ndarray:
    """bool [T,...]: runs of frames that in all are about `share` of them."""
    blocks = -(-shape[0] // _RUN_FRAMES)
    chosen = np.repeat(rng.random((blocks, *shape[1:])) < share, _RUN_FRAMES, axis=0)
    return chosen[: shape[0]]
