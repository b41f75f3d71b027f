"""A top-down pose network behind the `PoseDetector` protocol."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ganbodypose.core import Detection, Keypoints2D
from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose.crop import checked_picture
from ganbodypose.detect.topdown.crop import box_crop
from ganbodypose.detect.topdown.network import TopDownNetwork
from ganbodypose.detect.topdown.region import detection_of, region_of


class PersonFinder(Protocol):
    """Where people are in a whole picture, the surest first."""

    def find_people(self, rgb: np.ndarray) -> list[Region]: ...


class TopDownDetector:
    """People found by `people`, their keypoints by `network`; `PoseDetector`."""

    def __init__(self, name: str, people: PersonFinder, network: TopDownNetwork) -> None:
        self.name, self.skeleton = name, network.skeleton
        self._people, self._network = people, network

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        return self._people.find_people(checked_picture(rgb))

    def estimate(self, rgb: np.ndarray, region: Region) -> Detection | None:
        crop = box_crop(region, self._network.size_wh, self._network.udp)
        xy, confidence = self._network(crop.pixels(checked_picture(rgb)))
        return detection_of(Keypoints2D(crop.to_picture(xy), confidence, self.skeleton))

    def next_region(self, detection: Detection) -> Region:
        return region_of(detection, self._network.size_wh)
