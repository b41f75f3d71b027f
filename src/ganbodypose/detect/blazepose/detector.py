"""The detector that `create_detector` gives: BlazePose behind the `PoseDetector` protocol."""

from __future__ import annotations

import cv2
import numpy as np

from ganbodypose.core import Detection
from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose import landmarks, ssd
from ganbodypose.detect.blazepose.crop import (
    checked_picture,
    crop,
    crop_to_picture,
    square_tiles,
    whole_picture,
)
from ganbodypose.detect.blazepose.landmarks import BlazePoseDetection
from ganbodypose.detect.blazepose.network import Network
from ganbodypose.skeletons import BLAZEPOSE_33


class BlazePose:
    """BlazePose (33 keypoints with weak depth) from two TFLite models given as bytes; `PoseDetector`."""

    skeleton = BLAZEPOSE_33

    def __init__(self, name: str, person_model: bytes, landmark_model: bytes, threads: int = 1) -> None:
        self.name = name
        self._person = Network(person_model, (ssd.BOXES_SHAPE, ssd.SCORES_SHAPE), (-1.0, 1.0), threads)
        shapes = (
            landmarks.LANDMARKS_SHAPE,
            landmarks.PRESENCE_SHAPE,
            landmarks.HEATMAP_SHAPE,
            landmarks.WORLD_SHAPE,
        )
        self._landmarks = Network(landmark_model, shapes, (0.0, 1.0), threads)

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        """Everybody, the surest first, in the whole picture and, unless it is square, in overlapping tiles.

        The detector wants people to fill its input; in a wide picture it misses those that a tile shows it.
        """
        views = [whole_picture(checked_picture(rgb)), *square_tiles(rgb)]
        return ssd.merge_views([self.find_in(rgb, view) for view in views])

    def find_in(self, rgb: np.ndarray, view: Region) -> list[Region]:
        """The people that one look of the detector at the square `view` finds, the surest first."""
        crop(rgb, view, self._person.pixels, cv2.BORDER_CONSTANT)
        people = ssd.merge(*ssd.decode(*self._person()))
        points = [(crop_to_picture(keypoints[:2], view), score) for keypoints, score in people]
        return [ssd.region_around(center, edge, score) for (center, edge), score in points]

    def estimate(self, rgb: np.ndarray, region: Region) -> BlazePoseDetection | None:
        crop(checked_picture(rgb), region, self._landmarks.pixels, cv2.BORDER_REPLICATE)
        values, presence, heatmap, world = self._landmarks()
        score = float(presence[0, 0])
        if score < landmarks.MIN_PRESENCE:
            return None
        return landmarks.decode(values, heatmap, world, score, region)

    def next_region(self, detection: Detection) -> Region:
        if not isinstance(detection, BlazePoseDetection):
            raise TypeError(f"{self.name} can only follow its own detections, got {type(detection).__name__}")
        center, edge = detection.alignment_px
        return ssd.region_around(center, edge, detection.score)
