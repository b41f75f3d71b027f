"""Position errors: cases worked out by hand, and independent references."""

import numpy as np
import pytest
from scipy.spatial import procrustes

from ganbodypose.metrics.pose import (
    acceleration_error,
    auc,
    joint_errors,
    mpjpe,
    mpjve,
    n_mpjpe,
    pa_joint_errors,
    pa_mpjpe,
    pck,
    root_relative,
)

RNG = np.random.default_rng(0)
TARGET = RNG.normal(size=(5, 17, 3)) * 0.4


def shifted(*lengths_m: float) -> tuple[np.ndarray, np.ndarray]:
    """One pose whose joints are off by the given lengths."""
    target = np.zeros((1, len(lengths_m), 3))
    pred = target.copy()
    pred[0, :, 1] = lengths_m
    return pred, target


def test_mpjpe_by_hand() -> None:
    pred = np.array([[[3.0, 4, 0], [0, 0, 1]]])  # 5 m and 1 m off
    assert mpjpe(pred, np.zeros((1, 2, 3))) == pytest.approx(3)
    np.testing.assert_allclose(joint_errors(pred, np.zeros((1, 2, 3))), [[5, 1]])


def test_missing_joints_are_left_out_and_nothing_is_nan() -> None:
    pred, target = shifted(0.1, 0.3, 0.9)
    pred[0, 2] = np.nan
    assert mpjpe(pred, target) == pytest.approx(0.2)
    assert np.isnan(mpjpe(pred * np.nan, target))


def test_root_relative() -> None:
    moved = root_relative(TARGET + np.array([1, 2, 3]))
    assert (moved[:, 0] == 0).all()
    np.testing.assert_allclose(moved[:, 5], TARGET[:, 5] - TARGET[:, 0])


def test_pa_mpjpe_equals_scipy() -> None:
    pred = TARGET + RNG.normal(size=TARGET.shape) * 0.1
    for p, t in zip(pred, TARGET, strict=True):
        # SciPy centres the target and scales it to norm 1; undo that scale.
        reference, fitted, _ = procrustes(t, p)
        norm = np.linalg.norm(t - t.mean(0))
        expected = np.linalg.norm(reference - fitted, axis=-1).mean() * norm
        assert pa_mpjpe(p, t) == pytest.approx(expected)
    assert pa_mpjpe(pred, TARGET) == pytest.approx(
        np.mean([pa_mpjpe(p, t) for p, t in zip(pred, TARGET, strict=True)])
    )


def test_pa_mpjpe_sees_a_mirrored_body_and_failures() -> None:
    assert pa_mpjpe(2 * TARGET[..., [1, 2, 0]] + 7, TARGET) < 1e-9  # a rotation: x y z -> y z x
    assert pa_mpjpe(TARGET * [-1, 1, 1], TARGET) > 0.05
    collapsed = np.zeros_like(TARGET)
    assert np.isnan(pa_joint_errors(collapsed, TARGET)).all()
    assert np.isnan(pa_mpjpe(collapsed, TARGET))


def test_n_mpjpe_removes_scale_only() -> None:
    relative = root_relative(TARGET)
    assert n_mpjpe(3 * relative, relative) == pytest.approx(0, abs=1e-12)
    # Off axis: the best scale of (1, 0) for (1, 1) is 1, which leaves an error of 1.
    pred, target = np.array([[[0, 0, 0], [1.0, 0, 0]]]), np.array([[[0, 0, 0], [1.0, 1, 0]]])
    assert n_mpjpe(5 * pred, target) == pytest.approx(0.5)
    assert np.isnan(n_mpjpe(np.zeros_like(relative), relative))
    holed = relative.copy()
    holed[:, 3] = np.nan
    assert n_mpjpe(2 * holed, relative) == pytest.approx(0, abs=1e-12)
    assert n_mpjpe(2 * relative, holed) == pytest.approx(0, abs=1e-12)


def test_velocity_and_acceleration_by_hand() -> None:
    # The error is 0, 1, 4, 9 mm along x: of velocity 1, 3, 5 mm and of acceleration 2, 2 mm per frame.
    target = RNG.normal(size=(4, 2, 3))
    pred = target.copy()
    pred[:, :, 0] += np.array([0, 1, 4, 9])[:, None] / 1000
    assert mpjve(pred, target, fps=1) == pytest.approx(0.003)
    assert acceleration_error(pred, target, fps=1) == pytest.approx(0.002)
    assert mpjve(pred, target, fps=50) == pytest.approx(0.15)
    assert acceleration_error(pred, target, fps=50) == pytest.approx(5)
    assert mpjve(target + 0.5, target, fps=50) == pytest.approx(0, abs=1e-9)


def test_sequences_do_not_touch() -> None:
    one, two = RNG.normal(size=(2, 6, 17, 3))
    pred = np.concatenate([one, two + 5])
    target = np.concatenate([one + 0.1, two])
    ids = np.repeat([3, 8], 6)
    assert mpjve(pred, target, 50, ids) == pytest.approx(0, abs=1e-9)
    assert acceleration_error(pred, target, 50, ids) == pytest.approx(0, abs=1e-9)
    assert mpjve(pred, target, 50) > 1
    assert acceleration_error(pred[:7], target[:7], 50, ids[:7]) == pytest.approx(0, abs=1e-9)


def test_pck_is_strict_and_counts_missing_as_wrong() -> None:
    pred, target = shifted(0, 0.1, 0.125, 0.2)
    assert pck(pred, target, 0.125) == 0.5
    assert pck(pred, target, 0.126) == 0.75
    assert pck(pred, target) == 0.75  # 150 mm
    pred[0, 0] = np.nan
    assert pck(pred, target) == 0.5
    target[0, 3] = np.nan  # not known: does not count
    assert pck(pred, target) == pytest.approx(2 / 3)
    assert np.isnan(pck(pred, target * np.nan))


def test_auc_is_the_mean_pck_over_31_thresholds() -> None:
    pred, target = shifted(0)
    assert auc(pred, target) == pytest.approx(30 / 31)  # 0 is not below 0
    pred, target = shifted(0.0625)  # below 65, 70, ... 150 mm: 18 of 31
    assert auc(pred, target) == pytest.approx(18 / 31)
    pred = TARGET + RNG.normal(size=TARGET.shape) * 0.07
    expected = np.mean([pck(pred, TARGET, mm / 1000) for mm in range(0, 151, 5)])
    assert auc(pred, TARGET) == pytest.approx(expected)
