"""A real detector looks at rendered pictures, frame after frame, as it would at a video."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ganbodypose.core import Detection
from ganbodypose.detect.base import PoseDetector, Region
from ganbodypose.skeletons import H36M_17, skeleton_map

# A detection whose median joint is off by this part of the person's size is of somebody or something else.
_OTHER = 0.4


@dataclass(frozen=True)
class Watched:
    """What the detector said of each frame, in its own skeleton of J joints; NaN where it did not find the person.

    xy_px [T,J,2]; depth_m [T,J]; confidence [T,J]; world_m [T,J,3] (NaN for detectors without); found [T].
    """

    xy_px: np.ndarray
    depth_m: np.ndarray
    confidence: np.ndarray
    world_m: np.ndarray
    found: np.ndarray


def watch(detector: PoseDetector, pictures: Iterable[np.ndarray], truth_px: np.ndarray) -> Watched:
    """RGB pictures in time order, and where the person's joints are: truth_px [T,17,2] (NaN behind the camera).

    The truth only tells this person from others; what the detector says of this person stays as it is.
    """
    region: Region | None = None
    seen: list[Detection | None] = []
    for rgb, truth in zip(pictures, truth_px, strict=True):
        detection = detector.estimate(rgb, region) if region is not None else None
        if detection is None or distance(detection, truth) > _OTHER:
            detection = _find(detector, rgb, truth)
        region = detector.next_region(detection) if detection is not None else None
        seen.append(detection)
    return _stacked(detector, seen)


def distance(detection: Detection, truth: np.ndarray) -> float:
    """Median distance of the joints, as part of the person's size on the picture; infinite when unknown."""
    own = skeleton_map(detection.keypoints.skeleton, H36M_17) @ detection.keypoints.xy_px
    size = np.hypot(*np.ptp(truth, axis=0))
    off = np.median(np.linalg.norm(own - truth, axis=-1)) / size
    return float(off) if np.isfinite(off) else np.inf


def _find(detector: PoseDetector, rgb: np.ndarray, truth: np.ndarray) -> Detection | None:
    """The detection nearest to the person among all that are found in the whole picture."""
    found = [detector.estimate(rgb, region) for region in detector.find_people(rgb)[:3]]
    known = [detection for detection in found if detection is not None]
    best = min(known, key=lambda detection: distance(detection, truth), default=None)
    return best if best is not None and distance(best, truth) <= _OTHER else None


def _stacked(detector: PoseDetector, seen: list[Detection | None]) -> Watched:
    joints = len(detector.skeleton)
    xy_px, depth_m, confidence, world_m = (
        np.full((len(seen), joints, *tail), np.nan, np.float32) for tail in ((2,), (), (), (3,))
    )
    found = np.array([detection is not None for detection in seen])
    watched = Watched(xy_px, depth_m, confidence, world_m, found)
    for frame, detection in enumerate(seen):
        if detection is None:
            continue
        keypoints = detection.keypoints
        watched.xy_px[frame], watched.confidence[frame] = keypoints.xy_px, keypoints.confidence
        if keypoints.depth_m is not None:
            watched.depth_m[frame] = keypoints.depth_m
        watched.world_m[frame] = getattr(detection, "world_m", np.nan)
    return watched
