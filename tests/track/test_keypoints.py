"""People whom another tool found keep one id each, in whatever order they come."""

from __future__ import annotations

import numpy as np
import pytest

from ganbodypose.core import Detection
from ganbodypose.io.keypoints import KeypointFrame
from ganbodypose.io.keypoints.frames import person
from ganbodypose.track import KeypointTracker

SIZE_WH = (1280, 720)


def body(x: float, height: float = 300.0, confidence: float = 0.8) -> Detection:
    """Somebody at x px; the fourth keypoint is never found."""
    shape = np.random.default_rng(0).uniform(0, 1, (17, 2)) * [0.4 * height, height]
    shape[3] = np.nan
    detection = person(np.add(shape, [x, 100.0]), np.full(17, confidence))
    assert detection is not None
    return detection


def ids(tracker: KeypointTracker, frames: list[KeypointFrame]) -> list[list[tuple[int, float]]]:
    """Per frame, (id, left edge) of everybody."""
    return [[(p.track_id, float(p.detection.bbox_px[0])) for p in tracker.update(frame)] for frame in frames]


def test_walkers_listed_in_changing_order_keep_their_ids() -> None:
    tracker = KeypointTracker(SIZE_WH, None, has_ids=False)
    for k in range(40):
        pair = [body(200 + 5 * k), body(900 - 3 * k, height=250)]
        frame = KeypointFrame(k, k / 30, tuple(reversed(pair) if k % 2 else pair))
        edges = dict(ids(tracker, [frame])[0])
        assert edges == {1: pair[0].bbox_px[0], 2: pair[1].bbox_px[0]}


def test_ids_of_the_tool_are_kept_and_limited_to_the_most_prominent() -> None:
    frames = [KeypointFrame(k, k / 30, (body(100, 100), body(600, 400)), (7, 3)) for k in range(3)]
    assert [[who for who, _ in each] for each in ids(KeypointTracker(SIZE_WH, None, True), frames)] == [
        [3, 7]
    ] * 3
    assert [[who for who, _ in each] for each in ids(KeypointTracker(SIZE_WH, 1, True), frames)] == [[3]] * 3


@pytest.mark.parametrize(("gap_s", "who"), [(0.2, 1), (4.0, 2)])
def test_who_comes_back_soon_is_the_same(gap_s: float, who: int) -> None:
    tracker = KeypointTracker(SIZE_WH, None, has_ids=False)
    frames = [KeypointFrame(k, k / 30, (body(400),)) for k in range(10)]
    frames += [KeypointFrame(10, 0.35, ()), KeypointFrame(11, 0.3 + gap_s, (body(405),))]
    seen = ids(tracker, frames)
    assert seen[10] == []
    assert seen[11][0][0] == who


def test_a_doubtful_shape_is_nobody() -> None:
    frame = KeypointFrame(0, 0.0, (body(400, confidence=0.1),))
    assert ids(KeypointTracker(SIZE_WH, None, has_ids=False), [frame]) == [[]]
