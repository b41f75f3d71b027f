"""The floor under one person, found from the person alone."""

from __future__ import annotations

import numpy as np

_RISES_S = 2.0
SOLE_BELOW_ANKLE_M = 0.07


class Floor:
    """It falls with the lowest joint at once and rises slowly, so that a jump leaves it where it is."""

    def __init__(self) -> None:
        self._height_m = self._time_s = np.nan

    def follow(self, heights_m: np.ndarray, time_s: float) -> float:
        """Heights [17] m of the joints, upwards and above anything fixed -> that of the floor."""
        lowest = float(np.nanmin(heights_m)) - SOLE_BELOW_ANKLE_M
        dt_s = max(time_s - self._time_s, 0.0)
        if np.isnan(self._height_m) or lowest < self._height_m:
            self._height_m = lowest
        else:
            self._height_m += (lowest - self._height_m) * (1 - float(np.exp(-dt_s / _RISES_S)))
        self._time_s = time_s
        return self._height_m
