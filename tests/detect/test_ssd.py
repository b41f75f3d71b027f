import numpy as np
import pytest

from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose import ssd


def raw(*people: tuple[int, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Network outputs with one candidate per (anchor, logit, shift of the box in input pixels)."""
    boxes, scores = np.zeros(ssd.BOXES_SHAPE, np.float32), np.full(ssd.SCORES_SHAPE, -50, np.float32)
    for anchor, logit, shift in people:
        scores[0, anchor, 0] = logit
        # Box of 20 x 20, then mid-hip 10 to the right and 30 below the anchor, circle point 20 above it.
        boxes[0, anchor, :8] = [shift, shift, 20, 20, 10, 30, 10, -20]
    return boxes, scores


def test_anchors_are_the_centres_of_the_cells_of_all_grids() -> None:
    centers = ssd.anchor_centers()
    assert centers.shape == (2254, 2)
    # 28 x 28 cells with 2 anchors each, 14 x 14 with 2, 7 x 7 with 6; x runs fastest.
    np.testing.assert_allclose(
        centers[[0, 1, 2, 56]], np.array([[0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [0.5, 1.5]]) / 28
    )
    np.testing.assert_allclose(
        centers[[1568, 1960, -1]], [[0.5 / 14, 0.5 / 14], [0.5 / 7, 0.5 / 7], [6.5 / 7, 6.5 / 7]]
    )


def test_decode_places_boxes_and_keypoints_relative_to_their_anchor() -> None:
    corners, keypoints, scores = ssd.decode(*raw((0, 2.0, 0), (2253, 3.0, 0)))
    np.testing.assert_allclose(scores, 1 / (1 + np.exp([-3, -2])))
    last, first = np.array([208.0, 208]), np.array([4.0, 4])  # anchors in input pixels
    np.testing.assert_allclose(corners * 224, [[*last - 10, *last + 10], [*first - 10, *first + 10]])
    offsets = np.array([[10, 30], [10, -20]])
    np.testing.assert_allclose(keypoints[:, :2] * 224, [last + offsets, first + offsets])


def test_only_candidates_of_probability_one_half_and_more_pass() -> None:
    assert len(ssd.decode(*raw((5, -0.01, 0)))[2]) == 0
    assert len(ssd.decode(*raw((5, 0.0, 0)))[2]) == 1


def test_overlapping_candidates_are_averaged_by_score_and_others_stay() -> None:
    corners, keypoints, scores = ssd.decode(*raw((700, 3.0, 0), (702, 0.5, 0), (2253, 1.0, 0)))
    people = ssd.merge(corners, keypoints, scores)
    assert [round(score, 4) for _, score in people] == [0.9526, 0.7311]
    a, b = scores[0], scores[2]
    np.testing.assert_allclose(people[0][0], (a * keypoints[0] + b * keypoints[2]) / (a + b))
    np.testing.assert_allclose(people[1][0], keypoints[1])


def test_nobody_is_an_empty_list() -> None:
    assert ssd.merge(*ssd.decode(*raw())) == []


def test_overlap_is_intersection_over_union() -> None:
    boxes = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [2, 2, 3, 3], [0, 0, 1, 1]], float)
    np.testing.assert_allclose(ssd.overlaps(boxes[0], boxes), [1, 1 / 3, 0, 1 / 4])
    assert ssd.overlaps(np.zeros(4), np.zeros((1, 4))).tolist() == [0]


@pytest.mark.parametrize(
    ("edge", "turn"), [((0, -10), 0), ((10, 0), np.pi / 2), ((-10, 0), -np.pi / 2), ((0, 10), np.pi)]
)
def test_region_follows_the_point_above_the_head(edge: tuple[int, int], turn: float) -> None:
    region = ssd.region_around(np.array([5.0, 7.0]), np.array([5.0, 7.0]) + edge, 0.8)
    assert region.size_px == pytest.approx(25) and region.rotation_rad == pytest.approx(turn)
    assert region.center_px.tolist() == [5, 7] and region.score == 0.8


def at(x: float, score: float, size: float = 100) -> Region:
    return Region(np.array([x, 50.0]), size, 0.0, score)


def test_views_agree_on_people() -> None:
    """In each view a person is its own region; across views those near a surer one are the same person."""
    people = ssd.merge_views([[at(100, 0.9), at(110, 0.7)], [at(120, 0.8), at(126, 0.6)], [at(98, 0.95)]])
    assert [(p.center_px[0], p.score) for p in people] == [(98, 0.95), (126, 0.6)]
    assert [p.score for p in ssd.merge_views([[at(100, 0.9), at(110, 0.7)], []])] == [0.9, 0.7]
