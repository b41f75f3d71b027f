"""`jsonl:FILE`: one JSON message a line, the first one the hello (`message`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from ganbodypose.core import UserError
from ganbodypose.io.atomic import cannot_write
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.sinks.message import frame_message, hello


class JsonLinesSink:
    """Each line is complete once the next one begins; after an error it goes on at the end of the file."""

    waiting = 256  # a disk pauses now and then; a recording should not have gaps for that
    lost = 0

    def __init__(self, path: str) -> None:
        if not path:
            raise UserError("jsonl: needs a file, as in jsonl:poses.jsonl.")
        self.name = f"jsonl:{path}"
        self._path = Path(path)
        self._begun = False
        self._file: TextIO | None = None

    def open(self) -> None:
        try:
            self._file = self._path.open("a" if self._begun else "w", encoding="utf-8", buffering=1)
            if not self._begun:
                self._write(hello())
        except OSError as error:
            raise cannot_write(self._path, error) from error
        self._begun = True

    def send(self, live: LiveFrame) -> None:
        self._write(frame_message(live))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, message: dict) -> None:
        assert self._file is not None
        self._file.write(json.dumps(message, separators=(",", ":"), allow_nan=False) + "\n")
