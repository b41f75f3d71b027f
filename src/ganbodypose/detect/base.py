"""What every detector offers: where people are, and the keypoints of one person inside one region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ganbodypose.core import Detection
from ganbodypose.skeletons import Skeleton


@dataclass(frozen=True)
class Region:
    """A turned square of the picture that holds one person.

    center_px [2] and size_px (side length) in image pixels; rotation_rad turns the upright square clockwise
    on the screen (x right, y down), so 0 is a person whose head points up; score in [0,1] is how sure the
    detector is that somebody is there.
    """

    center_px: np.ndarray
    size_px: float
    rotation_rad: float = 0.0
    score: float = 1.0

    def __post_init__(self) -> None:
        center = np.asarray(self.center_px, dtype=np.float64)
        if center.shape != (2,):
            raise ValueError(f"center_px must have shape [2], got {center.shape}")
        if not np.isfinite((*center, self.size_px, self.rotation_rad)).all():
            raise ValueError(f"a region must be finite, got {center}, {self.size_px}, {self.rotation_rad}")
        object.__setattr__(self, "center_px", center)


class PoseDetector(Protocol):
    """Finds people in a picture and their keypoints; images are RGB uint8 [H,W,3] of any size.

    A detector keeps nothing between calls but its buffers: the same arguments give the same answer, and
    whoever follows people over time (`track`) decides where to look. One instance serves one thread.
    """

    name: str
    skeleton: Skeleton

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        """Everybody seen in the whole picture, the surest first; empty when there is nobody."""
        ...

    def estimate(self, rgb: np.ndarray, region: Region) -> Detection | None:
        """Keypoints of the person inside `region`, or None when nobody is there."""
        ...

    def next_region(self, detection: Detection) -> Region:
        """Where to look for the same person in the next picture; `detection` is this detector's own."""
        ...
