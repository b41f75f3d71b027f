"""Rotations, batched over leading axes. A function is named after its conversion.

matrix [...,3,3] acts on column vectors; rotvec [...,3] is axis times angle in radians; quat [...,4] is a unit
quaternion x, y, z, w (scalar last, as in SciPy and glTF).
"""

from __future__ import annotations

import numpy as np

_NEXT, _LAST = [1, 2, 0], [2, 0, 1]  # of x, y, z


def rotvec_to_matrix(rotvec: np.ndarray) -> np.ndarray:
    """Rodrigues' formula; exact and smooth down to angle 0."""
    rotvec = np.asarray(rotvec, dtype=np.float64)
    angle = np.linalg.norm(rotvec, axis=-1)[..., None, None]
    K = cross_matrix(rotvec)
    # sin(a)/a and (1 - cos a)/a^2; np.sinc(x) is sin(pi x)/(pi x) and is 1 at 0.
    return np.eye(3) + np.sinc(angle / np.pi) * K + np.sinc(angle / (2 * np.pi)) ** 2 / 2 * (K @ K)


def matrix_to_rotvec(matrix: np.ndarray) -> np.ndarray:
    """The rotation vector whose angle lies in [0, pi]."""
    return quat_to_rotvec(matrix_to_quat(matrix))


def rotvec_to_quat(rotvec: np.ndarray) -> np.ndarray:
    rotvec = np.asarray(rotvec, dtype=np.float64)
    angle = np.linalg.norm(rotvec, axis=-1, keepdims=True)
    return np.concatenate([rotvec * np.sinc(angle / (2 * np.pi)) / 2, np.cos(angle / 2)], axis=-1)


def quat_to_rotvec(quat: np.ndarray) -> np.ndarray:
    """The rotation vector whose angle lies in [0, pi]; the quaternion may have any length but 0."""
    quat = unit(quat)
    quat = np.where(quat[..., 3:] < 0, -quat, quat)
    sine = np.linalg.norm(quat[..., :3], axis=-1, keepdims=True)
    half_angle = np.arctan2(sine, quat[..., 3:])
    tiny = sine < 1e-12
    return quat[..., :3] * np.where(tiny, 2.0, 2 * half_angle / np.where(tiny, 1.0, sine))


def quat_to_matrix(quat: np.ndarray) -> np.ndarray:
    """The quaternion may have any length but 0 (0 gives NaN)."""
    quat = unit(quat)
    vector, w = quat[..., :3], quat[..., 3, None, None]
    K = cross_matrix(vector)
    return np.eye(3) + 2 * (w * K + K @ K)


def matrix_to_quat(matrix: np.ndarray) -> np.ndarray:
    """The unit quaternion with w >= 0."""
    m = np.asarray(matrix, dtype=np.float64)
    trace = np.trace(m, axis1=-2, axis2=-1)
    # 4 q q^T, which is linear in the matrix; its row with the largest diagonal entry is q, well conditioned.
    outer = np.empty((*m.shape[:-2], 4, 4))
    outer[..., :3, :3] = m + np.swapaxes(m, -1, -2) + (1 - trace)[..., None, None] * np.eye(3)
    outer[..., 3, 3] = 1 + trace
    for axis, (i, j) in enumerate(((2, 1), (0, 2), (1, 0))):
        outer[..., 3, axis] = outer[..., axis, 3] = m[..., i, j] - m[..., j, i]
    largest = np.argmax(np.diagonal(outer, axis1=-2, axis2=-1), axis=-1)
    quat = unit(np.take_along_axis(outer, largest[..., None, None], axis=-2)[..., 0, :])
    return np.where(quat[..., 3:] < 0, -quat, quat)


def euler_to_matrix(angles: np.ndarray, axes: str) -> np.ndarray:
    """Intrinsic angles [...,n] rad about `axes`, e.g. 'ZXY' (each about the turned axis) -> matrix."""
    angles = np.asarray(angles, dtype=np.float64)
    matrix = np.broadcast_to(np.eye(3), (*angles.shape[:-1], 3, 3))
    for i, axis in enumerate(axes):
        direction = np.eye(3)["XYZ".index(axis)]
        matrix = matrix @ rotvec_to_matrix(angles[..., i, None] * direction)
    return matrix


