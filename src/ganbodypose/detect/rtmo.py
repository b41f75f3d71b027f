"""RTMO, which finds all people and their keypoints in one look at the picture, as rtmlib runs it.

`rtmo:FILE` names an ONNX file of the user's (MMPose's export: `dets` [1,N,5] and `keypoints` [1,N,17,3]).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ganbodypose.core import Detection, Keypoints2D, UserError
from ganbodypose.detect import RTMO_PREFIX
from ganbodypose.detect.base import Region
from ganbodypose.detect.blazepose.crop import checked_picture
from ganbodypose.detect.from_rtmlib import open_with_rtmlib
from ganbodypose.detect.topdown.region import detection_of, region_of
from ganbodypose.skeletons import COCO_17

MIN_PERSON_SCORE = 0.3
_SQUARE = (1, 1)


class RtmoDetector:
    """One look at a picture serves all regions in it, so the last picture is remembered: do not write into it."""

    skeleton = COCO_17

    def __init__(self, name: str) -> None:
        """name: `rtmo:FILE`. UserError where rtmlib or the file cannot be used."""
        self.name = name
        path = rtmo_file(name)
        self._network = open_with_rtmlib("RTMO", path, score_thr=MIN_PERSON_SCORE)
        shapes = [output.shape for output in self._network.session.get_outputs()]
        if len(shapes) != 2 or shapes[0][-1] != 5 or shapes[1][-2:] != [len(COCO_17), 3]:
            raise UserError(
                f"{path} is no RTMO network: it must give boxes [1,N,5] and keypoints [1,N,17,3]."
            )
        self._picture: np.ndarray | None = None
        self._people: list[Detection] = []

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        people = sorted(self._seen_in(rgb), key=lambda person: -person.score)
        return [self.next_region(person) for person in people]

    def estimate(self, rgb: np.ndarray, region: Region) -> Detection | None:
        """Of the people in the picture, the one in the middle of `region`."""
        people = self._seen_in(rgb)
        if not people:
            return None
        apart_px = [float(np.hypot(*(self.next_region(p).center_px - region.center_px))) for p in people]
        nearest = int(np.argmin(apart_px))
        return people[nearest] if apart_px[nearest] < region.size_px / 2 else None

    def next_region(self, detection: Detection) -> Region:
        return region_of(detection, _SQUARE)

    def _seen_in(self, rgb: np.ndarray) -> list[Detection]:
        if rgb is not self._picture:
            self._people, self._picture = self._look_at(checked_picture(rgb)), rgb
        return self._people

    def _look_at(self, rgb: np.ndarray) -> list[Detection]:
        try:
            found = zip(*self._network(np.ascontiguousarray(rgb[..., ::-1])), strict=True)
        except IndexError:  # rtmlib 0.0.16 where the network answers with no box at all
            return []
        people = (detection_of(Keypoints2D(xy, np.clip(score, 0, 1), COCO_17)) for xy, score in found)
        return [person for person in people if person is not None]


def rtmo_file(name: str) -> Path:
    """The file in `rtmo:FILE`; UserError where it is missing."""
    path = Path(name.removeprefix(RTMO_PREFIX)).expanduser()
    if not path.is_file():
        raise UserError(
            f"There is no RTMO network {str(path)!r}: give the path of an ONNX file, as in rtmo:FILE."
        )
    return path
