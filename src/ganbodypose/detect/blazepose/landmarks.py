"""Decoding of BlazePose's landmark network: refinement by heatmap, and the way back into the picture.

Numbers are those of MediaPipe's pose_landmark graph (256 x 256 input).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.core import Detection, Keypoints2D
from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose.crop import crop_to_picture, rotation_matrix
from ganbodypose.detect.blazepose.ssd import sigmoid
from ganbodypose.skeletons import BLAZEPOSE_33

INPUT_SIZE = 256
LANDMARKS_SHAPE = (1, 195)  # 39 x (x, y, z in input pixels; logits of visibility and presence)
PRESENCE_SHAPE = (1, 1)  # probability that somebody is there
HEATMAP_SHAPE = (1, 64, 64, 39)  # logits
WORLD_SHAPE = (1, 117)  # 39 x (x, y, z) in metres around the mid-hip, in the turned frame of the crop
MIN_PRESENCE = 0.5
MIN_HEAT = 0.5

_JOINTS = len(BLAZEPOSE_33)
_USED = _JOINTS + 2  # the body, then the two points that give the next region
_WINDOW = np.arange(-4, 5)


@dataclass(frozen=True)
class BlazePoseDetection(Detection):
    """What BlazePose knows of one person besides the keypoints.

    alignment_px [2,2]: mid-hip and a point on the circle around the body, from which the next region follows;
    world_m [33,3]: metres around the hips' midpoint, axes of the camera (x right, y down, z forward);
    visibility, presence [33]: not hidden, and inside the picture; probabilities.
    """

    alignment_px: np.ndarray
    world_m: np.ndarray
    visibility: np.ndarray
    presence: np.ndarray


def refine(points: np.ndarray, heatmap: np.ndarray) -> np.ndarray:
    """Landmarks [J,2] in fractions of the crop, moved to the heat's centroid in the 9 x 9 cells around them.

    heatmap [S,S,>=J] are logits. A landmark outside the crop or without a hot cell near it stays.
    """
    side = heatmap.shape[0]
    near = (points.T * side).astype(int)[:, :, None] + _WINDOW  # [2,J,9] columns and rows of the cells
    inside = (near >= 0) & (near < side)
    columns, rows = near.clip(0, side - 1)
    joints = np.arange(len(points))[:, None, None]
    heat = sigmoid(heatmap[rows[:, :, None], columns[:, None, :], joints])
    heat *= inside[1][:, :, None] & inside[0][:, None, :]  # [J,9,9]
    along = np.stack([heat.sum(1), heat.sum(2)])  # of the columns and of the rows
    centroid = (along * near).sum(-1) / np.maximum(along[0].sum(-1), np.finfo(np.float32).tiny)
    hot = inside[:, :, len(_WINDOW) // 2].all(0) & (heat.max((1, 2)) >= MIN_HEAT)
    return np.where(hot[:, None], centroid.T / side, points)


def decode(
    landmarks: np.ndarray, heatmap: np.ndarray, world: np.ndarray, score: float, region: Region
) -> BlazePoseDetection:
    """One person from the network's outputs for the crop of `region`; arrays have the shapes named above.

    A keypoint's confidence is visibility times presence: it is in the picture and can be seen. Its depth is
    the world landmark's, relative to the hips' midpoint.
    """
    values = landmarks.reshape(-1, 5)[:_USED].astype(np.float64)
    points = crop_to_picture(refine(values[:, :2] / INPUT_SIZE, heatmap[0]), region)
    visibility, presence = sigmoid(values[:_JOINTS, 3:].T)
    world_m = world.reshape(-1, 3)[:_JOINTS].astype(np.float64)
    world_m[:, :2] = world_m[:, :2] @ rotation_matrix(region.rotation_rad).T
    world_m -= world_m[BLAZEPOSE_33.indices("left_hip", "right_hip")].mean(0)
    xy_px, confidence = points[:_JOINTS], visibility * presence
    return BlazePoseDetection(
        keypoints=Keypoints2D(xy_px, confidence, BLAZEPOSE_33, world_m[:, 2]),
        bbox_px=bounding_box(xy_px, confidence),
        score=score,
        alignment_px=points[_JOINTS:],
        world_m=world_m,
        visibility=visibility,
        presence=presence,
    )


def bounding_box(xy_px: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """x0 y0 x1 y1 around the keypoints [J,2] of confidence 0.5 or more; around all if those are under two."""
    seen = confidence >= 0.5
    shown = xy_px[seen] if seen.sum() >= 2 else xy_px
    return np.concatenate([shown.min(0), shown.max(0)])
