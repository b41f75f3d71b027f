"""Scripted scenes in the painted world: who keeps which id."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from painted_world import (
    HEIGHT,
    WIDTH,
    Actor,
    PaintedDetector,
    World,
    clock,
    follow,
    ids_of,
    owner,
    walk,
)

from ganbodypose.core import VideoFrame
from ganbodypose.track import Tracker

RED, GREEN = (180, 40, 40), (40, 150, 60)
TIMES = clock(4.0)

# Two people pass each other; the second, in front, hides the first for about 0.3 s.
SCENES: dict[str, World] = {
    "different clothes": World(
        [Actor(walk((120, 180), (110, 0)), RED), Actor(walk((540, 182), (-110, 0)), GREEN)]
    ),
    "same clothes": World([Actor(walk((120, 180), (110, 0)), RED), Actor(walk((540, 182), (-110, 0)), RED)]),
    "one stands": World([Actor(walk((320, 180)), RED), Actor(walk((560, 184), (-130, 0)), GREEN)]),
    "one stands, same clothes": World(
        [Actor(walk((320, 180)), RED), Actor(walk((560, 184), (-130, 0)), RED)]
    ),
    "overtaking": World([Actor(walk((120, 180), (60, 0)), RED), Actor(walk((40, 184), (130, 0)), GREEN)]),
    "sides swapped at some distance": World(
        [Actor(walk((200, 160), (70, 0)), RED), Actor(walk((440, 200), (-70, 0)), GREEN, tall_px=150)]
    ),
}


def nearest_box(world: World, times: np.ndarray) -> list[dict[int, int | None]]:
    """The naive tracker: find everybody in every frame and give each id to the nearest new box, anew if none."""
    detector = PaintedDetector([a.tall_px for a in world.actors])
    last: dict[int, np.ndarray] = {}
    story, next_id = [], 1
    for frame in world.frames(times):
        seen = [detector.estimate(frame.rgb, r) for r in detector.find_people(frame.rgb)]
        now: dict[int, np.ndarray] = {}
        owners: dict[int, int | None] = {}
        for detection in (d for d in seen if d is not None):
            middle = (detection.bbox_px[:2] + detection.bbox_px[2:]) / 2
            near = {i: float(np.hypot(*(middle - m))) for i, m in last.items() if i not in now}
            track = min(near, key=lambda i: near[i]) if near and min(near.values()) < 100 else next_id
            next_id += track == next_id
            now[track] = middle
            centers = {n: world.center(n, frame.time_s) for n in range(len(world.actors))}
            hips = detection.keypoints.xy_px[-6:-4].mean(0)
            owners[track] = min(centers, key=lambda n: float(np.hypot(*(hips - centers[n]))))
        last |= now  # remembers the lost forever, at their last place
        story.append(owners)
    return story


def follow_region_only(world: World, times: np.ndarray) -> list[int]:
    """What BlazePose alone does: estimate, take the next region from it, again. Returns the actor it is on."""
    detector = PaintedDetector([a.tall_px for a in world.actors])
    region, on = None, []
    for frame in world.frames(times):
        region = region or detector.find_people(frame.rgb)[0]
        detection = detector.estimate(frame.rgb, region)
        assert detection is not None
        region = detector.next_region(detection)
        on.append(
            min(
                range(len(world.actors)),
                key=lambda n: np.hypot(*(region.center_px - world.center(n, frame.time_s))),
            )
        )
    return on


def assert_one_id_each(world: World, times: np.ndarray, share: float = 0.8, **options: float | None) -> None:
    story, _ = follow(world, times, **options)
    ids = [ids_of(world, story, times, n) for n in range(len(world.actors))]
    for mine in ids:
        assert len(set(mine) - {0}) == 1, mine
        assert np.mean(np.array(mine) > 0) > share
    assert {p.track_id for people in story for p in people} == set(range(1, len(ids) + 1))


@pytest.mark.parametrize("scene", SCENES)
def test_everybody_keeps_one_id_through_a_crossing(scene: str) -> None:
    assert_one_id_each(SCENES[scene], TIMES)


@pytest.mark.parametrize("scene", ["same clothes", "different clothes", "one stands"])
def test_the_crossings_defeat_the_naive_tracker(scene: str) -> None:
    story = nearest_box(SCENES[scene], TIMES)
    owners = [{frame[i] for frame in story if i in frame} for i in {i for frame in story for i in frame}]
    assert any(len(people) > 1 for people in owners), "the nearest box never changed hands: too easy a scene"


@pytest.mark.parametrize("scene", ["different clothes", "one stands"])
def test_the_crossings_defeat_region_following(scene: str) -> None:
    assert len(set(follow_region_only(SCENES[scene], TIMES))) > 1


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("scene", SCENES)
def test_ids_survive_a_variable_frame_rate(scene: str, seed: int) -> None:
    steps = np.random.default_rng(seed).uniform(1 / 60, 1 / 14, 200)
    times = np.cumsum(steps)
    assert_one_id_each(SCENES[scene], times[times < 4.0])


@pytest.mark.parametrize("missed", range(1, 16))
def test_dropouts_of_the_detector_do_not_change_ids(missed: int) -> None:
    world = World([Actor(walk((150, 180), (60, 0)), RED), Actor(walk((450, 200), (-20, 0)), GREEN)])
    times = clock(2.0)
    story, _ = follow(world, times, blind=lambda frame: 20 <= frame < 20 + missed)
    for number in (0, 1):
        ids = ids_of(world, story, times, number)
        assert set(ids[:20]) == set(ids[20 + missed :]) != {0}
        assert set(ids[20 : 20 + missed]) == {0}


def test_somebody_hidden_is_reported_for_coast_s_and_marked() -> None:
    world = World([Actor(walk((150, 180), (60, 0)))])
    story, _ = follow(world, clock(1.5), blind=lambda frame: frame >= 20, coast_s=0.2)
    assert [len(people) for people in story[20:30]] == [1] * 6 + [0] * 4  # frame 19 is the last one seen
    for frame in range(20, 26):
        person = story[frame][0]
        assert not person.observed
        assert person.detection.score == 0
        assert (person.detection.keypoints.confidence == 0).all()
        expected = 150 + 60 * frame / 30
        assert person.detection.bbox_px[[0, 2]].mean() == pytest.approx(expected, abs=3)


def _away(leave: float, back: float) -> Callable[[float], tuple[float, float] | None]:
    return lambda t: None if leave < t < back else (300.0, 180.0)


@pytest.mark.parametrize(("away_s", "ids"), [(2.0, {1}), (4.5, {1, 2})])
def test_coming_back_soon_is_the_same_person_and_later_a_new_one(away_s: float, ids: set[int]) -> None:
    world = World([Actor(_away(1.0, 1.0 + away_s))])
    story, _ = follow(world, clock(7.0))
    assert {p.track_id for people in story for p in people} == ids
    assert story[-1][0].track_id == max(ids)


@pytest.mark.parametrize("fps", [8.0, 60.0])
def test_memory_is_measured_in_video_time_not_in_frames(fps: float) -> None:
    world = World([Actor(_away(1.0, 2.5))])
    for lost_s, ids in ((2.0, {1}), (1.0, {1, 2})):
        story, _ = follow(world, clock(4.0, fps), lost_s=lost_s)
        assert {p.track_id for people in story for p in people} == ids


def test_leaving_and_coming_back_past_somebody_who_stays() -> None:
    def path(t: float) -> tuple[float, float] | None:
        if 1.2 < t < 2.6:
            return None
        return (500 + 110 * t, 180) if t < 2 else (632 - 110 * (t - 2.6), 180)

    world = World([Actor(walk((400, 190)), GREEN), Actor(path, RED)])
    times = clock(5.0)
    story, _ = follow(world, times)
    for number in (0, 1):
        assert len(set(ids_of(world, story, times, number)) - {0}) == 1
    assert {p.track_id for people in story for p in people} == {1, 2}


# False detections


@pytest.mark.parametrize("shown", [1, 2])
def test_a_brief_weak_detection_gets_no_id(shown: int) -> None:
    ghost = Actor(lambda t: (560, 250) if 0 <= t * 30 - 31 < shown else None, certainty=0.6)
    world = World([Actor(walk((200, 180), (30, 0))), ghost])
    story, detector = follow(world, clock(2.0), search_every_s=0.03)
    assert {p.track_id for people in story for p in people} == {1}
    assert detector.searches > 30


def test_a_body_found_only_by_following_is_no_evidence() -> None:
    """A weak first sight that no search confirms is dropped, however long a region could be followed."""

    class Doubtful(PaintedDetector):
        def find_people(self, rgb: np.ndarray) -> list:
            return super().find_people(rgb) if self.searches < 1 else super().find_people(rgb)[:0]

    detector = Doubtful([120.0])
    tracker = Tracker(detector)
    world = World([Actor(walk((300, 180)), certainty=0.6)])
    assert not any(tracker.update(frame) for frame in world.frames(clock(2.0)))


def test_a_clear_person_is_reported_in_the_very_first_frame() -> None:
    story, _ = follow(World([Actor(walk((300, 180)))]), [0.0])
    assert [p.track_id for p in story[0]] == [1]


# The main subject

PASSING = {
    "in front": World([Actor(walk((320, 180)), RED), Actor(walk((600, 186), (-120, 0), begin=0.5), GREEN)]),
    "in front, slowly": World(
        [Actor(walk((320, 180)), RED), Actor(walk((500, 186), (-60, 0), begin=0.5), GREEN)]
    ),
    "in front, larger": World(
        [Actor(walk((320, 180)), RED), Actor(walk((600, 186), (-120, 0), begin=0.5), GREEN, tall_px=150)]
    ),
    "behind": World([Actor(walk((600, 186), (-120, 0), begin=0.5), GREEN), Actor(walk((320, 180)), RED)]),
    "the other way": World(
        [Actor(walk((150, 180), (50, 0)), RED), Actor(walk((640, 186), (-120, 0)), GREEN)]
    ),
}


@pytest.mark.parametrize("scene", PASSING)
@pytest.mark.parametrize("persons", [1, None])
def test_the_main_subject_is_not_left_for_a_passer_by(scene: str, persons: int | None) -> None:
    world = PASSING[scene]
    main = next(n for n, a in enumerate(world.actors) if a.shirt == RED)
    times = clock(4.5)
    story, _ = follow(world, times, max_persons=persons)
    ids = ids_of(world, story, times, main)
    main_id = ids[0]
    assert set(ids) <= {0, main_id}
    assert ids[-1] == main_id
    assert np.mean(np.array(ids) > 0) > 0.8
    for people, t in zip(story, times, strict=True):
        assert all(owner(world, p, t) in (main, None) for p in people if p.track_id == main_id and p.observed)


def test_the_passing_scenes_defeat_region_following() -> None:
    assert len(set(follow_region_only(PASSING["in front"], clock(4.5)[16:]))) > 1


def test_when_the_main_subject_leaves_the_id_goes_to_nobody_else() -> None:
    world = World(
        [
            Actor(lambda t: (420 + 80 * t, 180) if t < 2.4 else None, RED, tall_px=140),
            Actor(walk((560, 200), (-20, 0)), GREEN),
        ]
    )
    times = clock(7.0)
    story, _ = follow(world, times, max_persons=1)
    for people, t in zip(story, times, strict=True):
        assert len(people) <= 1
        for person in people:
            if person.observed:
                assert owner(world, person, t) == person.track_id - 1
    assert not story[int(4.0 * 30)], "within lost_s nobody takes the place"
    assert story[-1][0].track_id == 2, "after that somebody else may, under an id of their own"


def test_the_largest_and_most_central_are_chosen() -> None:
    world = World(
        [
            Actor(walk((100, 100)), tall_px=100),
            Actor(walk((320, 180)), tall_px=160),
            Actor(walk((520, 190)), tall_px=150),
        ]
    )
    times = clock(0.5)
    chosen = {
        persons: {owner(world, p, t) for people, t in zip(story, times, strict=True) for p in people}
        for persons, (story, _) in ((k, follow(world, times, max_persons=k)) for k in (1, 2, None))
    }
    assert chosen == {1: {1}, 2: {1, 2}, None: {0, 1, 2}}


def test_primary_score_ranks_the_main_subject_first() -> None:
    world = World([Actor(walk((60, 180)), tall_px=100), Actor(walk((320, 180)), tall_px=150)])
    story, _ = follow(world, clock(3.0))
    score = {owner(world, p, 0.0): p.primary_score for p in story[-1]}
    assert 0 < score[0] < score[1] <= 1
    assert max(p.primary_score for p in story[5]) < score[1], "it grows with the time in view"


# Cost and options


def test_one_person_costs_one_estimate_per_frame_and_few_searches() -> None:
    world = World([Actor(walk((150, 180), (50, 0)))])
    story, detector = follow(world, clock(6.0), max_persons=1)
    assert detector.estimates <= len(story) + 2
    # the first, those of the first two seconds for somebody more prominent, and a lookout every half second
    assert detector.searches <= 1 + 6 + 12


def test_a_bystander_at_a_distance_is_looked_at_now_and_then() -> None:
    world = World([Actor(walk((320, 180))), Actor(walk((470, 180)), GREEN, tall_px=100)])
    story, detector = follow(world, clock(4.0), max_persons=1)
    assert {owner(world, p, 0.0) for people in story for p in people} == {0}
    assert 1.1 * len(story) < detector.estimates < 1.35 * len(story)


@pytest.mark.parametrize(("late_s", "shown"), [(0.7, [0, 1]), (2.5, [0])])
def test_only_a_new_choice_gives_way_to_somebody_more_prominent(late_s: float, shown: list[int]) -> None:
    world = World(
        [Actor(walk((100, 200)), RED, tall_px=90), Actor(walk((330, 180), begin=late_s), GREEN, tall_px=150)]
    )
    story, _ = follow(world, clock(5.0), max_persons=1)
    assert all(len(people) == 1 for people in story)
    assert list(dict.fromkeys(owner(world, people[0], 9.0) for people in story)) == shown
    assert {people[0].track_id for people in story} == set(range(1, len(shown) + 1)), "never one id for two"


def test_search_every_s_sets_how_soon_a_newcomer_is_seen() -> None:
    world = World([Actor(walk((150, 180))), Actor(walk((450, 180), begin=1.05), GREEN)])
    times = clock(4.0)
    seen = {}
    for every in (0.3, 2.0):
        story, _ = follow(world, times, search_every_s=every)
        seen[every] = times[ids_of(world, story, times, 1).index(2)]
    assert 1.05 < seen[0.3] <= 1.4
    assert 1.9 <= seen[2.0] <= 2.1


@pytest.mark.parametrize("begun_s", [0.3, 0.5, 0.9])
def test_trackers_that_began_at_different_moments_see_a_newcomer_in_the_same_frame(begun_s: float) -> None:
    world = World([Actor(walk((150, 180))), Actor(walk((450, 180), begin=1.6), GREEN)])
    first_shown = []
    for times in (clock(4.0), clock(4.0)[round(30 * begun_s) :]):
        story, _ = follow(world, times)
        first_shown.append(times[ids_of(world, story, times, 1).index(2)])
    assert first_shown[0] == first_shown[1]


def test_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Tracker(PaintedDetector([]), max_persons=0)


# Long runs and odd input


def test_same_frames_same_result() -> None:
    world = SCENES["same clothes"]
    first, second = (follow(world, TIMES)[0] for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert [p.track_id for p in a] == [p.track_id for p in b]
        assert all((p.detection.bbox_px == q.detection.bbox_px).all() for p, q in zip(a, b, strict=True))


def test_state_stays_bounded_while_people_come_and_go() -> None:
    def visits(number: int) -> Callable[[float], tuple[float, float] | None]:
        return lambda t: (100.0 + 130 * number, 180.0) if int(t / 4 + number) % 2 else None

    world = World([Actor(visits(n)) for n in range(4)])
    detector = PaintedDetector([a.tall_px for a in world.actors])
    tracker = Tracker(detector, lost_s=1.0)
    most, highest = 0, 0
    for frame in world.frames(clock(40.0, 6.0)):
        people = tracker.update(frame)
        highest = max([highest, *(p.track_id for p in people)])
        most = max(most, len(tracker._people))
    assert highest > 15, "every visit is a new id, so the scene does exercise growth"
    assert most <= 8


@pytest.mark.parametrize("times", [[0.0, 0.0, 0.0, 0.1], [5.0, 5.03, 0.0, 0.03, 0.07], [0.0, 100.0, 200.0]])
def test_odd_timestamps_are_survived(times: list[float]) -> None:
    story, _ = follow(World([Actor(walk((300, 180)))]), times)
    assert all(len(people) == 1 for people in story)


def test_nobody_and_tiny_pictures() -> None:
    detector = PaintedDetector([120.0])
    tracker = Tracker(detector)
    for index in range(30):
        assert tracker.update(VideoFrame(np.zeros((1, 1, 3), np.uint8), index, index / 30)) == []
    assert detector.estimates == 0
    assert detector.searches <= 11


def test_people_at_the_edge_of_the_picture() -> None:
    world = World([Actor(walk((WIDTH - 30, HEIGHT - 60)))])
    story, _ = follow(world, clock(0.5))
    assert all([p.track_id for p in people] == [1] for people in story)
