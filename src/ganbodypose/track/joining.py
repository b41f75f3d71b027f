"""Overlapping parts of one recording, each followed by a tracker of its own, joined: who is who across a join.

Two parts saw the same pictures around their join. Whoever is at the same place in both, as a rule, is one person.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count

import numpy as np

from ganbodypose.core import Detection
from ganbodypose.track.association import least_total
from ganbodypose.track.scene import keypoint_similarity, share_inside
from ganbodypose.track.tracker import Tracked, TrackedPerson

# Similarity from which nothing differs that matters, and for so long: longer than a velocity is remembered.
SAME, AGREED_S = 0.999, 0.3
ALIKE = 0.5  # mean similarity over the pictures in which both were seen; the same person's is about 0.9

Pair = tuple[int, int]  # id in the part before, id in the part after


def join(parts: Sequence[Sequence[Tracked]], joins_s: Sequence[float]) -> list[Tracked]:
    """One recording from its parts in order, each of which begins before the one before it ends.

    The next part is taken from where both have agreed for AGREED_S, so that a part in which somebody is found late
    costs nothing; where they never do, from the time in `joins_s` on. Ids are those of the first part; people that
    no part before has seen get the next numbers.
    """
    joined = list(parts[0])
    for after, join_s in zip(parts[1:], joins_s, strict=True):
        shared = joined[_first_at(joined, after[0].time_s) :] if after else []
        known = same_people(shared, after, join_s)
        from_s = _agreed_at(_in_common(shared, after), known, join_s)
        shown = after[_first_at(after, from_s) :]
        names = _names(known, joined, shown)
        del joined[_first_at(joined, from_s) :]
        joined += [_renamed(tracked, names) for tracked in shown]
    return joined


def same_people(before: Sequence[Tracked], after: Sequence[Tracked], join_s: float) -> dict[int, int]:
    """{id in `after`: id in `before`} of who was seen in both.

    They are compared from join_s on first, where `after` has seen enough to know who is who, and before it only
    for those who were not in view any more.
    """
    common = _in_common(before, after)
    later = [seen for seen in common if seen[0].time_s >= join_s]
    found = _matched(_similarities(later))
    known_before, known_after = set(found.values()), set(found)
    open_pairs = {
        pair: values
        for pair, values in _similarities(common).items()
        if pair[0] not in known_before and pair[1] not in known_after
    }
    return found | _matched(open_pairs)


def _agreed_at(common: Iterable[tuple[Tracked, Tracked]], known: dict[int, int], otherwise_s: float) -> float:
    since_s: float | None = None
    for before, after in common:
        if not _agree(before, after, known):
            since_s = None
            continue
        since_s = before.time_s if since_s is None else since_s
        if before.time_s - since_s >= AGREED_S:
            return before.time_s
    return otherwise_s


def _agree(before: Tracked, after: Tracked, known: dict[int, int]) -> bool:
    """The same people, at the same places."""
    there = {person.track_id: person.detection for person in before.people}
    here = {known.get(person.track_id): person.detection for person in after.people}
    return there.keys() == here.keys() and all(_similarity(there[i], here[i]) >= SAME for i in there)


def _names(known: dict[int, int], before: Iterable[Tracked], shown: Iterable[Tracked]) -> dict[int, int]:
    """{id in `shown`: id in the whole recording} of everybody; trackers number people as they come."""
    free = count(1 + max(_ids(before), default=0))
    return {number: known[number] if number in known else next(free) for number in sorted(set(_ids(shown)))}


def _ids(frames: Iterable[Tracked]) -> Iterable[int]:
    return (person.track_id for tracked in frames for person in tracked.people)


def _first_at(frames: Sequence[Tracked], time_s: float) -> int:
    return bisect_left(frames, time_s, key=lambda tracked: tracked.time_s)


def _renamed(tracked: Tracked, names: dict[int, int]) -> Tracked:
    people = [replace(person, track_id=names[person.track_id]) for person in tracked.people]
    return replace(tracked, people=sorted(people, key=lambda person: person.track_id))


def _in_common(before: Sequence[Tracked], after: Sequence[Tracked]) -> list[tuple[Tracked, Tracked]]:
    """The same pictures in both; presentation times of a picture are equal to the last bit."""
    at = {tracked.time_s: tracked for tracked in after}
    return [(tracked, at[tracked.time_s]) for tracked in before if tracked.time_s in at]


def _similarities(common: Iterable[tuple[Tracked, Tracked]]) -> dict[Pair, tuple[float, int]]:
    """Of every two that were seen in one picture: the sum of their similarities, and in how many pictures."""
    sums, pictures = defaultdict[Pair, float](float), Counter[Pair]()
    for before, after in common:
        for one in _seen(before):
            for other in _seen(after):
                pair = one.track_id, other.track_id
                sums[pair] += _similarity(one.detection, other.detection)
                pictures[pair] += 1
    return {pair: (sums[pair], pictures[pair]) for pair in pictures}


def _seen(tracked: Tracked) -> list[TrackedPerson]:
    return [person for person in tracked.people if person.observed]


def _similarity(a: Detection, b: Detection) -> float:
    """In [0,1]: mean of the keypoints' similarity and the boxes' (share of the larger inside the other)."""
    size_px = float((a.bbox_px[2:] - a.bbox_px[:2]).max())
    boxes = min(share_inside(a.bbox_px, b.bbox_px), share_inside(b.bbox_px, a.bbox_px))
    return (keypoint_similarity(a.keypoints, b.keypoints, max(size_px, 1.0)) + boxes) / 2


def _matched(similarities: dict[Pair, tuple[float, int]]) -> dict[int, int]:
    """{id after: id before}, one to one, of the greatest total; who is like nobody is left out."""
    alike = {pair: total for pair, (total, pictures) in similarities.items() if total >= ALIKE * pictures}
    if not alike:
        return {}
    rows, columns = (sorted({pair[side] for pair in alike}) for side in (0, 1))
    totals = np.array([[alike.get((row, column), 0.0) for column in columns] for row in rows])
    chosen = zip(*least_total(-totals), strict=True)
    return {columns[c]: rows[r] for r, c in chosen if totals[r, c] > 0}
