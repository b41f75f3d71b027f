import cv2
import numpy as np
import pytest

from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose.crop import (
    MAX_TILES,
    checked_picture,
    crop,
    crop_to_picture,
    square_tiles,
    whole_picture,
)


def dot(x: int, y: int, width: int, height: int) -> np.ndarray:
    """A black picture with one white, softened dot."""
    picture = np.zeros((height, width, 3), np.uint8)
    cv2.circle(picture, (x, y), 5, (255, 255, 255), -1)
    return cv2.GaussianBlur(picture, (0, 0), 2)


def centroid(picture: np.ndarray) -> np.ndarray:
    weight = picture[..., 0].astype(float)
    y, x = np.indices(weight.shape)
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@pytest.mark.parametrize("turn", [0.0, 0.3, np.pi / 2, -2.5])
def test_what_is_seen_in_the_crop_maps_back_to_where_it_was(turn: float) -> None:
    region = Region(np.array([150.0, 110.0]), 160.0, turn)
    out = np.empty((256, 256, 3), np.uint8)
    crop(dot(170, 90, 300, 200), region, out, cv2.BORDER_CONSTANT)
    np.testing.assert_allclose(crop_to_picture(centroid(out) / 256, region), [170, 90], atol=0.3)


def test_a_region_turned_clockwise_shows_what_lies_to_the_right_on_top() -> None:
    region = Region(np.array([50.0, 50.0]), 40.0, np.pi / 2)
    np.testing.assert_allclose(crop_to_picture(np.array([0.5, 0.0]), region), [70, 50], atol=1e-9)
    np.testing.assert_allclose(crop_to_picture(np.array([0.0, 0.5]), region), [50, 30], atol=1e-9)


def test_whole_picture_is_a_centred_square_and_its_margins_are_black() -> None:
    picture = np.full((100, 300, 3), 200, np.uint8)
    region = whole_picture(picture)
    assert (region.center_px.tolist(), region.size_px, region.rotation_rad) == ([150.0, 50.0], 300.0, 0.0)
    out = np.empty((60, 60, 3), np.uint8)
    crop(picture, region, out, cv2.BORDER_CONSTANT)
    assert (out[:19] == 0).all() and (out[41:] == 0).all() and (out[21:39] == 200).all()


@pytest.mark.parametrize(
    ("size_wh", "centers"),
    [
        ((100, 100), []),
        ((110, 100), []),
        ((160, 100), [[50, 50], [110, 50]]),
        ((100, 200), [[50, 50], [50, 100], [50, 150]]),
    ],
)
def test_tiles_cover_the_longer_side(size_wh: tuple[int, int], centers: list[list[float]]) -> None:
    tiles = square_tiles(np.zeros((size_wh[1], size_wh[0], 3), np.uint8))
    assert [t.center_px.tolist() for t in tiles] == centers
    assert all(t.size_px == 100 for t in tiles)


def test_an_extreme_panorama_has_few_tiles() -> None:
    assert len(square_tiles(np.zeros((2, 5000, 3), np.uint8))) == MAX_TILES


def test_a_picture_too_wide_for_opencv_is_cropped_all_the_same() -> None:
    picture = np.zeros((40, 70_000, 3), np.uint8)
    picture[:, 60_000:60_040] = 255
    out = np.empty((64, 64, 3), np.uint8)
    crop(picture, Region(np.array([60_020.0, 20.0]), 40.0), out, cv2.BORDER_CONSTANT)
    assert out[20:40, 10:50].min() == 255
    crop(picture, Region(np.array([59_000.0, 20.0]), 40.0), out, cv2.BORDER_CONSTANT)
    assert out.max() == 0


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3)),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_no_rgb_picture_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match="RGB uint8"):
        checked_picture(picture)
