"""One id per person for people whom another tool found, picture by picture: there is nothing to look at again.

The same costs and the same assignment as for pictures (`person`, `association`), without colours.
"""

from __future__ import annotations

import numpy as np

from ganbodypose.core import Detection
from ganbodypose.detect.base import Region
from ganbodypose.io.keypoints import KeypointFrame
from ganbodypose.track.association import assign
from ganbodypose.track.person import Person
from ganbodypose.track.scene import Sighting
from ganbodypose.track.tracker import LOST_S, TrackedPerson, prominence

MIN_SCORE = 0.2  # mean confidence below which nobody is followed
PADDING = 1.25  # a region against the person's box, as the detectors have it
_NO_CLOTHES = np.full(7, np.nan)


class KeypointTracker:
    """`update` with every frame, in order. Ids of the tool are kept; without them, people get 1, 2, ...

    size_wh: of the picture. max_persons: follow at most so many, the most prominent where they first appear.
    has_ids: the tool told ids in every frame.
    """

    def __init__(self, size_wh: tuple[int, int], max_persons: int | None, has_ids: bool) -> None:
        self._size_wh = np.array(size_wh)
        self._limit = np.inf if max_persons is None else max_persons
        self._has_ids = has_ids
        self._people: list[Person] = []
        self._ids = 0

    def update(self, frame: KeypointFrame) -> list[TrackedPerson]:
        """The people in `frame`, by id."""
        own = frame.track_ids if self._has_ids and frame.track_ids else (None,) * len(frame.detections)
        seen = [
            (_sighting(detection), number)
            for detection, number in zip(frame.detections, own, strict=True)
            if number is not None or detection.score >= MIN_SCORE
        ]
        self._people = [person for person in self._people if person.missing_s(frame.time_s) <= LOST_S]
        pairs = self._pairs(seen, frame.time_s)
        for person, chosen in pairs:
            size = prominence(seen[chosen][0].region, self._size_wh)
            person.see(seen[chosen][0], frame.time_s, 0.0, size, alone=True)
        taken = {chosen for _, chosen in pairs}
        self._welcome([each for i, each in enumerate(seen) if i not in taken], frame.time_s)
        return self._report(frame.time_s)

    def _pairs(self, seen: list[tuple[Sighting, int | None]], now_s: float) -> list[tuple[Person, int]]:
        if self._has_ids:
            by_id = {number: i for i, (_, number) in enumerate(seen)}
            return [(p, by_id[p.track_id]) for p in self._people if p.track_id in by_id]
        assigned = assign(self._people, [sighting for sighting, _ in seen], now_s)
        return [(self._people[i], chosen) for i, (chosen, _) in assigned.items()]

    def _welcome(self, new: list[tuple[Sighting, int | None]], now_s: float) -> None:
        for sighting, number in sorted(new, key=lambda each: -prominence(each[0].region, self._size_wh)):
            if len(self._people) < self._limit:
                self._ids += 1
                person = Person(sighting, now_s)
                person.track_id = self._ids if number is None else number
                person.prominence = prominence(sighting.region, self._size_wh)
                self._people.append(person)

    def _report(self, now_s: float) -> list[TrackedPerson]:
        return sorted(
            (
                TrackedPerson(person.track_id, person.detection, person.prominence)
                for person in self._people
                if person.track_id is not None and person.missing_s(now_s) == 0
            ),
            key=lambda person: person.track_id,
        )


def _sighting(detection: Detection) -> Sighting:
    low, high = detection.bbox_px[:2], detection.bbox_px[2:]
    side = max(float((high - low).max()) * PADDING, 1.0)
    return Sighting(detection, Region((low + high) / 2, side, 0.0, detection.score), _NO_CLOTHES, support=1.0)
