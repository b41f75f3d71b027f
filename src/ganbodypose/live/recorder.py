"""Recording a part of a live run as a results file, started and stopped while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from ganbodypose.core import Camera, UserError
from ganbodypose.io.atomic import make_folder
from ganbodypose.io.results import ResultsWriter
from ganbodypose.live.pipeline import LiveFrame


class Recorder:
    """Writes `live-DATE-TIME.npz` into `folder` (made when first needed); any thread may call it. meta: says what
    makes the results when a recording starts."""

    def __init__(self, folder: Path, camera: Camera, meta: Callable[[], dict[str, Any]]) -> None:
        self.files: list[Path] = []
        self.problem: str | None = None
        self._folder, self._camera, self._meta = folder, camera, meta
        self._writer: ResultsWriter | None = None
        self._lock = threading.Lock()

    @property
    def is_recording(self) -> bool:
        return self._writer is not None

    def start(self) -> None:
        """UserError where the folder cannot be written."""
        with self._lock:
            if self._writer is None:
                self._writer = ResultsWriter(
                    self._new_path(), self._camera, None, self._camera.size_wh, self._meta()
                )

    def add(self, live: LiveFrame) -> None:
        """A full disk ends the recording, not the run; `problem` then tells."""
        with self._lock:
            if self._writer is None:
                return
            try:
                self._writer.append(live.result)
            except UserError as error:
                self.problem = str(error)
                self._writer.discard()
                self._writer = None

    def stop(self) -> Path | None:
        """The finished file; None where nothing was being recorded. UserError where it cannot be written."""
        with self._lock:
            if self._writer is None:
                return None
            writer, self._writer = self._writer, None
            self.files.append(writer.close())
            return self.files[-1]

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Where the run ends by an error, what was recorded by then is written, and the error says where."""
        try:
            yield
        except Exception as error:
            file = None
            with suppress(UserError):  # the first error says more
                file = self.stop()
            if file is None or not isinstance(error, UserError):
                raise
            raise UserError(f"{error} What was recorded until then is in {file}.") from error

    def _new_path(self) -> Path:
        make_folder(self._folder)
        stem = f"live-{datetime.now():%Y%m%d-%H%M%S}"
        names = [f"{stem}.npz", *(f"{stem}-{k}.npz" for k in range(2, 100))]
        return next(self._folder / name for name in names if not (self._folder / name).exists())
