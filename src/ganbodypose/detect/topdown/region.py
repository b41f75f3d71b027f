"""From keypoints to the detection they make, and to where to look for the same person next."""

from __future__ import annotations

import numpy as np

from ganbodypose.core import Detection, Keypoints2D
from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose.crop import rotation_matrix
from ganbodypose.detect.blazepose.landmarks import bounding_box
from ganbodypose.skeletons import H36M_17

MIN_SCORE = 0.2  # mean confidence of the keypoints below which nobody is there
SEEN = 0.3  # confidence from which on a keypoint says where the person is
PADDING = 1.25  # a region's size against the person's, as in MMPose


def detection_of(keypoints: Keypoints2D) -> Detection | None:
    """The person with these keypoints, or None where they are too doubtful."""
    score = float(keypoints.confidence.mean())
    if score < MIN_SCORE:
        return None
    return Detection(keypoints, bounding_box(keypoints.xy_px, keypoints.confidence), score)


def region_of(detection: Detection, size_wh: tuple[int, int]) -> Region:
    """Where a box of the shape `size_wh` holds the keypoints seen, with a margin, the trunk upright."""
    keypoints = detection.keypoints
    turn = _trunk_angle(keypoints)
    seen = keypoints.confidence >= SEEN
    points = keypoints.xy_px[seen] if seen.sum() >= 2 else keypoints.xy_px
    upright = points @ rotation_matrix(turn)
    low, high = upright.min(0), upright.max(0)
    shape = np.array(size_wh) / max(size_wh)
    size = max(float(((high - low) / shape).max()) * PADDING, 1.0)
    return Region(rotation_matrix(turn) @ ((low + high) / 2), size, turn, detection.score)


def _trunk_angle(keypoints: Keypoints2D) -> float:
    """Clockwise angle of the trunk from straight up, 0 where it is not seen."""
    core = keypoints.to(H36M_17)
    ends = H36M_17.indices("pelvis", "thorax")
    if (core.confidence[ends] < SEEN).any():
        return 0.0
    x, y = core.xy_px[ends[1]] - core.xy_px[ends[0]]
    return float(np.arctan2(x, -y))
