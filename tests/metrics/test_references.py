"""Every metric against an independent reference: SciPy, scikit-learn, or the definition, joint by joint."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from scipy.stats import variation

from ganbodypose.metrics import bones, pose, ranking, risk
from ganbodypose.skeletons import H36M_17

FPS = 25.0


@pytest.fixture(params=range(3))
def poses(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    """pred and target [12,17,3] m; some joints are missing from either."""
    rng = np.random.default_rng(request.param)
    target = rng.normal(0, 0.4, (12, 17, 3))
    pred = target + rng.normal(0, 0.08, target.shape)
    pred[rng.random((12, 17)) < 0.05] = np.nan
    target[rng.random((12, 17)) < 0.05] = np.nan
    return pose.root_relative(pred), pose.root_relative(target)


def known(pred: np.ndarray, target: np.ndarray) -> list[tuple[int, int]]:
    """(frame, joint) that both have."""
    return [tuple(ij) for ij in np.argwhere(np.isfinite(pred + target).all(-1))]


def test_mpjpe_is_the_mean_of_single_distances(poses: tuple[np.ndarray, np.ndarray]) -> None:
    pred, target = poses
    errors = [cdist(pred[i, j][None], target[i, j][None])[0, 0] for i, j in known(pred, target)]
    assert pose.mpjpe(pred, target) == pytest.approx(np.mean(errors), rel=1e-12)


def test_n_mpjpe_has_the_scale_that_a_minimiser_finds(poses: tuple[np.ndarray, np.ndarray]) -> None:
    pred, target = poses
    errors = []
    for p, t in zip(pred, target, strict=True):
        both = np.isfinite(p + t).all(-1)
        p, t = p[both], t[both]  # noqa: PLW2901
        if len(p):
            scale = minimize_scalar(lambda s, p=p, t=t: ((s * p - t) ** 2).sum(), options={"xtol": 1e-12}).x
            errors.extend(np.linalg.norm(scale * p - t, axis=-1))
    assert pose.n_mpjpe(pred, target) == pytest.approx(np.mean(errors), rel=1e-6)


def test_velocity_and_acceleration_are_finite_differences(poses: tuple[np.ndarray, np.ndarray]) -> None:
    pred, target = poses
    velocity = lambda x, t: (x[t + 1] - x[t]) * FPS  # noqa: E731
    acceleration = lambda x, t: (x[t + 2] - 2 * x[t + 1] + x[t]) * FPS**2  # noqa: E731
    for metric, change, order in ((pose.mpjve, velocity, 1), (pose.acceleration_error, acceleration, 2)):
        errors = [
            np.linalg.norm(change(pred, t) - change(target, t), axis=-1) for t in range(len(pred) - order)
        ]
        assert metric(pred, target, FPS) == pytest.approx(np.nanmean(errors), rel=1e-9)


def test_pck_and_auc_as_the_official_evaluation_counts(poses: tuple[np.ndarray, np.ndarray]) -> None:
    """mpii_compute_3d_pck: the share of joints below each threshold 0, 5, ... 150 mm, and the mean of the shares."""
    pred, target = poses
    wanted = np.argwhere(np.isfinite(target).all(-1))
    errors = [np.linalg.norm(pred[i, j] - target[i, j]) * 1000 for i, j in wanted]
    share = [sum(error < threshold for error in errors) / len(errors) for threshold in range(0, 151, 5)]
    assert pose.pck(pred, target) == pytest.approx(share[-1], rel=1e-12)
    assert pose.auc(pred, target) == pytest.approx(np.mean(share), rel=1e-12)


def test_bones_against_scipy() -> None:
    frames = np.random.default_rng(0).normal(0, 0.4, (20, 17, 3))
    lengths = np.array([[np.diag(cdist(f, f)[list(a)][:, list(b)]) for f in frames] for a, b in [_ends()]])[0]
    np.testing.assert_allclose(bones.bone_length_variation(frames), variation(lengths, axis=0))
    names = H36M_17.joints
    twins = [
        (
            k,
            next(
                m for m, b in enumerate(H36M_17.bones) if names[b[1]] == names[child].replace("left", "right")
            ),
        )
        for k, (_, child) in enumerate(H36M_17.bones)
        if names[child].startswith("left")
    ]
    expected = [np.ptp(lengths[:, pair], axis=1) / lengths[:, pair].mean(1) for pair in map(list, twins)]
    found = bones.bone_asymmetry(frames)
    np.testing.assert_allclose(np.sort(found, axis=1), np.sort(np.transpose(expected), axis=1))


def _ends() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Parents and children of all bones."""
    parents, children = zip(*H36M_17.bones, strict=True)
    return parents, children


@pytest.mark.parametrize("seed", range(3))
def test_flags_and_roc_are_scikit_learns(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    positive = rng.random(200) < 0.3
    score = np.round(rng.normal(positive * 0.8, 1), 1)  # with ties
    flagged = score > 0.5
    found = risk.flags(flagged.astype(float), positive.astype(float))
    expected = (
        metrics.precision_score(positive, flagged),
        metrics.recall_score(positive, flagged),
        metrics.f1_score(positive, flagged),
        metrics.accuracy_score(positive, flagged),
    )
    np.testing.assert_allclose(found, expected)
    area = ranking.roc_auc(score, positive.astype(float))
    assert area == pytest.approx(metrics.roc_auc_score(positive, score))
