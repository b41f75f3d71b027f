"""One id per person: follows regions from frame to frame, searches only when it must, and decides who is who.

In every frame each person is looked for where they should be by now. What is seen there is only a candidate:
a pose network asked about a region answers with the most prominent person near it, whoever that is, or with
a body made up from two. So all sightings of a frame are pooled and cleaned (`scene`), and people and sightings
are paired at the least total cost (`person`, `association`). Who is left without a sighting is looked for at
other angles and in a larger part of the picture, and is remembered for a while when hidden.

All times are the frames' own (`VideoFrame.time_s`), never the wall clock; the same frames give the same ids.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ganbodypose.core import Detection, Keypoints2D, VideoFrame
from ganbodypose.detect.base import PoseDetector, Region
from ganbodypose.skeletons import Skeleton
from ganbodypose.track.association import assign
from ganbodypose.track.motion import turn_between
from ganbodypose.track.person import CLEAR, Person
from ganbodypose.track.scene import CLOSE, MIXED, Scene, Sighting, apart, share_inside

MAX_PEOPLE = 16  # with no limit given: a crowd is beyond what one region per person can tell apart
DOUBT = 0.5  # cost above which a second look is taken
DOUBT_EVERY_S = 0.1  # second looks around somebody who is seen
MISSING_EVERY_S = 0.2  # and around somebody who is not
EAGER_S, EAGER_EVERY_S = 0.6, 0.1  # who went missing so recently is looked for in every frame
LOOKOUT_EVERY_S = 1.0  # looks around the people followed when no more are wanted: others may walk up to them
LOST_S = 3.0  # somebody unseen so long is somebody else afterwards
SEARCH_EMPTY_S = 0.1  # searches of the whole picture while nobody is known
TURNS_DEG = (45.0, -45.0, 90.0, -90.0)  # angles tried for somebody whose body may have turned
BYSTANDER = 1.5  # others so close are followed unreported
REST_S = 0.4  # between looks at a bystander who cannot be taken for somebody else
CHOICE_S, CHOICE_EVERY_S = 2.0, 0.3  # a main subject so new may still give way; searches for others meanwhile
TAKEOVER, TAKEOVER_S = 1.3, 0.3  # to somebody so many times as prominent, seen for so long


@dataclass(frozen=True)
class TrackedPerson:
    """Somebody in this frame.

    primary_score in [0,1] grows with size, closeness to the picture's centre and time in view: the main
    subject has the greatest. Where `observed` is False the person was not seen in this frame, but moments ago;
    the detection is then the last one moved along, with every confidence 0.
    """

    track_id: int
    detection: Detection
    primary_score: float
    observed: bool = True

    def to(self, skeleton: Skeleton) -> TrackedPerson:
        """The same person with the joints of `skeleton`."""
        return replace(
            self, detection=replace(self.detection, keypoints=self.detection.keypoints.to(skeleton))
        )


@dataclass(frozen=True)
class Tracked:
    """The people that were seen in one picture."""

    frame_index: int
    time_s: float
    people: list[TrackedPerson]

    @property
    def keypoints(self) -> list[tuple[int, Keypoints2D]]:
        """Track id and keypoints of everybody, as the lifting takes them."""
        return [(person.track_id, person.detection.keypoints) for person in self.people]


Pairs = dict[int, tuple[int, float]]


class Tracker:
    """Follows people through a video: `update` with every frame, in order.

    detector       finds and estimates; the tracker decides where.
    max_persons    how many to follow at most: the main subjects where they are first seen (large, central,
                   clearly visible), kept until they have been lost for lost_s. None: everyone.
    search_every_s how often to search the whole picture while fewer than max_persons are in view.
    lost_s         how long somebody out of sight is remembered and gets the same id back.
    coast_s        how long somebody out of sight is still reported, at the predicted place.

    Ids are 1, 2, ... in the order in which people become certain (usually that of appearance), never reused.
    """

    def __init__(
        self,
        detector: PoseDetector,
        max_persons: int | None = None,
        search_every_s: float = 1.0,
        lost_s: float = LOST_S,
        coast_s: float = 0.3,
    ) -> None:
        if max_persons is not None and max_persons < 1:
            raise ValueError(f"max_persons must be at least 1 or None, got {max_persons}")
        self._detector = detector
        self._limit = MAX_PEOPLE if max_persons is None else max_persons
        self._search_every_s, self._lost_s, self._coast_s = search_every_s, lost_s, coast_s
        self._people: list[Person] = []
        self._next_id = 1
        self._now = self._interval_s = 0.0
        self._frame_time_s: float | None = None
        self._searched_s = -np.inf

    def update(self, frame: VideoFrame) -> list[TrackedPerson]:
        """The people in `frame`, by id."""
        self._tick(frame.time_s)
        scene = Scene(self._detector, frame.rgb)
        resting = [person for person in self._people if self._may_rest(person)]
        for person in self._people:
            due = self._missing_s(person) <= EAGER_S or self._passed(person.looked_s, MISSING_EVERY_S)
            if due and person not in resting:
                scene.look(self._place(person))
        if self._search_due():
            self._searched_s = self._now
            scene.search()
        pairs = self._pair(scene, resting)
        self._commit(scene, pairs)
        self._welcome(scene, [scene.sightings[s] for s, _ in pairs.values()])
        self._retire()
        return self._report()

    # Time and place

    def _tick(self, time_s: float) -> None:
        """A clock that never runs backwards, whatever the timestamps do."""
        if self._frame_time_s is None:
            self._now = time_s
        else:
            self._interval_s = max(time_s - self._frame_time_s, 0.0)
            self._now += self._interval_s
        self._frame_time_s = time_s

    def _missing_s(self, person: Person) -> float:
        return person.missing_s(self._now)

    def _missing_every(self, person: Person) -> float:
        return EAGER_EVERY_S if self._missing_s(person) <= EAGER_S else MISSING_EVERY_S

    def _place(self, person: Person) -> Region:
        return person.motion.at(self._now)

    def _passed(self, since_s: float, seconds: float) -> bool:
        return self._now - since_s >= seconds - 1e-6

    def _search_beats(self, every_s: float) -> bool:
        """Whether a beat of the video's clock has come since the last search: trackers that began at different moments
        search the same pictures."""
        return self._beat(self._now, every_s) > self._beat(self._searched_s, every_s)

    @staticmethod
    def _beat(time_s: float, every_s: float) -> float:
        return float(np.floor((time_s + 1e-6) / every_s))

    # Looking and pairing

    def _search_due(self) -> bool:
        if not self._people:
            return self._search_beats(SEARCH_EMPTY_S)
        in_view = sum(p.confirmed and self._missing_s(p) <= EAGER_S for p in self._people)
        if in_view < self._limit:
            return self._search_beats(self._search_every_s)
        every = min(CHOICE_EVERY_S, self._search_every_s)
        return any(self._is_provisional(p) for p in self._people) and self._search_beats(every)

    def _may_rest(self, person: Person) -> bool:
        """A bystander seen just now and at a distance from the others: nobody is taken for them in this frame."""
        if person.confirmed or not person.real or self._passed(person.motion.time_s, REST_S):
            return False
        place = self._place(person)
        return all(apart(place, self._place(p)) > CLOSE for p in self._people if p is not person)

    def _pair(self, scene: Scene, resting: list[Person]) -> Pairs:
        """Pair people with sightings, looking again for whoever is missing, unlikely, uncertain or in a crowd."""
        pairs = assign(self._people, scene.sightings, self._now)
        crowd = scene.crowd()
        doubted = [
            person
            for i, person in enumerate(self._people)
            if person not in resting
            and (self._wants_look(person, pairs.get(i)) or (i in pairs and pairs[i][0] in crowd))
        ]
        for person in resting if doubted else ():
            scene.look(self._place(person))
        for person in doubted:
            person.looked_s = self._now
            scene.search_around(self._place(person))
        if doubted:
            scene.judge()
            pairs = assign(self._people, scene.sightings, self._now)
        missing = [p for i, p in enumerate(self._people) if i not in pairs and p in doubted and p.confirmed]
        turned = [p for p in missing if self._missing_s(p) <= EAGER_S and self._is_alone(p, scene)]
        for person in turned:
            self._look_turned(scene, person)
        return assign(self._people, scene.sightings, self._now) if turned else pairs

    def _wants_look(self, person: Person, pair: tuple[int, float] | None) -> bool:
        if not person.real:
            return True
        if pair is None:
            just_lost = self._missing_s(person) <= self._interval_s
            return just_lost or self._passed(person.looked_s, self._missing_every(person))
        if pair[1] > DOUBT:
            return self._passed(person.looked_s, DOUBT_EVERY_S)
        return len(self._people) >= self._limit and self._passed(person.looked_s, LOOKOUT_EVERY_S)

    def _look_turned(self, scene: Scene, person: Person) -> None:
        """Look for somebody at other angles, the way they turn first, until they are seen."""
        place = self._place(person)
        way = np.copysign(1.0, person.motion.spin_rad_s)
        for degrees in TURNS_DEG:
            turned = turn_between(0.0, place.rotation_rad + way * np.radians(degrees))
            scene.look(replace(place, rotation_rad=turned))
            if assign([person], scene.sightings, self._now):
                return

    def _is_alone(self, person: Person, scene: Scene) -> bool:
        """Nobody else is close, of whom a turned look would make anything."""
        place = self._place(person)
        others = [p for p in self._people if p is not person]
        return not scene.near(place, CLOSE) and all(apart(self._place(p), place) >= CLOSE for p in others)

    # Remembering

    def _commit(self, scene: Scene, pairs: Pairs) -> None:
        for i, person in enumerate(self._people):
            if i in pairs:
                chosen, cost = pairs[i]
                sighting = scene.sightings[chosen]
                alone = len(scene.near(sighting.region, CLOSE)) == 1
                person.see(sighting, self._now, cost, prominence(sighting.region, scene.size_wh), alone)
            if not person.real:
                person.looks_left = person.looks_left - 1 if i in pairs else 0

    def _welcome(self, scene: Scene, known: list[Sighting]) -> None:
        """Follow those whom a search found and who are nobody known: first the most prominent."""
        new = [s for s in scene.sightings if s.support > 0 and not any(s is k for k in known)]
        for sighting in sorted(
            new, key=lambda s: -prominence(s.region, scene.size_wh) * min(s.certainty / CLEAR, 1.0)
        ):
            box = sighting.detection.bbox_px
            mixed = any(share_inside(box, other.detection.bbox_px) > MIXED for other in known)
            if not mixed and not self._may_be_missing(sighting) and self._has_room(sighting, scene.size_wh):
                self._people.append(Person(sighting, self._now))
                known = [*known, sighting]
        for person in self._people:
            if person.real and not person.confirmed and self._makes_room(person):
                person.track_id, self._next_id = self._next_id, self._next_id + 1

    def _makes_room(self, person: Person) -> bool:
        """Whether `person` may be reported; where that exceeds the limit, somebody else no longer is."""
        if len(self._subjects) < self._limit:
            return True
        least = min(self._subjects, key=lambda p: p.prominence_now)
        if person.seen_s < TAKEOVER_S or not self._outshines(person.prominence_now, least):
            return False
        least.track_id = None
        return True

    def _is_provisional(self, person: Person) -> bool:
        return person.confirmed and person.seen_s < CHOICE_S

    def _outshines(self, prominence: float, subject: Person) -> bool:
        """So prominent that somebody followed for a short while only was the wrong choice."""
        return self._is_provisional(subject) and prominence > TAKEOVER * subject.prominence_now

    def _may_be_missing(self, sighting: Sighting) -> bool:
        """Whoever turns up beside somebody who has just gone missing is not welcomed as another person at once."""
        return any(
            p.confirmed
            and 0 < self._missing_s(p) <= EAGER_S
            and apart(self._place(p), sighting.region) < CLOSE
            for p in self._people
        )

    def _has_room(self, sighting: Sighting, size_wh: np.ndarray) -> bool:
        """For everybody within the limit, and for bystanders and rivals of those who are followed."""
        matters = self._matters(sighting.region, prominence(sighting.region, size_wh))
        return len(self._people) < (MAX_PEOPLE if matters else self._limit)

    def _retire(self) -> None:
        self._people = [person for person in self._people if self._is_remembered(person)]

    def _is_remembered(self, person: Person) -> bool:
        if person.confirmed:
            return self._missing_s(person) <= self._lost_s
        if not person.real:
            return person.looks_left > 0
        in_view = self._missing_s(person) <= EAGER_S
        return in_view and self._matters(self._place(person), person.prominence_now)

    @property
    def _subjects(self) -> list[Person]:
        return [person for person in self._people if person.confirmed]

    def _matters(self, place: Region, prominence: float) -> bool:
        """Somebody unreported there is a bystander, who may be taken for a subject, or a rival of one."""
        return any(
            apart(place, self._place(subject)) < BYSTANDER or self._outshines(prominence, subject)
            for subject in self._subjects
        )

    def _report(self) -> list[TrackedPerson]:
        people = []
        for person in self._people:
            gap = self._missing_s(person)
            if person.track_id is None or gap > self._coast_s + 1e-6:
                continue
            detection = person.detection if gap == 0 else person.imagined(self._now)
            lasting = 1 - float(np.exp(-(person.seen_s + 0.1) / 2))
            people.append(TrackedPerson(person.track_id, detection, person.prominence * lasting, gap == 0))
        return sorted(people, key=lambda p: p.track_id)


def prominence(region: Region, size_wh: np.ndarray) -> float:
    """In [0,1]: how large a person is in the picture and how near its centre."""
    size = min(region.size_px / float(min(size_wh)), 1.0)
    off_centre = (region.center_px - size_wh / 2) / size_wh
    return float(size * np.exp(-2 * (off_centre**2).sum()))
