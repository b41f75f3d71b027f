"""One-euro filter: calm at rest, quick in motion, true to time, blind to the camera's turning."""

from __future__ import annotations

import numpy as np
import pytest

from ganbodypose.core import FrameResult, PersonResult
from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.live.one_euro import PoseSmoother


def _result(joints_m: np.ndarray, time_s: float, track_id: int = 1) -> FrameResult:
    person = PersonResult(
        track_id,
        np.zeros((17, 2)),
        np.ones(17),
        joints_m,
        np.array([0, 0, 3.0]),
        np.zeros(17),
        1.0,
        np.zeros(4),
    )
    return FrameResult(0, time_s, (person,))


def _smoothed(joints_m: np.ndarray, times_s: np.ndarray, strength: float) -> np.ndarray:
    smooth = PoseSmoother()
    results = [smooth(_result(j, t), strength) for j, t in zip(joints_m, times_s, strict=True)]
    return np.stack([r.persons[0].joints_3d_m for r in results])


def _noise(frames: int) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.01, (frames, 17, 3))


def _jitter(joints_m: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(joints_m[30:], axis=0), axis=-1).mean())


def test_more_strength_is_calmer_at_rest() -> None:
    noise, times = _noise(200), np.arange(200) / 30
    jitters = [_jitter(_smoothed(noise, times, strength)) for strength in (0, 0.2, 0.4, 0.7, 1)]
    assert jitters == sorted(jitters, reverse=True)
    assert jitters[0] == _jitter(noise)
    assert jitters[2] < 0.6 * jitters[0]
    assert jitters[4] < 0.15 * jitters[0]


def test_a_fast_hand_lags_less_than_20_ms() -> None:
    times = np.arange(90) / 30
    hand = np.zeros((90, 17, 3))
    hand[:, 13, 0] = 2.0 * times  # m/s
    lag_s = (hand - _smoothed(hand, times, 0.4))[60:, 13, 0].mean() / 2.0
    assert 0 < lag_s < 0.02


def test_the_filter_goes_by_time_and_not_by_frame() -> None:
    """A step seen at 30 and at 60 pictures a second has come equally far after the same time."""

    def after_200_ms(rate: int) -> float:
        times = np.arange(rate) / rate
        joints = np.zeros((rate, 17, 3))
        joints[times >= 0.5] = 0.02
        return float(_smoothed(joints, times, 0.6)[round(0.7 * rate), 0, 0])

    assert after_200_ms(30) == pytest.approx(after_200_ms(60), abs=0.002)


def test_turning_the_camera_turns_the_result() -> None:
    joints, times = np.cumsum(_noise(40), 0), np.cumsum(np.random.default_rng(1).uniform(0.01, 0.05, 40))
    turn = rotvec_to_matrix(np.array([0.3, -0.8, 0.5]))
    np.testing.assert_allclose(
        _smoothed(joints @ turn.T, times, 0.5), _smoothed(joints, times, 0.5) @ turn.T, atol=1e-9
    )


def test_a_missing_joint_stays_missing_and_starts_afresh() -> None:
    joints, times = np.zeros((10, 17, 3)), np.arange(10) / 30
    joints[4, 3], joints[5:, 3] = np.nan, 5.0
    smooth = _smoothed(joints, times, 0.8)
    assert np.isnan(smooth[4, 3]).all()
    np.testing.assert_allclose(smooth[5, 3], 5.0)
    assert np.isfinite(smooth[:, 2]).all()


def test_who_comes_back_after_long_starts_afresh() -> None:
    smooth = PoseSmoother()
    smooth(_result(np.zeros((17, 3)), 0.0), 0.9)
    smooth(FrameResult(0, 1.5, ()), 0.9)
    back = smooth(_result(np.ones((17, 3)), 1.6), 0.9)
    np.testing.assert_allclose(back.persons[0].joints_3d_m, 1.0)


def test_a_repeated_time_changes_nothing() -> None:
    smooth = PoseSmoother()
    smooth(_result(np.zeros((17, 3)), 1.0), 0.5)
    again = smooth(_result(np.ones((17, 3)), 1.0), 0.5)
    np.testing.assert_allclose(again.persons[0].joints_3d_m, 0.0)
