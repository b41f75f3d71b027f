"""The camera picture with the skeletons on it, small enough to be sent often."""

from __future__ import annotations

import cv2
import numpy as np

from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.report import drawing
from ganbodypose.report.colors import person_color
from ganbodypose.report.skeleton2d import draw_skeleton

WIDTH_PX = 640
_FONT_PX = 13


def overlay_picture(live: LiveFrame) -> np.ndarray:
    """RGB uint8 [H,640,3]."""
    height, width = live.frame.rgb.shape[:2]
    scale = WIDTH_PX / width
    how = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    picture = cv2.resize(live.frame.rgb, (WIDTH_PX, round(height * scale)), interpolation=how)
    taken: list[drawing.Box] = []
    for person in live.result.persons:
        draw_skeleton(picture, (person.keypoints_2d_px + 0.5) * scale - 0.5, person)
        corner = np.nan_to_num(person.bbox_px[:2] * scale).astype(int)
        words = f"{person.track_id}   quality {100 * np.nan_to_num(person.pose_quality):.0f} %"
        place = (int(corner[0]), int(corner[1]) - 2 * _FONT_PX)
        taken.append(drawing.tag(picture, words, place, _FONT_PX, person_color(person.track_id), taken))
    return picture
