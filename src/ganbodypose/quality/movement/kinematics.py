"""Derivatives and speed at true and possibly irregular timestamps.

Nothing is smoothed here: noise of the joints grows with each derivative, so smooth first where it matters.
"""

from __future__ import annotations

import numpy as np

from ganbodypose.quality.movement.measure import checked_times

_STENCIL = 5
_CLOSEST = 1e-4  # neighbours, as a share of the span of five samples: closer ones make the equations singular


def derivative(values: np.ndarray, times_s: np.ndarray, order: int = 1) -> np.ndarray:
    """The `order`-th derivative (1 to 3) of values [T,...] per second**order, in the shape of `values`.

    Each sample's is that of the quartic through the five samples around it (the first or last five at the
    ends): exact for quartics at any spacing. NaN where one of the five is missing, there are fewer, or a break in the
    recording among them is so long that the others are one moment beside it.
    """
    if order not in (1, 2, 3):
        raise ValueError(f"order must be 1, 2 or 3, got {order}")
    times = checked_times(times_s, values)
    count = len(times)
    if count < _STENCIL:
        return np.full(np.shape(values), np.nan)
    first = np.clip(np.arange(count) - _STENCIL // 2, 0, count - _STENCIL)
    around = first[:, None] + np.arange(_STENCIL)  # [T,5]
    weights = _weights(times[around] - times[:, None], order)
    return np.einsum("tk,tk...->t...", weights, np.asarray(values, dtype=np.float64)[around])


def _weights(offsets_s: np.ndarray, order: int) -> np.ndarray:
    """Weights [T,5] of samples at offsets [T,5] that give the derivative at offset 0."""
    # Offsets in units of their span keep the Vandermonde matrices well conditioned.
    scale = np.ptp(offsets_s, axis=1, keepdims=True)
    powers = (offsets_s / scale)[:, None, :] ** np.arange(_STENCIL)[:, None]  # [T,power,5]
    wanted = np.zeros((len(offsets_s), _STENCIL, 1))
    wanted[:, order, 0] = float(np.prod(np.arange(1, order + 1)))
    closest = np.diff(offsets_s, axis=1).min(axis=1, keepdims=True)
    powers = np.where((closest > _CLOSEST * scale)[..., None], powers, np.nan)
    return np.linalg.solve(powers, wanted)[..., 0] / scale**order


def speed(points_m: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Speed [T,...] in m/s of points [T,...,3] in metres."""
    return np.linalg.norm(derivative(points_m, times_s), axis=-1)
