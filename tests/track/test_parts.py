"""The parts of the tracker by themselves: motion, clothes, sightings, costs, assignment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from painted_world import TALL_PX, Actor, PaintedDetector, World, body, walk
from scipy.optimize import linear_sum_assignment

from ganbodypose.core import Keypoints2D
from ganbodypose.detect.base import Region
from ganbodypose.skeletons import BLAZEPOSE_33, COCO_17, Skeleton
from ganbodypose.track import association
from ganbodypose.track.appearance import appearance, brightness, change_of_clothes
from ganbodypose.track.motion import HORIZON_S, MAX_SPEED, Motion, turn_between
from ganbodypose.track.person import IMPOSSIBLE, Person
from ganbodypose.track.scene import Scene, Sighting, keypoint_similarity, same_person, share_inside

# Motion


def moving(speed: tuple[float, float], spin: float = 0.0, fps: float = 30.0, frames: int = 30) -> Motion:
    times = np.arange(frames) / fps
    regions = [Region(np.array([100.0, 200.0]) + np.array(speed) * t, 150.0, spin * t) for t in times]
    motion = Motion.start(regions[0], 0.0)
    for region, t in zip(regions[1:], times[1:], strict=True):
        motion = motion.seen(region, float(t))
    return motion


@pytest.mark.parametrize("fps", [8.0, 30.0, 120.0])
def test_constant_velocity_and_spin_are_predicted(fps: float) -> None:
    motion = moving((60.0, -30.0), spin=2.0, fps=fps)
    ahead = 1 / fps
    place = motion.at(motion.time_s + ahead)
    now = motion.region
    assert place.center_px == pytest.approx(now.center_px + np.array([60, -30]) * ahead, rel=0.01)
    assert turn_between(now.rotation_rad, place.rotation_rad) == pytest.approx(2 * ahead, rel=0.2)


def test_prediction_saturates() -> None:
    motion = moving((60.0, 0.0))
    assert motion.at(1e6).center_px[0] == pytest.approx(motion.region.center_px[0] + 60 * HORIZON_S)


def test_a_jump_cannot_give_a_superhuman_speed() -> None:
    motion = Motion.start(Region(np.zeros(2), 100.0), 0.0).seen(Region(np.array([1e4, 0.0]), 100.0), 0.01)
    assert np.hypot(*motion.velocity_px_s) <= MAX_SPEED * 100 + 1e-6


def test_little_trust_moves_the_prediction_little() -> None:
    motion, jump = moving((60.0, 0.0)), Region(np.array([300.0, 200.0]), 150.0)
    later = motion.time_s + 1 / 30
    expected = motion.at(later).center_px[0]
    believed, doubted = (motion.seen(jump, later, trust) for trust in (1.0, 0.1))
    assert believed.region.center_px[0] == 300
    assert doubted.region.center_px[0] == pytest.approx(expected + 0.1 * (300 - expected))
    assert abs(doubted.velocity_px_s[0] - 60) < 0.2 * abs(believed.velocity_px_s[0] - 60)


def test_repeated_time_keeps_the_velocity() -> None:
    motion = moving((60.0, 0.0))
    again = motion.seen(Region(np.array([500.0, 0.0]), 150.0), motion.time_s)
    assert (again.velocity_px_s == motion.velocity_px_s).all()
    assert again.region.center_px[0] == 500


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_turn_between_is_the_shorter_way(start: float, end: float) -> None:
    turn = turn_between(start, end)
    assert -np.pi <= turn <= np.pi
    assert np.isclose(np.cos(start + turn), np.cos(end))
    assert np.isclose(np.sin(start + turn), np.sin(end))


# Clothes


def dressed(shirt: tuple[int, int, int], trousers: tuple[int, int, int], gain: float = 1.0) -> np.ndarray:
    rgb = World([Actor(walk((300, 180)), shirt, trousers)]).picture(0.0)
    rgb = np.clip(rgb * gain, 0, 255).astype(np.uint8)
    return appearance(rgb, body(np.array([300.0, 180.0]), TALL_PX).keypoints, brightness(rgb))


def test_appearance_is_the_colour_of_shirt_and_trousers() -> None:
    clothes = dressed((180, 40, 90), (20, 60, 120))
    for part, (red, green, blue) in ((clothes[:3], (188, 48, 98)), (clothes[3:6], (28, 68, 128))):
        ratios = [np.log(red / green), np.log(blue / green), np.log(red * green * blue) / 3]
        assert part == pytest.approx(ratios)


def test_other_clothes_differ_more_than_the_same_in_other_light() -> None:
    red, darker = dressed((180, 60, 60), (40, 40, 60)), dressed((180, 60, 60), (40, 40, 60), gain=0.6)
    other = dressed((60, 140, 60), (40, 40, 60))
    assert change_of_clothes(red, red) == 0
    assert change_of_clothes(red, darker) < 0.3
    assert change_of_clothes(red, other) > 2


def test_what_is_unknown_is_no_difference() -> None:
    red = dressed((180, 60, 60), (40, 40, 60))
    hidden = np.where(np.arange(7) < 6, np.nan, red)
    torso_only = np.where(np.isin(np.arange(7), (3, 4, 5)), np.nan, dressed((60, 140, 60), (40, 40, 60)))
    assert change_of_clothes(red, hidden) == 0
    assert change_of_clothes(red, torso_only) > 2


def test_appearance_outside_the_picture_or_without_knees_is_unknown() -> None:
    rgb = np.full((50, 50, 3), 100, np.uint8)
    outside = appearance(rgb, body(np.array([-300.0, 20.0]), TALL_PX).keypoints, 1.0)
    assert np.isnan(outside[:6]).all()
    torso = Skeleton("torso", ("left_shoulder", "right_shoulder", "left_hip", "right_hip"), (-1, -1, -1, -1))
    square = Keypoints2D(np.array([[40.0, 10], [10, 10], [40, 40], [10, 40]]), np.ones(4), torso)
    assert np.isnan(appearance(rgb, square, 1.0)).tolist() == [False] * 3 + [True] * 3 + [False]
    lost = Keypoints2D(np.full((33, 2), np.nan), np.zeros(33), BLAZEPOSE_33)
    assert np.isnan(appearance(rgb, lost, 1.0)[:6]).all()


# Sightings


def sighting(
    x: float, y: float = 180.0, tall: float = TALL_PX, support: float = 0.0, seen: float = 1.0
) -> Sighting:
    detector = PaintedDetector([tall])
    detection = body(np.array([x, y]), tall, seen)
    return Sighting(detection, detector.next_region(detection), np.zeros(7), support)


def test_keypoint_similarity_by_hand() -> None:
    a, b = (body(np.array([x, 0.0]), TALL_PX).keypoints for x in (0.0, 10.0))
    assert keypoint_similarity(a, a, 200.0) == 1
    assert keypoint_similarity(a, b, 200.0) == pytest.approx(np.exp(-0.5))  # 10 px are one deviation
    assert keypoint_similarity(a, b, 200.0, np.array([10.0, 0.0])) == 1
    unseen = Keypoints2D(a.xy_px, np.zeros(17), COCO_17)
    assert keypoint_similarity(a, unseen, 200.0) == 0


@pytest.mark.parametrize(
    ("x", "tall", "same"), [(302, 120, True), (330, 120, False), (303, 80, False), (600, 120, False)]
)
def test_same_person(x: float, tall: float, same: bool) -> None:
    assert same_person(sighting(300), sighting(x, tall=tall)) is same


def test_share_inside() -> None:
    box, other = np.array([0.0, 0, 10, 10]), np.array([5.0, 0, 100, 10])
    assert share_inside(box, other) == 0.5
    assert share_inside(other, box) == pytest.approx(5 / 95)
    assert share_inside(box, box + 20) == 0


def scene_of(*actors: Actor) -> tuple[Scene, PaintedDetector]:
    detector = PaintedDetector([a.tall_px for a in actors])
    return Scene(detector, World(list(actors)).picture(0.0)), detector


def test_one_person_looked_at_twice_is_one_sighting() -> None:
    scene, _ = scene_of(Actor(walk((300, 180))))
    for x in (295.0, 310.0):
        scene.look(Region(np.array([x, 180.0]), 170.0))
    assert len(scene.sightings) == 1


def test_a_search_supports_who_is_known_and_looks_at_who_is_not() -> None:
    scene, detector = scene_of(Actor(walk((300, 180))), Actor(walk((450, 180))))
    scene.look(Region(np.array([300.0, 180.0]), 170.0))
    scene.search()
    assert [s.support for s in scene.sightings] == [1.0, 1.0]
    assert detector.estimates == 2


def test_two_found_close_together_are_not_taken_for_one() -> None:
    scene, _ = scene_of(Actor(walk((300, 180))), Actor(walk((318, 182))))
    scene.look(Region(np.array([300.0, 180.0]), 170.0))
    scene.search()
    assert sorted(s.region.center_px[0] for s in scene.sightings) == pytest.approx([300, 318], abs=1)


@pytest.mark.parametrize("center", [(20.0, 30.0), (320.0, 180.0), (635.0, 350.0)])
def test_search_around_gives_places_in_the_whole_picture(center: tuple[float, float]) -> None:
    actor = Actor(walk((np.clip(center[0], 60, 580), np.clip(center[1], 90, 270))))
    scene, detector = scene_of(actor)
    scene.search_around(Region(np.array(center), 170.0))
    scene.search_around(Region(np.array(center) + 5, 170.0))
    assert detector.searches == 1, "the same place is not searched twice in one frame"
    assert scene.sightings[0].region.center_px == pytest.approx(actor.path(0.0), abs=1)


def test_a_body_inside_one_that_was_found_is_dropped_and_one_beside_it_doubted() -> None:
    scene, _ = scene_of()
    found, inside, beside, away = sighting(300, support=0.9), sighting(305), sighting(322), sighting(500)
    scene.sightings = [found, inside, beside, away]
    scene.judge()
    assert [s is t for s, t in zip(scene.sightings, (found, beside, away), strict=True)] == [True] * 3
    assert [s.dubious for s in scene.sightings] == [False, True, False]


def test_doubt_needs_somebody_found() -> None:
    scene, _ = scene_of()
    scene.sightings = [sighting(300), sighting(305)]
    scene.judge()
    assert len(scene.sightings) == 2
    assert not any(s.dubious for s in scene.sightings)


# Costs and assignment


def known(x: float, speed: float = 0.0) -> Person:
    """Somebody found at x at time 0 and followed for a second."""
    person = Person(sighting(x, support=1.0), 0.0)
    for k in range(1, 31):
        person.see(sighting(x + speed * k / 30), k / 30, 0.0, 0.5, True)
    return person


SOON = 1.0 + 1 / 30


def test_cost_grows_with_distance_size_turn_and_clothes() -> None:
    person = known(300)
    best = person.cost(sighting(300), SOON)
    assert best < 0.1
    farther, smaller, redder, turned = sighting(308), sighting(300, tall=105), sighting(300), sighting(300)
    redder.clothes = redder.clothes + np.array([0.2, 0, 0, 0, 0, 0, 0])
    turned.region = Region(turned.region.center_px, turned.region.size_px, 0.4)
    for worse in (farther, smaller, redder, turned):
        assert best + 0.02 < person.cost(worse, SOON) < IMPOSSIBLE


@pytest.mark.parametrize("change", ["place", "size", "turn", "clothes"])
def test_gates_open_with_the_time_unseen(change: str) -> None:
    person, far = (
        known(300),
        sighting(330 if change == "place" else 300, tall=70 if change == "size" else TALL_PX),
    )
    if change == "turn":
        far.region = Region(far.region.center_px, far.region.size_px, 2.0)
    if change == "clothes":
        far.clothes = far.clothes + 5 * np.array([0.12, 0.12, 0.5, 0.12, 0.12, 0.5, 0.0])
    far.support = 1.0
    assert person.cost(far, SOON) == IMPOSSIBLE
    assert (person.cost(far, 1.5) < IMPOSSIBLE) == (change != "clothes")


def test_between_few_frames_a_second_people_may_do_more() -> None:
    """At 10 frames a second somebody who starts to fall and unfolds is still the same person."""
    person, falling = known(300), sighting(340, tall=TALL_PX * 1.35, support=0.7)
    assert person.cost(falling, SOON) == IMPOSSIBLE
    assert person.cost(falling, 1.1) < IMPOSSIBLE


def test_having_been_hidden_alone_rules_nobody_out() -> None:
    """Far and larger, but possible after a second; the handicap only lets others go first."""
    person, found = known(300), sighting(520, tall=TALL_PX * 2, support=0.9)
    cost = person.cost(found, 2.0)
    assert association.assign([person], [found], 2.0) == {0: (0, cost)}
    assert cost > 1.6


def test_a_dubious_sighting_must_fit_well() -> None:
    person, good, fair = known(300), sighting(301), sighting(320)
    assert person.cost(fair, SOON) < IMPOSSIBLE
    good.dubious = fair.dubious = True
    assert person.cost(good, SOON) < IMPOSSIBLE
    assert person.cost(fair, SOON) == IMPOSSIBLE


def test_after_a_while_only_a_clear_or_supported_sighting_counts() -> None:
    person = known(300)
    vague, supported = sighting(300, seen=0.7), sighting(300, seen=0.7, support=0.6)
    assert person.cost(vague, SOON) < IMPOSSIBLE
    assert person.cost(vague, 2.0) == IMPOSSIBLE
    assert person.cost(supported, 2.0) < IMPOSSIBLE
    assert person.cost(sighting(300), 2.0) < IMPOSSIBLE


def test_who_was_just_seen_goes_before_who_was_lost() -> None:
    lost, present = known(300), known(300)
    for k in range(31, 61):
        present.see(sighting(300), k / 30, 0.0, 0.5, True)
    assert association.assign([lost, present], [sighting(300)], 2.0 + 1 / 30).keys() == {1}


@given(
    st.tuples(st.integers(1, 7), st.integers(1, 7)).flatmap(
        lambda shape: arrays(float, shape, elements=st.floats(0, 2, width=32))
    )
)
def test_theleast_total_is_that_of_scipy(costs: np.ndarray) -> None:
    rows, columns = association.least_total(costs)
    assert len(rows) == min(costs.shape) == len(set(rows)) == len(set(columns))
    assert costs[rows, columns].sum() == pytest.approx(costs[linear_sum_assignment(costs)].sum())


def test_assignment_is_optimal_where_greedy_is_not() -> None:
    """Greedy pairs the first person with the first sighting, and leaves the second person without any."""

    class Priced:
        def __init__(self, *costs: float) -> None:
            self.costs = costs

        def cost(self, index: int, now_s: float) -> float:
            del now_s
            return self.costs[index]

    people = [Priced(0.1, 0.2), Priced(0.15, IMPOSSIBLE)]
    assert association.assign(people, [0, 1], 0.0) == {0: (1, 0.2), 1: (0, 0.15)}  # type: ignore[arg-type, list-item]


def test_nobody_is_paired_at_too_high_a_cost() -> None:
    assert association.assign([known(300)], [sighting(600)], SOON) == {}
    assert association.assign([], [sighting(600)], SOON) == {}
    assert association.assign([known(300)], [], SOON) == {}
