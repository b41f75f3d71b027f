"""What to do with a recording: for one or many, from a file or live."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ganbodypose.core import Camera, UserError
from ganbodypose.detect import DEFAULT_DETECTOR
from ganbodypose.estimator import PoseEstimator
from ganbodypose.jobs.worker_process import cores


@dataclass(frozen=True)
class PoseOptions:
    """How people are found and lifted: the arguments of `PoseEstimator`, which checks them, as values that can be
    compared, stored and sent to other processes."""

    detector: str = DEFAULT_DETECTOR
    camera: Camera | str | Path | None = None
    fov_deg: float | None = None
    height_m: float | None = None
    persons: int | None = None
    mode: str = "live"
    threads: int = 1

    def estimator(self) -> PoseEstimator:
        """UserError where one of the options is out of range."""
        return PoseEstimator(**{one.name: getattr(self, one.name) for one in fields(PoseOptions)})

    def as_json(self) -> dict[str, Any]:
        """Plain values; of a camera file the name only, since the matrix used is in the results."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        if isinstance(self.camera, Camera):
            values["camera"] = "given in Python"
        elif self.camera is not None:
            values["camera"] = Path(self.camera).name
        return values


@dataclass(frozen=True)
class RunOptions(PoseOptions):
    """What to do with a video.

    start_s, end_s: use only this part of the video. fps: rate of what carries no times (images, keypoints).
    filmed_fps: rate at which a file in slow motion was filmed. size_wh: picture size of keypoints. parts: find the
    people of a long video in at most so many parts at the same time (`jobs.parts`). overlay, report: write
    overlay.mp4, report.html.

    Raises UserError where the times or the number of parts are out of range.
    """

    start_s: float | None = None
    end_s: float | None = None
    fps: float | None = None
    filmed_fps: float | None = None
    size_wh: tuple[int, int] | None = None
    parts: int = 1
    overlay: bool = True
    report: bool = True

    def __post_init__(self) -> None:
        for name, value in (("start", self.start_s), ("end", self.end_s)):
            if value is not None and not value >= 0:
                raise UserError(f"The {name} must be 0 seconds or later, not {value:g}.")
        if self.end_s is not None and not (self.start_s or 0) < self.end_s:
            raise UserError(
                f"The start ({self.start_s or 0:g} s) must come before the end ({self.end_s:g} s)."
            )
        if not 1 <= self.parts <= 256:
            raise UserError(f"The number of parts must lie between 1 and 256, not {self.parts}.")


def size_of_text(text: str) -> tuple[int, int]:
    """'1920x1080' -> (1920, 1080); UserError where it is none."""
    found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text.lower())
    if found is None:
        raise UserError(f"The picture size must be WIDTHxHEIGHT, e.g. 1920x1080, not '{text}'.")
    return int(found[1]), int(found[2])


def parts_of_text(text: str) -> int:
    """'3' -> 3, 'auto' -> one for each core; UserError where it is neither."""
    if text == "auto":
        return cores()
    if not re.fullmatch(r"[1-9]\d{0,2}", text):
        raise UserError(f"The number of parts must be a number from 1 on, or auto, not '{text}'.")
    return int(text)
