"""Left against right."""

from __future__ import annotations

import numpy as np

from ganbodypose.quality.movement.measure import Measure


def symmetry_index(left: Measure, right: Measure) -> Measure:
    """100 * (left - right) / mean of both, in percent: 0 symmetric, positive where the left is larger.

    R. O. Robinson, W. Herzog, B. M. Nigg, J. Manipulative Physiol. Ther. 10:172-176, 1987. For measures that
    are sizes (range of motion, peak speed); unknown where their mean is not positive. Its uncertainty follows
    from theirs to first order, both errors being taken as independent.
    """
    if left.unit != right.unit:
        raise ValueError(f"left in {left.unit!r} cannot be compared with right in {right.unit!r}")
    mean = (left.value + right.value) / 2
    validity = min(left.validity, right.validity)
    if not mean > 0:
        return Measure(np.nan, "%", validity)
    slopes = np.array([right.value, left.value]) * 100 / mean**2
    uncertainty = np.hypot(*(slopes * [left.uncertainty, right.uncertainty]))
    return Measure(100 * (left.value - right.value) / mean, "%", validity, uncertainty)
