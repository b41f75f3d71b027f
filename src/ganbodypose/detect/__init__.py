"""Person and keypoint detectors behind one protocol; BlazePose on LiteRT is the embedded default."""

from __future__ import annotations

from collections.abc import Callable

from ganbodypose.core import UserError
from ganbodypose.detect.base import PoseDetector

DETECTORS = ("blazepose-full", "blazepose-lite", "blazepose-heavy")


def create_detector(
    name: str = "blazepose-full", threads: int = 1, on_progress: Callable[[str], None] | None = None
) -> PoseDetector:
    """The detector called `name` (one of DETECTORS), computing on `threads` threads.

    Its weights are fetched on first use; on_progress then gets a line of text. UserError when the name is
    unknown or the weights cannot be had.
    """
    if name not in DETECTORS:
        raise UserError(f"There is no detector called {name!r}; choose one of {', '.join(DETECTORS)}.")
    from ganbodypose.detect.blazepose.detector import BlazePose
    from ganbodypose.detect.weights import weights_path

    landmark_model = f"pose_landmark_{name.removeprefix('blazepose-')}"
    person, landmark = (weights_path(m, on_progress).read_bytes() for m in ("pose_detection", landmark_model))
    return BlazePose(name, person, landmark, threads)


def weights_of(name: str) -> tuple[str, ...]:
    """Names, in `detect.weights.ASSETS`, of the files that the detector called `name` works with."""
    return "pose_detection", f"pose_landmark_{name.removeprefix('blazepose-')}"
