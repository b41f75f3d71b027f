"""The viewer as a sink: takes live frames and shows them to every browser that is connected.

With nobody connected it keeps the history of the charts and does nothing else. Its pictures, charts and
counters have their own, lower rates; only the bodies move with every frame it gets.
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ganbodypose.core import UserError, pip_install
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.live.recorder import Recorder
from ganbodypose.live.settings import LiveControl
from ganbodypose.live.statistics import LiveStatistics
from ganbodypose.quality.movement.angles import ANGLES
from ganbodypose.sinks.address import access_token, random_loopback, served_at
from ganbodypose.sinks.delivery import SinkStatus
from ganbodypose.viewer import panels
from ganbodypose.viewer.bodies import Bodies, Stage
from ganbodypose.viewer.charts import angle_chart, error_chart, quality_chart
from ganbodypose.viewer.controls import Controls
from ganbodypose.viewer.gate import Gate
from ganbodypose.viewer.history import History
from ganbodypose.viewer.picture import WIDTH_PX, overlay_picture

_PICTURES_PER_S, _CHARTS_PER_S, _COUNTS_PER_S = 12.0, 5.0, 0.7
_JPEG_QUALITY = 80
_BACKGROUND, _FLOOR, _LINE, _SECTION = (17, 20, 27), (24, 28, 37), (48, 55, 70), (74, 84, 104)
_SKY, _GLOW, _SKY_INTENSITY = (255, 255, 255), (120, 150, 210), 1.7
_SECTION_M = 1.0
_EYE_M, _TARGET_M = (1.7, -2.8, 1.45), (0.0, 0.0, 0.88)
_BRAND = (86, 180, 233)


def _in_silence() -> contextlib.redirect_stdout:
    """viser greets and says good-bye on standard output, which belongs to the command's results."""
    return contextlib.redirect_stdout(io.StringIO())


@dataclass(frozen=True)
class Watched:
    """What the viewer shows and steers of a live run."""

    control: LiveControl
    recorder: Recorder
    statistics: Callable[[], LiveStatistics]
    receivers: Callable[[], Sequence[SinkStatus]]


@dataclass
class _Pace:
    """Lets something happen at most so often."""

    per_s: float
    _due_s: float = field(default=0.0)

    def is_due(self) -> bool:
        now_s = time.monotonic()
        if now_s < self._due_s:
            return False
        self._due_s = now_s + 1 / self.per_s
        return True


class ViewerSink:
    """Serves the viewer at host:port (port 0: any free one). Whoever comes needs the token, which is made up
    where none is given and others than this computer can come. UserError where viser is missing or the address is
    taken."""

    waiting = 1
    lost = 0

    def __init__(self, host: str, port: int, token: str | None, watched: Watched) -> None:
        self._host, self._port, self._watched = host, port, watched
        self._token = access_token(host, token)
        self.name = "viewer"
        self._history, self._stage = History(), Stage()
        self._bodies = Bodies()
        self._paces = {n: _Pace(r) for n, r in (("picture", _PICTURES_PER_S), ("charts", _CHARTS_PER_S))}
        self._counting = _Pace(_COUNTS_PER_S)

    @property
    def address(self) -> str:
        return served_at("http", self._host, self._port, self._token)

    def open(self) -> None:
        try:
            import viser
        except ImportError:
            raise UserError(
                f"The viewer needs the package viser: {pip_install('viewer')}, or use --no-viewer."
            ) from None
        with _in_silence():  # viser asks nobody for anything, so pages of other sites must not find it
            self._server = viser.ViserServer(host=random_loopback(), port=0, verbose=False)
        inner = (self._server.get_host(), self._server.get_port())
        try:
            self._gate = Gate(self._host, self._port, inner, self._token)
        except UserError:
            self._stop_server()
            raise
        self._port = self._gate.port
        self._bodies = Bodies()
        self._build()

    def send(self, live: LiveFrame) -> None:
        self._history.add(live.result)
        if not self._server.get_clients():
            return
        with self._server.atomic():
            self._show_bodies(live)
        if self._paces["picture"].is_due():
            self._picture.image = overlay_picture(live)
        if self._paces["charts"].is_due():
            self._show_charts(len(live.result.persons))
        if self._counting.is_due():
            self._count.content = panels.repetitions(self._history.repetitions())

    def close(self) -> None:
        self._gate.close()
        self._stop_server()

    def _stop_server(self) -> None:
        with _in_silence():
            self._server.stop()

    # What is there from the start

    def _build(self) -> None:
        self._build_scene(self._server.scene)
        gui = self._server.gui
        gui.configure_theme(dark_mode=True, show_logo=False, show_share_button=False, brand_color=_BRAND)
        self._build_left(gui)
        self._build_right(gui)

    def _build_scene(self, scene: Any) -> None:
        import numpy as np

        scene.set_up_direction("+z")
        scene.set_background_image(np.full((2, 2, 3), _BACKGROUND, np.uint8), format="png")
        scene.configure_environment_map(hdri=None)
        scene.add_light_hemisphere("/sky", sky_color=_SKY, ground_color=_GLOW, intensity=_SKY_INTENSITY)
        self._floor = scene.add_grid(
            "/floor",
            infinite_grid=True,
            cell_size=0.25,
            section_size=_SECTION_M,
            cell_color=_LINE,
            section_color=_SECTION,
            plane_color=_FLOOR,
            plane_opacity=1.0,
            shadow_opacity=0.35,
            fade_distance=14.0,
        )
        camera = self._server.initial_camera
        camera.position, camera.look_at, camera.fov = _EYE_M, _TARGET_M, np.radians(42)

    def _build_left(self, gui: Any) -> None:
        import numpy as np
        import viser

        panel = gui.add_panel()
        with panel.add_tab("Camera", viser.Icon.VIDEO):
            blank = np.full((WIDTH_PX * 9 // 16, WIDTH_PX, 3), _BACKGROUND, np.uint8)
            self._picture = gui.add_image(blank, format="jpeg", jpeg_quality=_JPEG_QUALITY)
            self._angle = gui.add_dropdown("Movement", ANGLES, initial_value="knee flexion")
            self._charts = (angle_chart(gui), quality_chart(gui), error_chart(gui))
        panel.dock_left()
        panel.set_width(430)

    def _build_right(self, gui: Any) -> None:
        gui.set_panel_label("GAN-BodyPose live")
        self._count = gui.add_html(panels.repetitions(None))
        gui.add_html(panels.legend())
        self._controls = Controls(gui, self._watched.control, self._watched.recorder, self._history.clear)
        self._status = gui.add_html("")
        gui.main_panel.dock_right()
        gui.main_panel.set_width(300)

    # What changes

    def _show_bodies(self, live: LiveFrame) -> None:
        people = self._stage.place(live.result)
        if self._stage.centre_m is not None:  # the floor's lines move past whoever walks
            self._floor.position = tuple(-(self._stage.centre_m % _SECTION_M))
        self._bodies.show(self._server.scene, people, self._controls.show_errors.value)

    def _show_charts(self, persons: int) -> None:
        values = self._history.chart(self._angle.value)
        for chart in self._charts:
            chart.show(values)
        self._controls.refresh()
        watched = self._watched
        problem = watched.control.problem or watched.recorder.problem
        self._status.content = panels.status(watched.statistics(), persons, watched.receivers(), problem)
