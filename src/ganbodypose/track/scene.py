"""What is seen in one frame: every person once, however often and from wherever they are looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ganbodypose.core import Detection, Keypoints2D
from ganbodypose.detect.base import PoseDetector, Region
from ganbodypose.track.appearance import appearance, brightness

KEYPOINT_SPREAD = 0.05  # standard deviation of a keypoint, in region sides
LOOK_SIZE, LOOK_MIN_PX = (
    2.0,
    128,
)  # side of the square searched around somebody: region sides, at least pixels
SUPPORT = 0.15  # region sides, centre to centre: a region found so close to a sighting is the same person's
CLOSE = 0.7  # region sides, centre to centre: people so close may be taken for one another
DUBIOUS = 0.15  # share of a body's box inside another's from which it may be taken for that one
GRID_PLACE, GRID_SIZE, GRID_TURN = 1 / 64, 1 / 32, 1 / 24  # steps in sides, as a logarithm, and in radians
MIXED = 0.6  # a body with more of its box inside another's is likely made up from that one


@dataclass
class Sighting:
    """Somebody seen in this frame, not yet known who; `support` sums the scores of the searches that saw them."""

    detection: Detection
    region: Region
    clothes: np.ndarray  # [7] `appearance`
    support: float = 0.0
    dubious: bool = False  # only followed, not found, and overlapping somebody who was found

    @property
    def certainty(self) -> float:
        """In [0,1]: somebody is there, and their joints can be seen."""
        return float(self.detection.score * self.detection.keypoints.confidence.mean())


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return math.hypot(*(a - b).tolist())


def apart(a: Region, b: Region) -> float:
    """Distance between centres, in sides of the larger region."""
    return distance(a.center_px, b.center_px) / max(a.size_px, b.size_px)


def on_grid(region: Region) -> Region:
    """The nearest region of a grid whose steps are about four pixels of a pose network's picture.

    Where a network looks depends on what it saw before, and so a difference of a thousandth of a pixel never dies
    out: on fast movement two trackers that began at different moments go on to differ by centimetres. On the grid
    they soon look at the very same regions, and the past is forgotten within half a second (`jobs.parts`).
    """
    size_px = math.exp(_on_steps(math.log(region.size_px), GRID_SIZE))
    return replace(
        region,
        center_px=_on_steps(region.center_px, GRID_PLACE * size_px),
        size_px=size_px,
        rotation_rad=_on_steps(region.rotation_rad, GRID_TURN),
    )


def _on_steps(value: Any, step: float) -> Any:
    return np.rint(value / step) * step


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
    near = np.where(weight > 0, np.exp(-squared / 2), 0.0)  # unseen keypoints may be NaN
    return float((near * weight).sum()) / total if total > 0 else 0.0


def same_person(a: Sighting, b: Sighting) -> bool:
    """Two sightings of one person: like keypoints, or regions that nearly coincide."""
    gap = apart(a.region, b.region)
    if gap > 0.5:
        return False
    if gap < 0.04 and abs(math.log(a.region.size_px / b.region.size_px)) < 0.25:
        return True
    size = max(a.region.size_px, b.region.size_px)
    return keypoint_similarity(a.detection.keypoints, b.detection.keypoints, size) > 0.5


class Scene:
    """One frame, the ways to look at it, and who was seen so far (`sightings`)."""

    def __init__(self, detector: PoseDetector, rgb: np.ndarray) -> None:
        self._detector, self._rgb = detector, rgb
        self._light = brightness(rgb)
        self._searched: list[Region] = []
        self.size_wh = np.array([rgb.shape[1], rgb.shape[0]])
        self.sightings: list[Sighting] = []

    def look(self, region: Region, support: float = 0.0) -> None:
        """Estimate the pose of whoever is inside `region`."""
        detection = self._detector.estimate(self._rgb, on_grid(region))
        if detection is None:
            return
        clothes = appearance(self._rgb, detection.keypoints, self._light)
        sighting = Sighting(detection, self._detector.next_region(detection), clothes, support)
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
        self._found([replace(region, center_px=region.center_px + corner) for region in regions])

    def _found(self, regions: Sequence[Region]) -> None:
        """Support each sighting by the nearest region that was found, and look into the other regions."""
        gaps = [
            (apart(s.region, r), i, k) for i, s in enumerate(self.sightings) for k, r in enumerate(regions)
        ]
        supported: set[int] = set()
        explained: set[int] = set()
        for gap, i, k in sorted(gaps):
            if gap < SUPPORT and i not in supported and k not in explained:
                self.sightings[i].support += regions[k].score
                supported.add(i)
                explained.add(k)
        for k, region in enumerate(regions):
            if k not in explained:
                self.look(region, region.score)

    def crowd(self) -> set[int]:
        """Indices of sightings that overlap so much that one may be made up from another's limbs."""
        boxes = [s.detection.bbox_px for s in self.sightings]
        return {
            i
            for i, mine in enumerate(boxes)
            for k, other in enumerate(boxes)
            if i != k and max(share_inside(mine, other), share_inside(other, mine)) > MIXED
        }

    def judge(self) -> None:
        """Doubt bodies that no search found and that overlap one that was found; forget those mostly inside it."""
        found = [s.detection.bbox_px for s in self.sightings if s.support > 0]
        kept = []
        for s in self.sightings:
            inside = max((share_inside(s.detection.bbox_px, box) for box in found), default=0.0)
            s.dubious = s.support == 0 and inside > DUBIOUS
            if s.support > 0 or inside <= MIXED:
                kept.append(s)
        self.sightings = kept

    def near(self, place: Region, within: float) -> list[Sighting]:
        """Sightings closer to `place` than `within` region sides."""
        return [s for s in self.sightings if apart(s.region, place) < within]
