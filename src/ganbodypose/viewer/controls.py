"""What people can do in the viewer: choose, smooth, pause, record, export."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ganbodypose.core import UserError
from ganbodypose.detect import DETECTORS
from ganbodypose.io.formats import FORMATS, convert
from ganbodypose.live.recorder import Recorder
from ganbodypose.live.settings import LiveControl

EVERYBODY = "everybody"
_PERSONS = (EVERYBODY, "1", "2", "3", "4")


class Controls:
    """Built into the panel that is open at the time; changes go to the pipeline's control and the recorder."""

    def __init__(
        self, gui: Any, control: LiveControl, recorder: Recorder, on_reset: Callable[[], None]
    ) -> None:
        self._gui, self._control, self._recorder = gui, control, recorder
        self._add_choices()
        self._add_run_buttons(on_reset)
        self._add_recording()

    def _add_choices(self) -> None:
        settings, gui = self._control.settings, self._gui
        detectors = tuple(dict.fromkeys(filter(None, (settings.detector, *DETECTORS))))
        persons = EVERYBODY if settings.persons is None else str(settings.persons)
        detector = gui.add_dropdown("Detector", detectors, initial_value=settings.detector)
        count = gui.add_dropdown("Persons", tuple(dict.fromkeys((*_PERSONS, persons))), initial_value=persons)
        smoothing = gui.add_slider(
            "Smoothing", 0.0, 1.0, 0.05, settings.smoothing, hint="0: as measured, 1: as calm as possible"
        )
        detector.on_update(lambda _: self._control.change(detector=detector.value))
        count.on_update(
            lambda _: self._control.change(persons=None if count.value == EVERYBODY else int(count.value))
        )
        smoothing.on_update(lambda _: self._control.change(smoothing=smoothing.value))
        self.show_errors = gui.add_checkbox("Expected error as balls", True)

    def _add_run_buttons(self, on_reset: Callable[[], None]) -> None:
        import viser

        self._pause = self._gui.add_button("Pause", icon=viser.Icon.PLAYER_PAUSE)
        self._pause.on_click(lambda _: self._toggle_pause())
        reset = self._gui.add_button("Count repetitions from now", icon=viser.Icon.REFRESH)
        reset.on_click(lambda _: on_reset())

    def _add_recording(self) -> None:
        import viser

        self._record = self._gui.add_button("Record", icon=viser.Icon.PLAYER_RECORD, color="red")
        self._record.on_click(lambda event: self._told(event, self._toggle_record))
        self._format = self._gui.add_dropdown("Export as", tuple(FORMATS), initial_value=".bvh")
        export = self._gui.add_button("Export the last recording", icon=viser.Icon.DOWNLOAD)
        export.on_click(lambda event: self._told(event, lambda: self._export(event.client)))
        self.refresh()

    def refresh(self) -> None:
        """Show on the buttons what they do now, however that came about."""
        self._pause.label = "Go on" if self._control.settings.paused else "Pause"
        self._record.label = "Stop recording" if self._recorder.is_recording else "Record"

    def _toggle_pause(self) -> None:
        self._control.change(paused=not self._control.settings.paused)
        self.refresh()

    def _toggle_record(self) -> str:
        if not self._recorder.is_recording:
            self._recorder.start()
            self.refresh()
            return "Recording"
        path = self._recorder.stop()
        self.refresh()
        return f"Recorded {path}"

    def _export(self, client: Any) -> str:
        if not self._recorder.files:
            raise UserError("There is no recording yet: press Record, and again to stop.")
        source = self._recorder.files[-1]
        target = source.with_suffix(self._format.value)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / target.name
            notes = convert(source, file)
            client.send_file_download(target.name, file.read_bytes(), save_immediately=True)
        return "; ".join((f"{target.name} goes to your downloads", *notes))

    def _told(self, event: Any, act: Callable[[], str]) -> None:
        """Do it and tell whoever clicked how it went."""
        try:
            title, words, color = "Done", act(), "green"
        except UserError as error:
            title, words, color = "Not done", str(error), "red"
        if event.client is not None:
            event.client.add_notification(title, words, color=color, auto_close_seconds=6.0)
