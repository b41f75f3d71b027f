"""Keypoints of other tools in place of a video: what a job asks of its source, without pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.io.keypoints import KeypointFrame, read_keypoints


class KeypointSource:
    """Iterate over it for frames with start_s <= time_s < end_s; attributes as in `io.video.VideoSource`.

    tool: whose keypoints they are. has_ids: the tool said who is who in every frame. UserError where the
    picture's size or a rate is needed but not given, or nothing lies between start and end.
    """

    is_live = False
    is_damaged = False
    warning = None

    def __init__(
        self,
        path: str | Path,
        size_wh: tuple[int, int] | None,
        fps: float | None,
        start_s: float | None = None,
        end_s: float | None = None,
    ) -> None:
        if size_wh is None:
            raise UserError(
                f"{path} holds keypoints without pictures: give their size, e.g. --size 1920x1080."
            )
        recording = read_keypoints(path, fps, size_wh)
        if np.isnan(recording.frames[0].time_s):
            raise UserError(f"{path} carries no times; give its frame rate with --fps.")
        end_s = np.inf if end_s is None else end_s
        self._frames = [f for f in recording.frames if (start_s or 0.0) <= f.time_s < end_s]
        if not self._frames:
            raise UserError(f"{path} holds nothing between the given start and end; give other times.")
        self.name, self.tool, self.size_wh, self.fps = str(path), recording.tool, size_wh, recording.fps
        self.frame_count = len(self._frames)
        self.has_ids = all(frame.track_ids is not None for frame in self._frames)

    def __iter__(self) -> Iterator[KeypointFrame]:
        return iter(self._frames)

    def close(self) -> None:
        """There is nothing to let go of."""

    def __enter__(self) -> KeypointSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
