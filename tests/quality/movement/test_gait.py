"""Gait: a made-up walker whose steps are known, recorded walks by their names, and movements that are no gait."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganbodypose.datasets.mocap import read_mocap
from ganbodypose.quality.movement.gait import find_gait
from ganbodypose.quality.movement.measure import only_sure
from ganbodypose.skeletons import H36M_17

UP = np.array([0.0, -1.0, 0.0])
STEPS_PER_S = 1.8


def walker(standing: np.ndarray, times_s: np.ndarray, turn_rad_per_s: float = 0.0) -> np.ndarray:
    """[T,17,3]: ankles swing by 30 cm to and fro, left and right in turn; the whole body may turn about."""
    joints = np.repeat(standing[None], len(times_s), 0)
    swing = 0.3 * np.cos(np.pi * STEPS_PER_S * times_s)
    left, right = H36M_17.indices("left_ankle", "right_ankle")
    joints[:, left, 2] -= swing  # the person's forward is -z
    joints[:, right, 2] += swing
    angle = turn_rad_per_s * times_s
    turned = joints.copy()
    turned[..., 0] = np.cos(angle)[:, None] * joints[..., 0] + np.sin(angle)[:, None] * joints[..., 2]
    turned[..., 2] = -np.sin(angle)[:, None] * joints[..., 0] + np.cos(angle)[:, None] * joints[..., 2]
    return turned


@pytest.mark.parametrize("turn", [0.0, 0.8])
def test_steps_cadence_and_length_of_a_known_walk(standing: np.ndarray, turn: float) -> None:
    times = np.sort(np.random.default_rng(0).uniform(0, 8, 300))
    found = find_gait(walker(standing, times, turn), times, UP)
    strikes = np.arange(1, 8 * STEPS_PER_S - 0.5) / STEPS_PER_S  # the first is at the very start
    assert [step.time_s for step in found.steps] == pytest.approx(strikes.tolist(), abs=0.06)
    assert [step.side for step in found.steps[:3]] == ["right", "left", "right"]
    measures = found.measures()
    assert measures["gait, cadence"].value == pytest.approx(60 * STEPS_PER_S, rel=0.02)
    assert measures["gait, step length"].value == pytest.approx(0.6, rel=0.1)
    assert measures["gait, step time symmetry"].value == pytest.approx(0, abs=5)
    assert measures["gait, stance share of the stride"].value == pytest.approx(50, abs=4)


def test_standing_and_squatting_are_no_gait(standing: np.ndarray) -> None:
    times = np.arange(0, 8, 1 / 30)
    still = np.repeat(standing[None], len(times), 0)
    assert find_gait(still, times, UP).steps == ()
    both = still.copy()
    both[:, H36M_17.indices("left_ankle", "right_ankle"), 2] += 0.3 * np.sin(4 * times)[:, None]
    assert find_gait(both, times, UP).steps == ()


@pytest.mark.parametrize("gap", ["missing", "uncertain"])
def test_no_bout_goes_on_over_a_gap(standing: np.ndarray, gap: str) -> None:
    times = np.arange(0, 8, 1 / 30)
    walking = walker(standing, times)
    expected_error = np.full((len(times), 17), 0.1)
    if gap == "missing":
        walking[110:130] = np.nan
    else:
        walking[110:130, H36M_17.index("left_ankle"), 2] -= 0.5 * np.sin(np.arange(20))
        expected_error[110:130, H36M_17.index("left_ankle")] = 0.4
    found = find_gait(only_sure(walking, expected_error), times, UP)
    assert len(found.bouts) == 2
    assert not any(times[110] <= step.time_s <= times[129] for step in found.steps)
    assert found.measures()["gait, cadence"].value == pytest.approx(60 * STEPS_PER_S, rel=0.02)
    assert found.validity == pytest.approx(1 - 20 / len(times))


def test_recorded_walks(data_dir: Path) -> None:
    """Walks by their label: all are gait at their pace; idle standing is not."""
    cadence: dict[str, list[float]] = {"slow walk": [], "brisk walk": []}
    idle = 0
    for path in sorted((data_dir / "mocap").glob("cmu_*.npz")):
        for clip in read_mocap(path):
            if clip.action in cadence:
                times = np.arange(len(clip.joints_m)) / clip.fps
                measures = find_gait(clip.joints_m.astype(float), times, np.array([0, 0, 1.0])).measures()
                cadence[clip.action].append(measures["gait, cadence"].value)
    for clip in list(read_mocap(data_dir / "mocap" / "reactidle.npz"))[:4]:
        times = np.arange(len(clip.joints_m)) / clip.fps
        idle += len(find_gait(clip.joints_m.astype(float), times, np.array([0, 0, 1.0])).steps)
    assert all(70 < c < 90 for c in cadence["slow walk"]) and cadence["slow walk"]
    assert all(125 < c < 150 for c in cadence["brisk walk"]) and cadence["brisk walk"]
    assert idle == 0
