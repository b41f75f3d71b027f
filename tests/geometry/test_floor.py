"""The floor under a person stays where it is, whatever the person does above it."""

from __future__ import annotations

import numpy as np
import pytest

from ganbodypose.geometry.floor import SOLE_BELOW_ANKLE_M, Floor


def followed(ankle_m: np.ndarray, fps: float) -> list[float]:
    """Heights of the floor under somebody whose lowest joint is at these heights."""
    floor = Floor()
    return [
        floor.follow(np.array([1.7, height, np.nan]), frame / fps) for frame, height in enumerate(ankle_m)
    ]


def test_it_begins_below_the_soles() -> None:
    assert followed(np.array([0.1]), 30.0) == pytest.approx([0.1 - SOLE_BELOW_ANKLE_M])


def test_a_jump_leaves_it_and_a_step_down_takes_it_along() -> None:
    jump = followed(np.r_[0.0, np.full(12, 0.4), 0.0], 30.0)
    assert max(jump) < jump[0] + 0.08
    down = followed(np.r_[0.0, np.full(15, -0.3)], 30.0)
    assert down[-1] == pytest.approx(down[0] - 0.3, abs=0.01)


def test_one_wrong_frame_hardly_moves_it() -> None:
    heights = followed(np.r_[np.zeros(5), -0.5, np.zeros(5)], 30.0)
    assert min(heights) > heights[0] - 0.15


@pytest.mark.parametrize("to_m", [-0.3, 0.3])
def test_the_frame_rate_does_not_change_it(to_m: float) -> None:
    ends = [followed(np.r_[0.0, np.full(round(0.2 * fps), to_m)], fps)[-1] for fps in (10.0, 120.0)]
    assert ends[0] == pytest.approx(ends[1], abs=1e-9)
