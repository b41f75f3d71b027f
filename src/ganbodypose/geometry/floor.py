"""The floor under one person, found from the person alone."""

from __future__ import annotations

import numpy as np

SOLE_BELOW_ANKLE_M = 0.07
_FALLS_S, _RISES_S = 0.1, 2.0


class Floor:
    """It falls with the lowest joint in a tenth of a second and rises slowly, so that a jump leaves it in place and
    one wrong frame hardly moves it."""

    def __init__(self) -> None:
        self._height_m = self._time_s = np.nan

    def follow(self, heights_m: np.ndarray, time_s: float) -> float:
        """Heights [17] m of the joints, upwards and above anything fixed; NaN: unknown -> that of the floor."""
        lowest_m = float(np.nanmin(heights_m)) - SOLE_BELOW_ANKLE_M
        if np.isnan(self._height_m):
            self._height_m, self._time_s = lowest_m, time_s
        dt_s = max(time_s - self._time_s, 0.0)
        within_s = _FALLS_S if lowest_m < self._height_m else _RISES_S
        self._height_m += (lowest_m - self._height_m) * (1 - float(np.exp(-dt_s / within_s)))
        self._time_s = time_s
        return self._height_m
