"""One person over time: what is remembered of them, and how well something seen now agrees with it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ganbodypose.core import Detection
from ganbodypose.track.appearance import change_of_clothes
from ganbodypose.track.motion import Motion, turn_between
from ganbodypose.track.scene import Sighting, distance, keypoint_similarity

IMPOSSIBLE = 1e3
EVIDENCE = 0.65  # sum of search score x certainty that makes somebody real; one clear look gives 0.9
LOOKS = 5  # within so many frames

# How far from the prediction somebody may be, at once and more for every second unseen: place in region sides,
# size as a logarithm, turn in radians. From frame to frame at 30 per second real people stay within 0.04, 0.08
# and 0.1; a somersault turns by 0.3.
PLACE_GATE, PLACE_GATE_PER_S, PLACE_GATE_MAX = 0.06, 2.5, 1.5
UNCERTAIN_PLACE = 0.2  # more, after a sighting of no certainty
SIZE_GATE, SIZE_GATE_PER_S, SIZE_GATE_MAX = 0.25, 1.5, 0.9
TURN_GATE, TURN_GATE_PER_S = 0.7, 3 * math.pi
CLOTHES_GATE = 2.0  # in typical changes of the same clothes

KEYPOINT_WEIGHT, KEYPOINT_MEMORY_S = 0.3, 0.3
HIDDEN_COST, HIDDEN_MEMORY_S = 0.6, 0.25  # who was seen just now goes before who was lost
NEWCOMER_COST = 0.8  # who is known goes before who may be a mistake
MAX_MISFIT = 1.6  # worse than this, it is somebody else
DUBIOUS_MAX = 0.6  # what only a following look saw beside somebody else must fit better than that
GONE_S, CLEAR = 0.3, 0.7  # after so long only a clear sighting counts, or one that a search supports
SURE_COST = 0.25  # above it a sighting among others moves the prediction less
CLOTHES_MEMORY_S = 2.0
NOW_S = 0.5  # time constant of the present prominence


class Person:
    """A person being followed. `track_id` is None for candidates and for bystanders, who are not reported."""

    def __init__(self, sighting: Sighting, now_s: float) -> None:
        self.track_id: int | None = None
        self.motion = Motion.start(sighting.region, now_s)
        self.detection = sighting.detection
        self.certainty = sighting.certainty
        self.clothes = sighting.clothes
        self.evidence = sighting.support * sighting.certainty
        self.looks_left = LOOKS
        self.looked_s = now_s
        self.seen_s = 0.0  # how long this person has been in view
        self.prominence = 0.0  # mean over that time
        self.prominence_now = 0.0  # over the last moments

    @property
    def confirmed(self) -> bool:
        return self.track_id is not None

    @property
    def real(self) -> bool:
        return self.evidence >= EVIDENCE

    def missing_s(self, now_s: float) -> float:
        return max(now_s - self.motion.time_s, 0.0)

    def cost(self, sighting: Sighting, now_s: float) -> float:
        """How badly `sighting` agrees with this person; about 0.1 from frame to frame, IMPOSSIBLE when it cannot be."""
        gap = self.missing_s(now_s)
        if gap > GONE_S and sighting.support == 0 and sighting.certainty < CLEAR:
            return IMPOSSIBLE
        misfit = self._misfit(sighting, now_s)
        acceptable = DUBIOUS_MAX if sighting.dubious else MAX_MISFIT
        return IMPOSSIBLE if misfit > acceptable else misfit + self._handicap(gap)

    def _misfit(self, sighting: Sighting, now_s: float) -> float:
        """Squared distances from the predicted place, size and turn (each 1 at its gate, IMPOSSIBLE beyond it),
        squared change of colours, and the keypoints' dissimilarity, which counts only for a short while."""
        gap = self.missing_s(now_s)
        place, seen = self.motion.at(now_s), sighting.region
        reach = PLACE_GATE + UNCERTAIN_PLACE * (1 - self.certainty) + PLACE_GATE_PER_S * gap
        moved = distance(seen.center_px, place.center_px) / place.size_px / min(reach, PLACE_GATE_MAX)
        if moved > 1:
            return IMPOSSIBLE
        grown = math.log(seen.size_px / place.size_px) / min(SIZE_GATE + SIZE_GATE_PER_S * gap, SIZE_GATE_MAX)
        turned = turn_between(place.rotation_rad, seen.rotation_rad) / (TURN_GATE + TURN_GATE_PER_S * gap)
        changed = change_of_clothes(self.clothes, sighting.clothes) / CLOTHES_GATE
        if max(abs(grown), abs(turned), changed) > 1:
            return IMPOSSIBLE
        shift = place.center_px - self.motion.region.center_px
        like = keypoint_similarity(
            self.detection.keypoints, sighting.detection.keypoints, place.size_px, shift
        )
        recent = math.exp(-gap / KEYPOINT_MEMORY_S)
        squares = moved**2 + 0.5 * grown**2 + 0.5 * turned**2 + changed**2
        return squares + KEYPOINT_WEIGHT * (1 - like) * recent

    def _handicap(self, gap_s: float) -> float:
        hidden = HIDDEN_COST * (1 - math.exp(-gap_s / HIDDEN_MEMORY_S))
        return hidden if self.real else hidden + NEWCOMER_COST

    def see(self, sighting: Sighting, now_s: float, cost: float, prominence: float, alone: bool) -> None:
        """Take `sighting` as this person. Unless `alone`, clothes are not learned and a dear one moves little."""
        elapsed = self.missing_s(now_s)
        trust = 1.0 if alone or cost <= SURE_COST else (SURE_COST / cost) ** 2
        self.motion = self.motion.seen(sighting.region, now_s, trust)
        self.detection, self.certainty = sighting.detection, sighting.certainty
        self.evidence += sighting.support * sighting.certainty
        if alone:
            gain = 1 - math.exp(-elapsed / CLOTHES_MEMORY_S)
            mixed = self.clothes + gain * (sighting.clothes - self.clothes)
            self.clothes = np.where(np.isnan(mixed), np.fmax(self.clothes, sighting.clothes), mixed)
        step = min(elapsed, 0.2)
        self.seen_s += step
        share = step / self.seen_s if self.seen_s else 1.0
        self.prominence += (prominence - self.prominence) * share
        self.prominence_now += (prominence - self.prominence_now) * max(share, 1 - math.exp(-step / NOW_S))

    def imagined(self, now_s: float) -> Detection:
        """Where this person should be at now_s: the last keypoints moved along, all with confidence 0."""
        shift = self.motion.at(now_s).center_px - self.motion.region.center_px
        seen = self.detection.keypoints
        moved = replace(seen, xy_px=seen.xy_px + shift, confidence=np.zeros_like(seen.confidence))
        return Detection(moved, self.detection.bbox_px + np.tile(shift, 2), 0.0)