def matrix_to_euler(matrix: np.ndarray, axes: str) -> np.ndarray:
    """Matrix -> intrinsic angles [...,3] rad about three different `axes`, e.g. 'ZXY'.

    The second lies within +-pi/2. At these poles only the sum or difference of the other two is defined:
    the third is then 0.
    """
    m = np.asarray(matrix, dtype=np.float64)
    i, j, k = ("XYZ".index(axis) for axis in axes)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    cosine = np.hypot(m[..., i, i], m[..., i, j])
    second = np.arctan2(sign * m[..., i, k], cosine)
    pole = cosine < 1e-9
    first = np.arctan2(-sign * m[..., j, k], m[..., k, k])
    third = np.arctan2(-sign * m[..., i, j], m[..., i, i])
    first = np.where(pole, np.arctan2(sign * m[..., k, j], m[..., j, j]), first)
    return np.stack([first, second, np.where(pole, 0.0, third)], axis=-1)


def without_flips(angles: np.ndarray) -> np.ndarray:
    """Intrinsic angles [T,...,3] rad about three different axes, one after the other in time, as near to those of the
    frame before as the same rotations allow.

    Three angles (a, b, c) are the rotation of (a + pi, pi - b, c + pi), and of both with whole turns added. So a knee
    that bends beyond 90 degrees does so, in place of flipping the other two angles.
    """
    chosen = np.array(angles, dtype=np.float64)
    twins = chosen * [1, -1, 1] + np.pi
    for frame in range(1, len(chosen)):
        before = chosen[frame - 1]
        both = np.stack([chosen[frame], twins[frame]])
        both -= 2 * np.pi * np.round((both - before) / (2 * np.pi))
        nearer = np.abs(both[1] - before).sum(-1) < np.abs(both[0] - before).sum(-1)
        chosen[frame] = np.where(nearer[..., None], both[1], both[0])
    return chosen


def rotation_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The smallest rotation [...,3,3] that turns direction a [...,3] into direction b [...,3].

    Opposite directions turn by pi about some axis perpendicular to both. A vector of length 0 gives NaN.
    """
    a, b = np.broadcast_arrays(unit(a), unit(b))
    # Beyond 90 degrees, first turn a by pi about the axis and go on from -a: 1 + cos stays away from 0.
    obtuse = ((a * b).sum(-1) < 0)[..., None]
    start = np.where(obtuse, -a, a)
    K = cross_matrix(cross(start, b))
    rotation = np.eye(3) + K + K @ K / (1 + (start * b).sum(-1))[..., None, None]
    if not obtuse.any():
        return rotation
    axis = _perpendicular(a, b)
    half_turn = 2 * axis[..., :, None] * axis[..., None, :] - np.eye(3)
    return np.where(obtuse[..., None], rotation @ half_turn, rotation)


def _perpendicular(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A unit vector perpendicular to the unit vector a, and to b unless the two are (almost) parallel."""
    normal = cross(a, b)
    parallel = np.linalg.norm(normal, axis=-1, keepdims=True) < 1e-8
    least = np.eye(3)[np.argmin(np.abs(a), axis=-1)]  # the axis farthest from a
    return unit(np.where(parallel, cross(a, least), normal))


def cross_matrix(vector: np.ndarray) -> np.ndarray:
    """[...,3] -> the skew matrix [...,3,3] whose product with u is vector x u."""
    vector = np.asarray(vector, dtype=np.float64)
    x, y, z = vector[..., 0], vector[..., 1], vector[..., 2]
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a x b of vectors [...,3]; for few of them, as in a live stream, several times as fast as `numpy.cross`."""
    return a[..., _NEXT] * b[..., _LAST] - a[..., _LAST] * b[..., _NEXT]


def unit(vector: np.ndarray) -> np.ndarray:
    """Vectors [...,n] scaled to length 1; NaN where the length is 0."""
    vector = np.asarray(vector, dtype=np.float64)
    length = np.sqrt((vector * vector).sum(-1, keepdims=True))
    return vector / np.where(length > 0, length, np.nan)
