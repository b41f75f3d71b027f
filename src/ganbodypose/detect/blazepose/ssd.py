"""BlazePose's person detector: single-shot detection over anchors, then weighted non-maximum suppression.

Numbers are those of MediaPipe's pose_detection graph (224 x 224 input).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from ganbodypose.detect.base import Region

INPUT_SIZE = 224
BOXES_SHAPE = (1, 2254, 12)  # x, y, w, h and 4 keypoints, in input pixels relative to the anchor
SCORES_SHAPE = (1, 2254, 1)
MIN_SCORE = 0.5
MIN_OVERLAP = 0.3
REGION_SCALE = 1.25
SAME_PERSON = 0.25

_STRIDES_AND_ANCHORS = ((8, 2), (16, 2), (32, 6))


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


@cache
def anchor_centers() -> np.ndarray:
    """[2254,2] x, y in fractions of the input, row by row, coarser grids last."""
    grids = []
    for stride, count in _STRIDES_AND_ANCHORS:
        cells = INPUT_SIZE // stride
        y, x = np.divmod(np.arange(cells * cells), cells)
        grids.append(np.repeat((np.stack([x, y], 1) + 0.5) / cells, count, axis=0))
    return np.concatenate(grids)


def decode(boxes: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The raw outputs [1,N,12] and [1,N,1] as candidates, the surest first, in fractions of the input.

    Returns corners [M,4] x0 y0 x1 y1 (of the head), keypoints [M,4,2] (mid-hip; a point on the circle around
    the whole body; the same two for the upper body) and scores [M], at least MIN_SCORE.
    """
    logits = scores[0, :, 0]
    passed = np.flatnonzero(logits >= np.log(MIN_SCORE / (1 - MIN_SCORE)))
    passed = passed[np.argsort(-logits[passed], kind="stable")]
    values = boxes[0, passed].reshape(-1, 6, 2).astype(np.float64) / INPUT_SIZE
    anchors = anchor_centers()[passed]
    center, half_size, keypoints = values[:, 0] + anchors, values[:, 1] / 2, values[:, 2:] + anchors[:, None]
    corners = np.concatenate([center - half_size, center + half_size], axis=1)
    return corners, keypoints, sigmoid(logits[passed].astype(np.float64))


def overlaps(corners: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of one box [4] with many [M,4]; 0 where both are empty."""
    low, high = np.maximum(corners[:2], others[:, :2]), np.minimum(corners[2:], others[:, 2:])
    common = np.clip(high - low, 0, None).prod(1)
    area, areas = np.prod(corners[2:] - corners[:2]), (others[:, 2:] - others[:, :2]).prod(1)
    union = area + areas - common
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0)


def merge(corners: np.ndarray, keypoints: np.ndarray, scores: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Weighted non-maximum suppression: per person the keypoints [4,2] and the best score, the surest first.

    Candidates (sorted, as `decode` gives them) that overlap the surest one are averaged by their scores.
    """
    people = []
    left: np.ndarray = np.arange(len(scores))
    while left.size:
        same = overlaps(corners[left[0]], corners[left]) > MIN_OVERLAP
        same[0] = True
        group = left[same]
        people.append((np.average(keypoints[group], axis=0, weights=scores[group]), float(scores[group[0]])))
        left = left[~same]
    return people


def merge_views(views: Sequence[Sequence[Region]]) -> list[Region]:
    """The people of overlapping views of one picture, each once, the surest first.

    A region is the same person as a surer one of another view when their centres are within a quarter of its
    size.
    """
    candidates = [(region, view) for view, regions in enumerate(views) for region in regions]
    kept: list[tuple[Region, int]] = []
    for region, view in sorted(candidates, key=lambda c: -c[0].score):
        others = (surer for surer, origin in kept if origin != view)
        if all(np.hypot(*(region.center_px - o.center_px)) > SAME_PERSON * o.size_px for o in others):
            kept.append((region, view))
    return [region for region, _ in kept]


def region_around(center_px: np.ndarray, edge_px: np.ndarray, score: float) -> Region:
    """The region of a person from the mid-hip [2] and a point [2] on the circle around the whole body.

    That point lies above the head, so it gives the person's turn; the square is 1.25 times the circle.
    """
    x, y = edge_px - center_px
    angle = np.arctan2(x, -y)  # clockwise from straight up
    return Region(center_px, float(2 * np.hypot(x, y) * REGION_SCALE), float(angle), score)
