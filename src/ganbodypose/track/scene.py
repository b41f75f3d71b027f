"""What is seen in one frame: every person once, however often and from wherever they are looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from ganbodypose.core import Detection, Keypoints2D
from ganbodypose.detect.base import PoseDetector, Region
from ganbodypose.track.appearance import clothes_colours

KEYPOINT_SPREAD = 0.05  # standard deviation of a keypoint, in region sides
LOOK_SIZE, LOOK_MIN_PX = 2.0, 128  # side of the square searched around somebody: region sides, at least pixels
CLOSE = 0.7  # region sides, centre to centre: people so close may be taken for one another
MIXED = 0.6  # a body with more of its box inside another's is likely made up from that one


@dataclass
class Sighting:
    """Somebody seen in this frame, not yet known who; `support` sums the scores of the searches that saw them."""

    detection: Detection
    region: Region
    colours: np.ndarray
    support: float = 0.0
    dubious: bool = False  # only followed, not found, and close to somebody who was found

    @property
    def certainty(self) -> float:
        """In [0,1]: somebody is there, and their joints can be seen."""
        return float(self.detection.score * self.detection.keypoints.confidence.mean())


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))


def apart(a: Region, b: Region) -> float:
    """Distance between centres, in sides of the larger region."""
    return distance(a.center_px, b.center_px) / max(a.size_px, b.size_px)


def share_inside(box: np.ndarray, other: np.ndarray) -> float:
    """Share of `box` (x0 y0 x1 y1) that lies inside `other`."""
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return float(max(wide, 0.0) * max(high, 0.0) / max(area, 1e-9))


def keypoint_similarity(
    a: Keypoints2D, b: Keypoints2D, size_px: float, shift_px: np.ndarray | float = 0.0
) -> float:
    """Object keypoint similarity in [0,1] of `a` moved by shift_px with `b`, for a region of side size_px.

    Keypoints count as much as both are seen; 0 when none is.
    """
    squared = ((a.xy_px + shift_px - b.xy_px) ** 2).sum(-1) / (KEYPOINT_SPREAD * size_px) ** 2
    weight = a.confidence * b.confidence
    total = float(weight.sum())
    return float((np.exp(-squared / 2) * weight).sum()) / total if total > 0 else 0.0


def same_person(a: Sighting, b: Sighting) -> bool:
    """Two sightings of one person: like keypoints, or regions that nearly coincide."""
    gap = apart(a.region, b.region)
    if gap > 0.5:
        return False
    if gap < 0.08 and abs(np.log(a.region.size_px / b.region.size_px)) < 0.25:
        return True
    size = max(a.region.size_px, b.region.size_px)
    return keypoint_similarity(a.detection.keypoints, b.detection.keypoints, size) > 0.5


class Scene:
    """One frame, the ways to look at it, and who was seen so far (`sightings`)."""

    def __init__(self, detector: PoseDetector, rgb: np.ndarray) -> None:
        self._detector, self._rgb = detector, rgb
        self._searched: list[Region] = []
        self.size_wh = np.array([rgb.shape[1], rgb.shape[0]])
        self.sightings: list[Sighting] = []

    def look(self, region: Region, support: float = 0.0) -> None:
        """Estimate the pose of whoever is inside `region`."""
        detection = self._detector.estimate(self._rgb, region)
        if detection is None:
            return
        colours = clothes_colours(self._rgb, detection.keypoints)
        sighting = Sighting(detection, self._detector.next_region(detection), colours, support)
        for i, known in enumerate(self.sightings):
            if same_person(known, sighting):
                clearer = sighting if sighting.certainty > known.certainty + 0.1 else known
                self.sightings[i] = replace(clearer, support=known.support + support)
                return
        self.sightings.append(sighting)

    def search(self) -> None:
        """Find people in the whole picture."""
        self._found(self._detector.find_people(self._rgb))

    def search_around(self, place: Region) -> None:
        """Find people in a square part of the picture around `place`; once, however often it is asked for."""
        if any(apart(place, done) < 0.3 for done in self._searched):
            return
        self._searched.append(place)
        side = int(min(max(LOOK_SIZE * place.size_px, LOOK_MIN_PX), *self.size_wh))
        corner = np.clip(np.rint(place.center_px - side / 2), 0, self.size_wh - side).astype(int)
        part = self._rgb[corner[1] : corner[1] + side, corner[0] : corner[0] + side]
        regions = self._detector.find_people(np.ascontiguousarray(part))
        self._found(replace(region, center_px=region.center_px + corner) for region in regions)

    def _found(self, regions: Iterable[Region]) -> None:
        for region in regions:
            nearest = min(self.sightings, key=lambda s: apart(s.region, region), default=None)
            if nearest is not None and apart(nearest.region, region) < 0.15:
                nearest.support += region.score
            else:
                self.look(region, region.score)

    def crowded(self) -> list[Sighting]:
        """Sightings whose boxes overlap so much that one may be made up from another's limbs."""
        boxes = [s.detection.bbox_px for s in self.sightings]
        return [
            s
            for i, s in enumerate(self.sightings)
            if any(
                i != k and max(share_inside(boxes[i], box), share_inside(box, boxes[i])) > MIXED
                for k, box in enumerate(boxes)
            )
        ]

    def judge(self) -> None:
        """Doubt bodies that no search found beside one that was found; forget them where they lie inside it."""
        found = [s for s in self.sightings if s.support > 0]
        self.sightings = [
            s
            for s in self.sightings
            if s.support > 0
            or not any(share_inside(s.detection.bbox_px, f.detection.bbox_px) > MIXED for f in found)
        ]
        for s in self.sightings:
            s.dubious = s.support == 0 and any(apart(s.region, f.region) < CLOSE for f in found)

    def near(self, place: Region, within: float) -> list[Sighting]:
        """Sightings closer to `place` than `within` region sides."""
        return [s for s in self.sightings if apart(s.region, place) < within]
