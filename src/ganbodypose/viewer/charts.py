"""Charts that scroll: pose quality, expected error and a joint angle over the last seconds."""

from __future__ import annotations

from typing import Any

import numpy as np

from ganbodypose.quality.movement.angles import SIDES
from ganbodypose.report.colors import ERROR_SCALE_MM, PERSON_RGB, css_color
from ganbodypose.viewer.history import CHART_S

_INK, _GRID = "#98a2b3", "#2b3242"
_HEIGHT_PX = 112
_NO_TIME = np.array([-CHART_S, 0.0])
_NOTHING = np.array([np.nan, np.nan])
Line = tuple[str, str]  # what it is, its colour


class Chart:
    """One chart of several lines over the last `CHART_S` seconds, with a fixed range."""

    def __init__(self, gui: Any, title: str, unit: str, lines: tuple[Line, ...], most: float) -> None:
        self._keys = tuple(key for key, _ in lines)
        series = (
            {"label": "s"},
            *({"label": key, "stroke": rgb, "width": 2, "points": {"show": False}} for key, rgb in lines),
        )
        axis = {"stroke": _INK, "grid": {"stroke": _GRID, "width": 1}, "ticks": {"stroke": _GRID}}
        self._handle = gui.add_uplot(
            (_NO_TIME, *(_NOTHING for _ in lines)),
            series,
            title=f"{title}, {unit}",
            scales={
                "x": {"time": False, "auto": False, "range": (-CHART_S, 0.0)},
                "y": {"auto": False, "range": (0.0, most)},
            },
            axes=({**axis, "size": 26}, {**axis, "size": 40}),
            legend={"show": False},
            cursor={"show": False},
            padding=(10, 20, 0, 0),
            height=_HEIGHT_PX,
        )

    def show(self, values: dict[str, np.ndarray]) -> None:
        """values: `history.History.chart`."""
        if len(values["time"]):
            self._handle.data = tuple(np.asarray(values[key], np.float64) for key in ("time", *self._keys))


def quality_chart(gui: Any) -> Chart:
    return Chart(gui, "Pose quality", "%", (("quality", css_color(PERSON_RGB[2])),), 100.0)


def error_chart(gui: Any) -> Chart:
    return Chart(
        gui, "Expected error, mean", "mm", (("error", css_color(PERSON_RGB[3])),), 1.5 * ERROR_SCALE_MM
    )


def angle_chart(gui: Any) -> Chart:
    colors = (css_color(PERSON_RGB[1]), css_color(PERSON_RGB[0]))  # as in reports
    return Chart(
        gui, "Left (orange) and right (blue)", "degrees", tuple(zip(SIDES, colors, strict=True)), 180.0
    )
