"""Setting pictures upright where PyAV cannot show their side data."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from ganbodypose.io.sources.pictures import display_turn, turn_upright


class Unlistable:
    """A picture with side data of a kind that PyAV does not know: it fails to list any."""

    def __init__(self, rotation: int) -> None:
        self.rotation = rotation

    @property
    def side_data(self) -> None:
        raise ValueError("31 is not a valid Type")


@pytest.mark.parametrize("degrees", [0, 90, -90, 180, -180])
def test_angle_alone_is_enough_for_turns(degrees: int) -> None:
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    turned = turn_upright(picture, *display_turn(Unlistable(degrees)))
    np.testing.assert_array_equal(turned, np.rot90(picture, degrees // 90))  # rot90 is anticlockwise


@pytest.mark.parametrize("degrees", [0, 90, -90, 180])
def test_matrix_and_angle_agree(degrees: int) -> None:
    cos, sin = {0: (1, 0), 90: (0, -1), -90: (0, 1), 180: (-1, 0)}[degrees]  # y is down
    matrix = np.array([cos, sin, 0, -sin, cos, 0, 0, 0, 1], np.int32) << 16
    listable = SimpleNamespace(side_data={"DISPLAYMATRIX": matrix.tobytes()})
    assert display_turn(listable) == display_turn(Unlistable(degrees))
