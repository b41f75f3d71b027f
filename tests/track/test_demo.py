"""The real video with the real detector: an athlete keeps one id through turns, a somersault and a passer-by.

The athlete and the passer-by were boxed by hand (`demo_athlete.json`). The detector finds nobody in most frames
of the somersault, and left alone it hops to the passer-by.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.detect import create_detector
from ganbodypose.io.video import open_video
from ganbodypose.track import TrackedPerson, Tracker

# The first test waits for the tracking of the whole video, several times.
pytestmark = pytest.mark.timeout(1200)
LABELS = json.loads((Path(__file__).parent / "demo_athlete.json").read_text())
FIRST, LAST = LABELS["visible"]
Story = dict[int, list[TrackedPerson]]


def labelled_box(key: str, frame: int) -> np.ndarray | None:
    """[4] x0 y0 x1 y1 by hand, linear between the labelled frames; None outside them."""
    boxes = {int(k): v for k, v in LABELS[key].items()}
    if not min(boxes) <= frame <= max(boxes):
        return None
    return np.array([np.interp(frame, list(boxes), side) for side in zip(*boxes.values(), strict=True)])


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes."""
    common = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return float(common / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - common))


def is_on(person: TrackedPerson, key: str, frame: int) -> bool:
    """The hand-made box includes arms that the detector's leaves out when it is not sure of them."""
    box = labelled_box(key, frame)
    return box is not None and overlap(person.detection.bbox_px, box) >= 0.2


# What is tracked: how many persons are wanted, and the frames that are looked at.
WHOLE = range(230)
RUNS: dict[str, tuple[int | None, range]] = {
    "one": (1, WHOLE),
    "everybody": (None, WHOLE),
    "one, 10 frames a second": (1, WHOLE[::3]),
    "one, from the passer-by on": (1, WHOLE[100:]),
}


@pytest.fixture(scope="module")
def stories(demo_video: Path, blazepose_weights: None) -> dict[str, Story]:
    """One decoding for all runs."""
    del blazepose_weights
    trackers = {name: Tracker(create_detector(), max_persons=persons) for name, (persons, _) in RUNS.items()}
    stories: dict[str, Story] = {name: {} for name in RUNS}
    with open_video(demo_video) as video:
        for frame in video:
            for name, (_, frames) in RUNS.items():
                if frame.index in frames:
                    stories[name][frame.index] = trackers[name].update(frame)
    return stories


@pytest.mark.parametrize("run", RUNS)
def test_the_athlete_keeps_one_id(stories: dict[str, Story], run: str) -> None:
    story = stories[run]
    frames = [f for f in story if FIRST <= f <= LAST]
    ids = Counter(p.track_id for f in frames for p in story[f] if is_on(p, "boxes_px", f))
    athlete, count = ids.most_common(1)[0]
    assert count >= 0.98 * len(frames), ids
    seen = sum(p.track_id == athlete and p.observed for f in frames for p in story[f])
    assert seen >= 0.95 * len(frames), "not merely extrapolated"
    assert not any(
        is_on(p, "passer_by_boxes_px", f) for f in story for p in story[f] if p.track_id == athlete
    )


def test_one_person_means_the_athlete_and_nobody_else(stories: dict[str, Story]) -> None:
    for run in (name for name, (persons, _) in RUNS.items() if persons == 1):
        assert {p.track_id for people in stories[run].values() for p in people} == {1}, run


def test_everybody_means_the_athlete_and_the_passer_by(stories: dict[str, Story]) -> None:
    story = stories["everybody"]
    ids = {p.track_id for people in story.values() for p in people}
    assert ids == {1, 2}, "nobody else, and nobody twice"
    walking = range(70, 181)
    assert (
        sum(any(p.track_id == 2 and is_on(p, "passer_by_boxes_px", f) for p in story[f]) for f in walking)
        > 100
    )


def test_the_athlete_ranks_as_the_main_subject(stories: dict[str, Story]) -> None:
    scores = {p.track_id: p.primary_score for p in stories["everybody"][180]}
    assert scores[1] > scores[2] > 0


def test_the_detector_alone_hops_to_the_passer_by(demo_video: Path, blazepose_weights: None) -> None:
    """What the tests above are worth: follow the region, search again on loss, and the athlete is left."""
    del blazepose_weights
    detector, region, on_athlete, on_passer_by = create_detector(), None, 0, 0
    with open_video(demo_video, start_s=3.0, end_s=6.3) as video:
        for frame in video:
            regions = [region] if region is not None else detector.find_people(frame.rgb)
            if on_athlete == 0:  # begin with the athlete, who is the upper one
                regions = sorted(regions, key=lambda r: r.center_px[1])
            detection = detector.estimate(frame.rgb, regions[0]) if regions else None
            region = None if detection is None else detector.next_region(detection)
            if detection is not None:
                person = TrackedPerson(0, detection, 0.0)
                on_athlete += is_on(person, "boxes_px", frame.index)
                on_passer_by += is_on(person, "passer_by_boxes_px", frame.index)
    assert on_athlete > 5
    assert on_passer_by > 5
