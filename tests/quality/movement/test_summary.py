"""All measures at once: hand-made squats whose numbers are known."""

import numpy as np
import pytest

from ganbodypose.quality.movement.summary import summarize
from ganbodypose.skeletons import H36M_17

UP = np.array([0.0, -1.0, 0.0])
TIMES = np.arange(0, 4, 1 / 30)


@pytest.fixture
def right_knee_lifts(standing: np.ndarray) -> np.ndarray:
    """[T,17,3]: the right shin swings back by 0 to 60 degrees, nothing else moves."""
    joints = np.repeat(standing[None], len(TIMES), 0)
    angle = np.radians(30) * (1 - np.cos(np.pi * TIMES))
    knee, ankle = H36M_17.indices("right_knee", "right_ankle")
    joints[:, ankle] = joints[:, knee] + 0.45 * np.stack([0 * angle, np.cos(angle), np.sin(angle)], -1)
    return joints


def test_values_units_and_symmetry(right_knee_lifts: np.ndarray) -> None:
    measures = summarize(right_knee_lifts, np.full((len(TIMES), 17), 0.01), TIMES, UP)
    knee = measures["right knee flexion, range of motion"]
    assert (knee.unit, knee.validity) == ("deg", 1)
    assert knee.value == pytest.approx(60, abs=0.1)
    assert measures["left knee flexion, range of motion"].value == pytest.approx(0, abs=1e-6)
    assert measures["knee flexion symmetry, range of motion"].value == pytest.approx(-200)
    peak = 0.45 * np.radians(30) * np.pi
    assert measures["right ankle, peak speed"].value == pytest.approx(peak, rel=0.02)
    assert all(0 < m.uncertainty < np.inf for name, m in measures.items() if "symmetry" not in name)


def test_more_error_gives_more_uncertainty_and_no_error_none(right_knee_lifts: np.ndarray) -> None:
    name = "right knee flexion, range of motion"

    def uncertainty(error_m: float) -> float:
        return summarize(right_knee_lifts, np.full((len(TIMES), 17), error_m), TIMES, UP)[name].uncertainty

    assert uncertainty(0.005) < uncertainty(0.02) < uncertainty(0.05)
    assert uncertainty(0) == 0
    assert np.isnan(uncertainty(np.nan))


def test_a_limb_that_nobody_sees_gives_no_extremes(right_knee_lifts: np.ndarray) -> None:
    """An ankle outside the picture flies about; its expected error says so."""
    errors = np.full((len(TIMES), 17), 0.01)
    wild, ankle = right_knee_lifts.copy(), H36M_17.index("right_ankle")
    wild[10:30, ankle] += np.random.default_rng(0).normal(0, 0.5, (20, 3))
    believed = summarize(wild, errors, TIMES, UP)
    errors[10:30, ankle] = 0.6
    mended = summarize(wild, errors, TIMES, UP)
    name = "right knee flexion, range of motion"
    assert believed[name].value > 80
    assert mended[name].value == pytest.approx(60, abs=0.1)
    assert mended[name].validity == pytest.approx(1 - 20 / len(TIMES), abs=0.01)


def test_tremble_of_poses_from_video_is_not_unsmooth_movement(right_knee_lifts: np.ndarray) -> None:
    trembling = right_knee_lifts + np.random.default_rng(0).normal(0, 0.01, right_knee_lifts.shape)
    errors = np.full((len(TIMES), 17), 0.01)
    true = summarize(right_knee_lifts, errors, TIMES, UP)
    as_given = summarize(trembling, errors, TIMES, UP)
    from_video = summarize(trembling, errors, TIMES, UP, from_video=True)
    for kind in ("smoothness SPARC", "smoothness LDLJ", "peak speed"):
        name = f"right ankle, {kind}"
        off = abs(from_video[name].value - true[name].value)
        assert off < 0.7 * abs(as_given[name].value - true[name].value)
    name = "right knee flexion, range of motion"
    assert from_video[name].value == as_given[name].value
