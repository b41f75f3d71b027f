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
    picture's size or a rate is needed but not given, or nothing lies between start and end. Times are those of the
    frames' numbers: a recording that begins with frame 90 begins at 3 s.
    """

    is_live = False
    is_damaged = False

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
        _require_times(path, recording.frames)
        self._frames = _section(path, recording.frames, start_s or 0.0, np.inf if end_s is None else end_s)
        self.name, self.tool, self.size_wh, self.fps = str(path), recording.tool, size_wh, recording.fps
        self.frame_count = len(self._frames)
        self.has_ids = all(frame.track_ids is not None for frame in self._frames)
        notes = [*recording.notes, *_lost_ids(self._frames)]
        self.warning = f"{path}: {'; '.join(notes)}." if notes else None

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


def _require_times(path: str | Path, frames: tuple[KeypointFrame, ...]) -> None:
    missing = [frame.index for frame in frames if np.isnan(frame.time_s)]
    if missing:
        what = "times" if len(missing) == len(frames) else f"time for frame {missing[0]}"
        raise UserError(f"{path} carries no {what}; give its frame rate with --fps.")


def _section(
    path: str | Path, frames: tuple[KeypointFrame, ...], start_s: float, end_s: float
) -> list[KeypointFrame]:
    section = [frame for frame in frames if start_s <= frame.time_s < end_s]
    if not section:
        raise UserError(
            f"{path} holds nothing between the given start and end, only frames {frames[0].index} to "
            f"{frames[-1].index} at {frames[0].time_s:.2f} to {frames[-1].time_s:.2f} s; give other times."
        )
    return section


def _lost_ids(frames: list[KeypointFrame]) -> list[str]:
    """A note where ids are there, but not everywhere: then people are followed without them."""
    unknown = [frame.index for frame in frames if frame.track_ids is None]
    if not unknown or not any(frame.track_ids for frame in frames):
        return []
    return [f"its ids were left out, because somebody in frame {unknown[0]} has none of their own"]
