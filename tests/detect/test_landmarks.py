import numpy as np
import pytest

from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose import landmarks
from ganbodypose.skeletons import BLAZEPOSE_33


def naive_refine(points: np.ndarray, heatmap: np.ndarray) -> np.ndarray:
    """The definition, cell by cell."""
    side = len(heatmap)
    refined = points.copy()
    for j, (x, y) in enumerate(points):
        column, row = int(x * side), int(y * side)
        if not (0 <= column < side and 0 <= row < side):
            continue
        cells = [
            (c, r, 1 / (1 + np.exp(-heatmap[r, c, j])))
            for r in range(max(0, row - 4), min(side, row + 5))
            for c in range(max(0, column - 4), min(side, column + 5))
        ]
        total = sum(p for *_, p in cells)
        if max(p for *_, p in cells) >= 0.5:
            refined[j] = [
                sum(c * p for c, _, p in cells) / total / side,
                sum(r * p for _, r, p in cells) / total / side,
            ]
    return refined


def test_refinement_equals_its_definition() -> None:
    rng = np.random.default_rng(1)
    points = rng.uniform(-0.1, 1.1, (35, 2))
    heatmap = rng.normal(-6, 3, (64, 64, 39))
    expected = naive_refine(points, heatmap)
    moved = (expected != points).any(1)
    assert 5 < moved.sum() < 30
    np.testing.assert_allclose(landmarks.refine(points, heatmap), expected, atol=1e-12)


def test_refinement_goes_to_a_hot_cell_but_not_to_a_lukewarm_or_a_far_one() -> None:
    points = np.full((3, 2), 32.5 / 64)
    heatmap = np.full((64, 64, 3), -60.0)
    heatmap[35, 30, 0] = 9.0
    heatmap[35, 30, 1] = -0.1
    heatmap[35, 37, 2] = 9.0
    refined = landmarks.refine(points, heatmap)
    np.testing.assert_allclose(refined[0] * 64, [30, 35], atol=1e-9)
    np.testing.assert_array_equal(refined[1:], points[1:])


def outputs(seen: float = 9.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A network's answer: joint j at (100 + j, 2 j) px in the crop and (j, 0, j) cm in the world."""
    values, world = np.zeros((39, 5), np.float32), np.zeros((39, 3), np.float32)
    j = np.arange(39)
    values[:, 0], values[:, 1], values[:, 3], values[:, 4] = 100 + j, 2 * j, seen, 2.0
    world[:, 0] = world[:, 2] = j / 100
    return values.reshape(1, 195), np.full((1, 64, 64, 39), -60, np.float32), world.reshape(1, 117)


def test_decode_by_hand_in_an_upright_region() -> None:
    found = landmarks.decode(*outputs(), 0.9, Region(np.array([1000.0, 500.0]), 512.0))
    # The crop's 256 px are 512 px of the picture, from (744, 244) on.
    np.testing.assert_allclose(found.keypoints.xy_px[[0, 32]], [[744 + 200, 244], [744 + 264, 244 + 128]])
    np.testing.assert_allclose(found.alignment_px, [[744 + 266, 244 + 132], [744 + 268, 244 + 136]])
    np.testing.assert_allclose(found.keypoints.confidence, 1 / (1 + np.exp(-9)) / (1 + np.exp(-2)))
    np.testing.assert_allclose(found.bbox_px, [944, 244, 1008, 372])
    assert found.score == 0.9 and found.keypoints.skeleton is BLAZEPOSE_33
    # Hips are joints 23 and 24, so their midpoint is at 23.5 cm.
    np.testing.assert_allclose(found.world_m[[0, 24]], [[-0.235, 0, -0.235], [0.005, 0, 0.005]], atol=1e-7)
    np.testing.assert_array_equal(found.keypoints.depth_m, found.world_m[:, 2])


def test_decode_turns_picture_and_world_alike() -> None:
    """Seen in a region turned a quarter clockwise, the crop's right is the picture's down."""
    center = np.array([1000.0, 500.0])
    upright = landmarks.decode(*outputs(), 0.9, Region(center, 512.0))
    turned = landmarks.decode(*outputs(), 0.9, Region(center, 512.0, np.pi / 2))
    x, y = (upright.keypoints.xy_px - center).T
    np.testing.assert_allclose(turned.keypoints.xy_px - center, np.stack([-y, x], 1), atol=1e-9)
    x, y, z = upright.world_m.T
    np.testing.assert_allclose(turned.world_m, np.stack([-y, x, z], 1), atol=1e-9)


@pytest.mark.parametrize(
    ("confidence", "box"), [([0.9, 0.9, 0.1], [0, 0, 2, 3]), ([0.9, 0.1, 0.1], [0, 0, 50, 60])]
)
def test_box_is_around_what_is_seen(confidence: list[float], box: list[float]) -> None:
    points = np.array([[0.0, 3], [2, 0], [50, 60]])
    assert landmarks.bounding_box(points, np.array(confidence)).tolist() == box
