"""Made-up squats counted by hand, and recorded repetitions joined to sequences."""

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from ganbodypose.datasets.mocap import read_mocap
from ganbodypose.datasets.uiprmd import join_repetitions
from ganbodypose.quality.movement.repetitions import find_repetitions
from ganbodypose.skeletons import H36M_17


def squats(standing: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """[T,17,3]: everything above the ankles sinks by depth [T] m, the knees by half of it and forwards."""
    joints = np.repeat(standing[None], len(depth), 0)
    for index, joint in enumerate(H36M_17.joints):
        share = 0.0 if "ankle" in joint else 0.5 if "knee" in joint else 1.0
        joints[:, index, 1] += share * depth
    for knee in H36M_17.indices("left_knee", "right_knee"):
        joints[:, knee, 2] -= depth
    return joints


def wave(times_s: np.ndarray, period_s: float = 2.0) -> np.ndarray:
    return 0.15 * (1 - np.cos(2 * np.pi * times_s / period_s))


@pytest.mark.parametrize("count", [2, 3, 8])
@pytest.mark.parametrize("period_s", [1.0, 3.0])
def test_counts_cycles(standing: np.ndarray, count: int, period_s: float) -> None:
    times = np.arange(0, count * period_s, 1 / 30)
    result = find_repetitions(squats(standing, wave(times, period_s)), times)
    assert (result.count.value, len(result.found), result.count.validity) == (count, count, 1)
    assert result.period.value == pytest.approx(period_s, abs=0.1)
    assert result.tempo.value == pytest.approx(60 / period_s, rel=0.1)
    middles = (np.arange(count) + 0.5) * period_s
    assert [r.peak_s for r in result.found] == pytest.approx(middles, abs=0.15)
    assert all(a.end_s == b.start_s for a, b in pairwise(result.found))


def test_noise_turning_dropped_frames_and_rest_change_nothing(standing: np.ndarray) -> None:
    random = np.random.default_rng(0)
    times = np.sort(random.choice(np.arange(0, 17, 1 / 60), 500, replace=False))
    moving = (times % 3.4 < 2.0) * wave(times % 3.4)  # five squats, resting between
    joints = squats(standing, moving) + random.normal(0, 0.01, (500, 17, 3))
    angle = times / 3
    turn = np.zeros((500, 3, 3))
    turn[:, 1, 1] = 1
    turn[:, 0, 0], turn[:, 0, 2] = np.cos(angle), np.sin(angle)
    turn[:, 2, 0], turn[:, 2, 2] = -np.sin(angle), np.cos(angle)
    joints = np.einsum("tij,tkj->tki", turn, joints)
    joints[::7, 3] = np.nan
    result = find_repetitions(joints, times)
    assert result.count.value == 5
    assert result.count.validity == pytest.approx(6 / 7, abs=0.01)
    assert result.period.value == pytest.approx(3.4, abs=0.15)


def test_standing_still_is_no_repetition_and_a_gap_is_unknown(standing: np.ndarray) -> None:
    times = np.arange(0, 8, 1 / 30)
    assert find_repetitions(squats(standing, 0 * times), times).count.value == 0
    joints = squats(standing, wave(times))
    joints[30:60] = np.nan
    assert not find_repetitions(joints, times).count.known


def test_one_movement_is_alike_and_aimless_ones_are_not(standing: np.ndarray) -> None:
    times = np.arange(0, 6, 1 / 30)
    assert find_repetitions(squats(standing, wave(times)), times).alike
    aimless = gaussian_filter1d(np.random.default_rng(0).normal(0, 0.5, (300, 17, 3)), 12, axis=0)
    found = find_repetitions(standing + aimless, np.arange(300) / 30)
    assert found.count.value > 1
    assert not found.alike


@pytest.mark.slow
@pytest.mark.parametrize(("label", "least"), [("cor", 0.98), ("inc", 0.95)])
def test_recorded_repetitions(data_dir: Path, label: str, least: float) -> None:
    """Share of UI-PRMD sequences, ten movements by ten people, that are counted exactly."""
    sequences = defaultdict(list)
    for clip in read_mocap(data_dir / "mocap" / "uiprmd_vicon.npz"):
        movement, subject, _, clip_label = clip.name.split("_")[:4]
        if clip_label == label:
            sequences[movement, subject].append(clip)
    rows = [clips for clips in sequences.values() if len(clips) > 1]
    counts = [find_repetitions(j, np.arange(len(j)) / 50).count.value for j in map(join_repetitions, rows)]
    right = np.array([len(clips) for clips in rows]) == counts
    assert right.mean() >= least
