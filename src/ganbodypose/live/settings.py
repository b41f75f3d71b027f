"""What can be changed while it runs, shared by all threads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

from ganbodypose.core import UserError
from ganbodypose.live.one_euro import DEFAULT_STRENGTH


@dataclass(frozen=True)
class LiveSettings:
    """detector: a name, or None for the one that the session's maker has. persons: follow at most so many
    (None: everybody). smoothing: 0 to 1, `one_euro.PoseSmoother`'s strength. paused: no new results."""

    detector: str | None = None
    persons: int | None = None
    smoothing: float = DEFAULT_STRENGTH
    paused: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing <= 1:
            raise UserError(f"The smoothing must lie between 0 (none) and 1, not {self.smoothing:g}.")


class LiveControl:
    """The settings in force. Any thread may change them; they count from the next picture on."""

    def __init__(self, settings: LiveSettings) -> None:
        self.settings = settings
        self.problem: str | None = None  # why a change could not be made
        self._changed = threading.Condition()
        self._closed = False

    def change(self, **changes: Any) -> None:
        """Raises UserError where a value is out of range."""
        with self._changed:
            self.settings = replace(self.settings, **changes)
            self._changed.notify_all()

    def wait_while_paused(self) -> bool:
        """Was there a pause? Returns at once where there is none."""
        with self._changed:
            if not self.settings.paused:
                return False
            self._changed.wait_for(lambda: self._closed or not self.settings.paused)
            return True

    def close(self) -> None:
        """Let go of whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
