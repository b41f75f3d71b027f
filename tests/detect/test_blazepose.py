"""BlazePose on real pictures, and compared with MediaPipe's own Python package.

`mediapipe_reference.json` is written by benchmarks/mediapipe_reference.py (MediaPipe 0.10.21, one picture at
a time). What remains between it and us, over 13 pictures x 3 models:

With the OpenCV that MediaPipe carries (4.11) the regions agree to 0.001 px, the keypoints of `full` to
0.02 px and 0.2 mm in the median. Single keypoints jump, by up to 40 px, where a landmark lies on the border
between two cells of the heatmap, so that the 9 x 9 window falls differently, or the heat is near 0.5.

OpenCV 5 samples bilinearly between pixels without rounding to 1/32 px. With MediaPipe's region given, this
leaves 0.07 px and 0.7 mm in the median. The person detector sees a 1768 px wide picture through 224 px, one
sample per 8 px, so its regions move by up to 0.8 % of their size; with them the keypoints move by 0.5 px and
6 mm in the median. That is how far BlazePose's answer depends on its crop, whoever runs it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import Detection, Keypoints2D
from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose.crop import whole_picture
from ganbodypose.detect.blazepose.detector import BlazePose
from ganbodypose.skeletons import BLAZEPOSE_33, H36M_17

REFERENCE = json.loads(Path(__file__).with_name("mediapipe_reference.json").read_text())
MODELS = ("lite", "full", "heavy")
ATHLETE, PASSER_BY = 640, 1420  # where they are in frame 60, x in px

Pictures = dict[int, np.ndarray]


def cases(model: str, frames: Pictures) -> list[tuple[np.ndarray, dict[str, Any]]]:
    chosen = []
    for case in REFERENCE["cases"]:
        frame, start, stop, turns = case["picture"]
        if case["model"] == model:
            chosen.append((np.rot90(frames[frame][:, start:stop], turns), case["found"]))
    assert len(chosen) == 13
    return chosen


def region(numbers: list[float]) -> Region:
    x, y, size, turn = numbers
    return Region(np.array([x, y]), size, turn)


def test_regions_agree_with_mediapipe(detector: BlazePose, demo_frames: Pictures) -> None:
    for picture, found in cases("full", demo_frames):
        ours, theirs = detector.find_in(picture, whole_picture(picture))[0], region(found["region"])
        assert np.hypot(*(ours.center_px - theirs.center_px)) < 0.01 * theirs.size_px
        assert abs(ours.size_px / theirs.size_px - 1) < 0.015
        assert abs(ours.rotation_rad - theirs.rotation_rad) < 0.015


@pytest.mark.parametrize("model", MODELS)
def test_keypoints_agree_with_mediapipe(
    model: str, detector_named: Callable[[str], BlazePose], demo_frames: Pictures
) -> None:
    detector = detector_named(f"blazepose-{model}")
    px, mm, certainty = [], [], []
    for picture, found in cases(model, demo_frames):
        ours = detector.estimate(picture, region(found["region"]))
        assert ours is not None
        theirs = np.array(found["landmarks"])
        hips = theirs[BLAZEPOSE_33.indices("left_hip", "right_hip"), 4:].mean(0)
        px.append(np.linalg.norm(ours.keypoints.xy_px - theirs[:, :2], axis=1))
        mm.append(np.linalg.norm(ours.world_m - (theirs[:, 4:] - hips), axis=1) * 1000)
        certainty.append(np.abs(np.stack([ours.visibility, ours.presence], 1) - theirs[:, 2:4]))
        next_ours, next_theirs = detector.next_region(ours), region(found["next_region"])
        assert np.hypot(*(next_ours.center_px - next_theirs.center_px)) < 0.5
        assert abs(next_ours.size_px - next_theirs.size_px) < 2
        assert abs(next_ours.rotation_rad - next_theirs.rotation_rad) < 0.003
    assert np.median(px) < 0.15 and np.percentile(px, 90) < 1.5
    assert np.median(mm) < 2 and np.percentile(mm, 90) < 10
    assert np.max(certainty) < 0.05


def test_keypoints_agree_with_mediapipe_from_picture_to_keypoints(
    detector: BlazePose, demo_frames: Pictures
) -> None:
    px = []
    for picture, found in cases("full", demo_frames):
        ours = detector.estimate(picture, detector.find_in(picture, whole_picture(picture))[0])
        assert ours is not None
        px.append(np.linalg.norm(ours.keypoints.xy_px - np.array(found["landmarks"])[:, :2], axis=1))
    assert np.median(px) < 1.5


def test_both_people_are_found_though_one_is_backlit_and_small(
    detector: BlazePose, demo_frames: Pictures
) -> None:
    people = detector.find_people(demo_frames[60])
    assert sorted(round(p.center_px[0] / 50) * 50 for p in people) == [650, 1400]
    assert [p.score for p in people] == sorted((p.score for p in people), reverse=True)
    assert all(p.score > 0.9 for p in people)


def test_the_athlete_is_seen_by_tiles_only(detector: BlazePose, demo_frames: Pictures) -> None:
    picture = demo_frames[30]
    assert not detector.find_in(picture, whole_picture(picture))
    assert any(abs(p.center_px[0] - ATHLETE) < 30 for p in detector.find_people(picture))


def test_next_region_keeps_hold_of_the_same_person(detector: BlazePose, demo_frames: Pictures) -> None:
    for first in detector.find_people(demo_frames[60]):
        found = detector.estimate(demo_frames[60], first)
        assert found is not None
        pelvis = found.keypoints.to(H36M_17).xy_px[H36M_17.index("pelvis")]
        following = detector.next_region(found)
        assert np.hypot(*(following.center_px - pelvis)) < 0.05 * following.size_px
        assert following.size_px == pytest.approx(first.size_px, rel=0.3)
        again = detector.estimate(demo_frames[60], following)
        assert again is not None
        assert np.median(np.linalg.norm(again.keypoints.xy_px - found.keypoints.xy_px, axis=1)) < 10


def test_a_turned_picture_gives_turned_keypoints(detector: BlazePose, demo_frames: Pictures) -> None:
    """A quarter turn counter-clockwise takes (x, y) to (y, W - 1 - x): the same crop, within a pixel."""
    picture = demo_frames[120][:, 500:1200]
    upright = detector.find_people(picture)[0]
    x, y = upright.center_px
    turned = Region(np.array([y, 700 - x]), upright.size_px, upright.rotation_rad - np.pi / 2)
    a, b = detector.estimate(picture, upright), detector.estimate(np.rot90(picture), turned)
    assert a is not None and b is not None
    expected = np.stack([a.keypoints.xy_px[:, 1], 700 - a.keypoints.xy_px[:, 0]], 1)
    assert np.median(np.linalg.norm(b.keypoints.xy_px - expected, axis=1)) < 2
    assert a.keypoints.depth_m is not None and b.keypoints.depth_m is not None
    assert np.median(np.abs(a.keypoints.depth_m - b.keypoints.depth_m)) < 0.03


def test_the_same_picture_gives_the_same_answer(detector: BlazePose, demo_frames: Pictures) -> None:
    picture = demo_frames[75]
    first = detector.find_people(picture)[0]
    a = detector.estimate(picture, first)
    detector.find_people(demo_frames[0])
    detector.estimate(demo_frames[120], first)
    b = detector.estimate(picture.copy(), detector.find_people(picture)[0])
    assert a is not None and b is not None
    np.testing.assert_array_equal(a.keypoints.xy_px, b.keypoints.xy_px)


def test_memory_layout_does_not_matter(detector: BlazePose, demo_frames: Pictures) -> None:
    picture = demo_frames[120]
    for odd in (np.asfortranarray(picture), picture[:, ::-1][:, ::-1], np.repeat(picture, 2, 1)[:, ::2]):
        found = detector.estimate(odd, Region(np.array([820.0, 730.0]), 560.0))
        same = detector.estimate(picture, Region(np.array([820.0, 730.0]), 560.0))
        assert found is not None and same is not None
        np.testing.assert_array_equal(found.keypoints.xy_px, same.keypoints.xy_px)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 300, 3), (500, 500, 3), (3, 40_000, 3)])
def test_nobody_in_an_empty_picture(detector: BlazePose, shape: tuple[int, int, int]) -> None:
    picture = np.zeros(shape, np.uint8)
    assert detector.find_people(picture) == []
    assert detector.estimate(picture, whole_picture(picture)) is None


def test_a_region_of_no_size_holds_nobody(detector: BlazePose, demo_frames: Pictures) -> None:
    assert detector.estimate(demo_frames[0], Region(np.array([-1e7, 3.0]), 0.0)) is None


def test_only_its_own_detections_can_be_followed(detector: BlazePose) -> None:
    keypoints = Keypoints2D(np.zeros((33, 2)), np.zeros(33), BLAZEPOSE_33)
    with pytest.raises(TypeError, match="blazepose-full can only follow its own"):
        detector.next_region(Detection(keypoints, np.zeros(4), 0.5))
