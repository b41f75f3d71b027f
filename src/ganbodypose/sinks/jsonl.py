"""`jsonl:FILE`: one JSON message a line, the first one the hello (`message`)."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import IO

from ganbodypose.core import UserError
from ganbodypose.io.atomic import cannot_write
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.sinks.message import frame_message, hello


class JsonLinesSink:
    """Each line is complete once the next one begins; after an error it goes on at the end of the file. A named pipe
    that nobody reads is tried again with later frames."""

    waiting = 256  # a disk pauses now and then; a recording should not have gaps for that
    lost = 0

    def __init__(self, path: str) -> None:
        if not path:
            raise UserError("jsonl: needs a file, as in jsonl:poses.jsonl.")
        self.name = f"jsonl:{path}"
        self._path = Path(path)
        self._begun = False
        self._file: IO[str] | None = None

    def open(self) -> None:
        try:
            self._file = _opened(self._path, "a" if self._begun else "w")
            if not self._begun:
                self._write(hello())
        except OSError as error:
            if error.errno == errno.ENXIO:  # `send` tells it, so that a run may start before its reader
                return
            raise cannot_write(self._path, error) from error
        self._begun = True

    def send(self, live: LiveFrame) -> None:
        if self._file is None:
            raise UserError(f"nobody reads the pipe {self._path}; start its reader.")
        self._write(frame_message(live))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, message: dict) -> None:
        assert self._file is not None
        self._file.write(json.dumps(message, separators=(",", ":"), allow_nan=False) + "\n")


def _opened(path: Path, mode: str) -> IO[str]:
    """OSError (ENXIO) where `path` is a pipe that nobody reads, for which opening it as a file would wait."""
    if not path.is_fifo():
        return path.open(mode, encoding="utf-8", buffering=1)
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "w", encoding="utf-8", buffering=1)
