"""Least-squares alignment of one point set with another (Umeyama 1991).

Proper rotations only: a mirrored body stays mirrored.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_RANK_TOLERANCE = 1e-9


class Similarity(NamedTuple):
    """`target = scale * R @ source + t`: scale [...], R [...,3,3], t [...,3]; NaN where undetermined."""

    scale: np.ndarray
    R: np.ndarray
    t: np.ndarray

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Points [...,J,3] through the transform."""
        return self.scale[..., None, None] * (points @ np.swapaxes(self.R, -1, -2)) + self.t[..., None, :]


def similarity_align(
    source: np.ndarray, target: np.ndarray, scale: bool = True, weights: np.ndarray | None = None
) -> np.ndarray:
    """source [...,J,3] moved, turned and (with `scale`) scaled onto target [...,J,3]: [...,J,3].

    weights [...,J] >= 0; joints that are NaN in either set do not take part in the fit. Where the rotation is
    undetermined (fewer than three usable joints, or all in one line or point) everything is NaN.
    """
    source = np.asarray(source, dtype=np.float64)
    return fit_similarity(source, target, scale, weights).apply(source)


def rigid_align(source: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """`similarity_align` without scaling."""
    return similarity_align(source, target, scale=False, weights=weights)


def fit_similarity(
    source: np.ndarray, target: np.ndarray, scale: bool = True, weights: np.ndarray | None = None
) -> Similarity:
    """The transform that `similarity_align` applies (same arguments)."""
    source, target = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    w = _usable_weights(source, target, weights)[..., None]
    source_mean, source = _centred(source, w)
    target_mean, target = _centred(target, w)
    covariance = np.swapaxes(w * target, -1, -2) @ source
    R, strength = _best_rotation(covariance, usable=(w[..., 0] > 0).sum(-1) >= 3)
    factor = np.ones_like(strength)
    if scale:
        factor = strength / _or_nan((w * source**2).sum((-1, -2)))
    t = target_mean - factor[..., None] * (R @ source_mean[..., None])[..., 0]
    return Similarity(np.where(np.isnan(strength), np.nan, factor), R, t)


def _usable_weights(source: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    usable = (np.isfinite(source) & np.isfinite(target)).all(-1)
    if weights is None:
        return usable.astype(np.float64)
    return np.where(usable & (np.asarray(weights) > 0), weights, 0.0)


def _centred(points: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean [...,3] and the points relative to it; those of weight 0 become 0, lest NaN spread."""
    points = np.where(w > 0, points, 0.0)
    mean = (w * points).sum(-2, keepdims=True) / _or_nan(w.sum(-2, keepdims=True))
    return mean[..., 0, :], np.where(w > 0, points - mean, 0.0)


def _best_rotation(covariance: np.ndarray, usable: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The proper rotation R that maximises trace(R^T covariance), and that maximum; NaN where not unique."""
    # LAPACK refuses NaN, so unusable rows go through as the identity and are struck out below.
    usable = usable & np.isfinite(covariance).all((-1, -2))
    U, S, Vt = np.linalg.svd(np.where(usable[..., None, None], covariance, np.eye(3)))
    handedness = np.linalg.det(U) * np.linalg.det(Vt)
    U[..., :, 2] *= np.sign(handedness)[..., None]
    usable &= S[..., 1] > _RANK_TOLERANCE * S[..., 0]
    strength = S[..., 0] + S[..., 1] + np.sign(handedness) * S[..., 2]
    return np.where(usable[..., None, None], U @ Vt, np.nan), np.where(usable, strength, np.nan)


def _or_nan(positive: np.ndarray) -> np.ndarray:
    return np.where(positive > 0, positive, np.nan)
