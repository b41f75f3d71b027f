"""Parts of a recording joined: ids across the join, whatever people do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from ganbodypose.core import Detection, Keypoints2D
from ganbodypose.skeletons import COCO_17
from ganbodypose.track import Tracked, TrackedPerson, join
from ganbodypose.track.joining import same_people

Path = Callable[[float], float | None]
FPS, JOIN_S = 10.0, 6.0
BODY = np.random.default_rng(0).uniform(-1, 1, (17, 2)) * [30, 100]
NOISE = np.random.default_rng(1)


def _person(number: int, x: float, observed: bool = True, noise_px: float = 0.0) -> TrackedPerson:
    xy = BODY + np.array([x, 200]) + NOISE.normal(0, 1, BODY.shape) * noise_px
    confidence = np.full(17, 0.9 if observed else 0.0)
    box = np.concatenate([xy.min(0), xy.max(0)])
    return TrackedPerson(number, Detection(Keypoints2D(xy, confidence, COCO_17), box, 0.9), 0.5, observed)


def _part(start_s: float, end_s: float, people: Mapping[int, Path], noise_px: float = 0.0) -> list[Tracked]:
    """People by the id that this part gives them, where their path has them."""
    frames = []
    for index in range(round(start_s * FPS), round(end_s * FPS)):
        places = {number: path(index / FPS) for number, path in people.items()}
        there = [_person(number, x, noise_px=noise_px) for number, x in places.items() if x is not None]
        frames.append(Tracked(index, index / FPS, there))
    return frames


def _track(joined: list[Tracked], number: int) -> dict[float, float]:
    """Where somebody is, by time."""
    return {
        tracked.time_s: float(person.detection.bbox_px.reshape(2, 2).mean(0)[0])
        for tracked in joined
        for person in tracked.people
        if person.track_id == number
    }


def _is_on(track: Mapping[float, float], path: Path, until_s: float = 10.0) -> bool:
    middle = float(np.mean([BODY[:, 0].min(), BODY[:, 0].max()]))
    places = {k / FPS: path(k / FPS) for k in range(round(until_s * FPS))}
    known = {time_s: x for time_s, x in places.items() if x is not None}
    return known.keys() == track.keys() and all(abs(track[t] - x - middle) < 10 for t, x in known.items())


def left_to_right(t: float) -> float:
    return 100 + 80 * (t - 2)


def right_to_left(t: float) -> float:
    return 100 + 80 * (10 - t)


@pytest.mark.parametrize("noise_px", [0.0, 3.0])
def test_people_who_cross_at_the_join_keep_their_ids(noise_px: float) -> None:
    before = _part(0, 8, {1: left_to_right, 2: right_to_left})
    after = _part(4, 10, {2: left_to_right, 1: right_to_left}, noise_px)
    joined = join([before, after], [JOIN_S])
    assert [tracked.frame_index for tracked in joined] == list(range(100))
    assert _is_on(_track(joined, 1), left_to_right)
    assert _is_on(_track(joined, 2), right_to_left)
    assert all([p.track_id for p in tracked.people] == [1, 2] for tracked in joined)


def test_the_frames_of_each_part_are_taken_from_the_join_on() -> None:
    before, after = _part(0, 8, {1: lambda _: 100.0}), _part(4, 10, {1: lambda _: 103.0})
    track = _track(join([before, after], [JOIN_S]), 1)
    assert {round(x - track[0.0]) for t, x in track.items() if t < JOIN_S} == {0}
    assert {round(x - track[0.0]) for t, x in track.items() if t >= JOIN_S} == {3}


@pytest.mark.parametrize("found_s", [4.0, 5.0, 7.2])
def test_the_next_part_is_taken_from_where_both_agree(found_s: float) -> None:
    """It may find somebody late; nothing of theirs is lost as long as the part before goes on."""
    here: Path = lambda _: 100.0  # noqa: E731
    late = _part(4, 10, {1: lambda t: 100.0 if t >= found_s else None})
    joined = join([_part(0, 8, {1: here}), late], [JOIN_S])
    assert _is_on(_track(joined, 1), here)


def test_somebody_hidden_at_the_join_comes_back_under_the_same_id() -> None:
    """The part before still remembers them, within the overlap."""

    def hidden(t: float) -> float | None:
        return None if 4.5 <= t < 7 else 300.0

    standing: Path = lambda _: 100.0  # noqa: E731
    joined = join([_part(0, 8, {1: standing, 2: hidden}), _part(4, 10, {1: standing, 2: hidden})], [JOIN_S])
    assert _is_on(_track(joined, 2), hidden)
    late = {
        1: standing,
        2: lambda t: hidden(t) if t >= 7 else None,
    }  # the second part saw them only afterwards
    joined = join([_part(0, 8, {1: standing, 2: hidden}), _part(4.5, 10, late)], [JOIN_S])
    assert _is_on(_track(joined, 2), hidden)


def test_who_left_before_the_overlap_is_not_taken_for_who_comes_after_it() -> None:
    before = _part(0, 8, {1: lambda _: 100.0, 2: lambda t: 300.0 if t < 3 else None})
    after = _part(4, 10, {1: lambda _: 100.0, 2: lambda t: 300.0 if t > 8.5 else None})
    assert set(_track(join([before, after], [JOIN_S]), 3)) == {t / FPS for t in range(86, 100)}


def test_newcomers_get_the_next_numbers_through_several_joins() -> None:
    here, there = (lambda _: 100.0), (lambda _: 400.0)
    first = _part(0, 8, {1: here})
    second = _part(4, 14, {1: lambda t: 700.0 if t >= 9 else None, 2: here})
    third = _part(10, 20, {1: there, 5: here, 3: lambda _: 700.0})
    joined = join([first, second, third], [6.0, 12.0])
    assert _is_on(_track(joined, 1), here, 20)
    assert min(_track(joined, 2)) == 9.0
    assert set(_track(joined, 2).values()) == set(_track(joined[-1:], 2).values())
    assert min(_track(joined, 3)) == 12.0
    assert {p.track_id for tracked in joined for p in tracked.people} == {1, 2, 3}


def test_the_later_part_is_believed_when_two_parts_disagree_before_the_join() -> None:
    """A young tracker that exchanged two people early on: what counts is who is who from the join on."""
    a, b = (lambda _: 100.0), (lambda _: 300.0)
    exchanged = {1: lambda t: 300.0 if t < 6 else 100.0, 2: lambda t: 100.0 if t < 6 else 300.0}
    assert same_people(_part(4, 7, {1: a, 2: b}), _part(4, 8, exchanged), JOIN_S) == {1: 1, 2: 2}
    assert same_people(_part(4, 6, {1: a, 2: b}), _part(4, 8, exchanged), JOIN_S) == {1: 2, 2: 1}


def test_who_is_only_imagined_is_nobody_to_compare_with() -> None:
    imagined = [Tracked(k, k / FPS, [_person(7, 100.0, observed=False)]) for k in range(40, 80)]
    assert same_people(imagined, _part(4, 8, {1: lambda _: 100.0}), JOIN_S) == {}


def test_nobody_is_joined_with_whoever_is_elsewhere() -> None:
    assert same_people(_part(4, 8, {1: lambda _: 100.0}), _part(4, 8, {1: lambda _: 180.0}), JOIN_S) == {}


def test_empty_parts_join() -> None:
    assert [tracked.people for tracked in join([_part(0, 8, {}), _part(4, 10, {})], [JOIN_S])] == [[]] * 100
    assert join([[], []], [JOIN_S]) == []
