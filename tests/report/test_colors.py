import numpy as np
import pytest

from ganbodypose.report.colors import UNKNOWN_RGB, css_color, error_colors, error_scale, person_color

# Machado, Oliveira & Fernandes 2009, full severity, on linear RGB.
COLOUR_BLINDNESS = {
    "none": [1, 0, 0, 0, 1, 0, 0, 0, 1],
    "protanopia": [0.1523, 1.0526, -0.2049, 0.1145, 0.7863, 0.0992, -0.0039, -0.0481, 1.0520],
    "deuteranopia": [0.3673, 0.8606, -0.2280, 0.2801, 0.6725, 0.0474, -0.0118, 0.0429, 0.9689],
    "tritanopia": [1.2555, -0.0767, -0.1788, -0.0784, 0.9308, 0.1476, 0.0047, 0.6914, 0.3039],
}


def linear(rgb: np.ndarray) -> np.ndarray:
    c = np.asarray(rgb) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def luminance(linear_rgb: np.ndarray) -> np.ndarray:
    return linear_rgb @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("vision", COLOUR_BLINDNESS)
def test_more_error_is_darker_for_every_eye(vision: str) -> None:
    seen = np.clip(linear(error_scale(16)) @ np.reshape(COLOUR_BLINDNESS[vision], (3, 3)).T, 0, 1)
    assert (np.diff(luminance(seen)) < 0).all()


def test_both_ends_stand_out_from_the_dark_background() -> None:
    ends = luminance(linear(error_scale()[[0, -1]]))
    background = luminance(linear(np.array([17, 20, 27])))
    assert ((ends + 0.05) / (background + 0.05) >= 3).all()  # WCAG 2.1 for graphics


def test_error_picks_its_place_on_the_scale() -> None:
    scale = error_scale()
    colors = error_colors(np.array([[0.0, 0.2], [0.9, np.nan]]))
    assert colors.shape == (2, 2, 3)
    assert colors.dtype == np.uint8
    np.testing.assert_array_equal(colors[0], scale[[0, -1]])
    np.testing.assert_array_equal(colors[1], [scale[-1], UNKNOWN_RGB])
    np.testing.assert_array_equal(error_colors(np.array(0.04)), scale[51])


def test_neighbouring_ids_have_different_colours() -> None:
    assert len({person_color(track_id) for track_id in range(7, 13)}) == 6


def test_css_color() -> None:
    assert css_color((0, 158, 255)) == "#009eff"
