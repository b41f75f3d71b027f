"""Dynamic time warping of pose sequences.

H. Sakoe, S. Chiba, IEEE Trans. ASSP 26:43-49, 1978, steps (1,0), (0,1), (1,1), in a band about the diagonal. Own code
because the costs are our own (poses with missing joints) and dtaidistance takes series, not costs, while dtw-python,
which does, is under the GPL; the tests check it against dtaidistance.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from ganbodypose.skeletons import H36M_17

_HIPS_AND_SHOULDERS = H36M_17.indices("right_hip", "left_hip", "right_shoulder", "left_shoulder")


def warping_path(costs: np.ndarray, band: float = 0.25) -> np.ndarray:
    """Pairs [P,2] of rows and columns of `costs` [N,M], from (0,0) to (N-1,M-1), whose costs add up to the least.

    band: how far the path may leave the diagonal, as a share of the length.
    """
    total = _accumulated(np.where(_within_band(costs.shape, band), costs, np.inf))
    row, column = costs.shape[0] - 1, costs.shape[1] - 1
    path = [(row, column)]
    while row or column:
        before = ((row - 1, column - 1), (row - 1, column), (row, column - 1))
        row, column = min((b for b in before if min(b) >= 0), key=lambda b: total[b])
        path.append((row, column))
    return np.array(path[::-1])


def _within_band(shape: tuple[int, ...], band: float) -> np.ndarray:
    rows, columns = (np.linspace(0, 1, n) for n in shape)
    return np.abs(rows[:, None] - columns) <= max(band, 2 / min(shape))


def _accumulated(costs: np.ndarray) -> np.ndarray:
    """Least sums [N,M] of costs up to each cell, antidiagonal by antidiagonal."""
    rows, columns = costs.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0
    for diagonal in range(rows + columns - 1):
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        j = diagonal - i
        least = np.minimum(np.minimum(total[i, j], total[i, j + 1]), total[i + 1, j])
        total[i + 1, j + 1] = costs[i, j] + least
    return total[1:, 1:]


def pose_costs(poses_m: np.ndarray, reference_m: np.ndarray) -> np.ndarray:
    """Distances [N,M] between poses [N,17,3] and [M,17,3] of complete joints: root mean square over the joints, in
    units of the body, after turning each to face the same way."""
    joints = len(H36M_17)
    a, b = (_facing(poses).reshape(len(poses), -1) for poses in (poses_m, reference_m))
    return cdist(a, b) / np.sqrt(joints)


def _facing(poses_m: np.ndarray) -> np.ndarray:
    """Poses about the pelvis, in the frame of hips and trunk, as multiples of the trunk and legs."""
    relative = np.asarray(poses_m, dtype=np.float64) - poses_m[:, :1]
    rh, lh, rs, ls = (relative[:, j] for j in _HIPS_AND_SHOULDERS)
    right = _unit((rh - lh) + (rs - ls))
    up = (rs + ls) / 2
    up = _unit(up - (up * right).sum(-1, keepdims=True) * right)
    axes = np.stack([right, up, np.cross(right, up)], -2)
    return np.einsum("tic,tjc->tji", axes, relative) / body_size(relative)


def body_size(poses_m: np.ndarray) -> float:
    """The mean distance of the joints from the pelvis, median over poses [T,17,3] (m)."""
    return float(np.median(np.linalg.norm(poses_m - poses_m[:, :1], axis=-1).mean(-1)))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
