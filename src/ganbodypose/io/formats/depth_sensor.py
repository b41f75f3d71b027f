"""Bodies seen by a depth sensor, as Microsoft's body tracker writes them (Azure Kinect, Orbbec Femto).

The JSON of `offline_processor` of the Azure Kinect samples: millimetres in the depth camera's frame, which has the
same axes as ours (x right, y down, z away); microseconds of the device's clock; the tracker's ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError, average_fps
from ganbodypose.io.formats.coco_results import read_keypoints_only
from ganbodypose.io.formats.tracks import blank_sequence, to_h36m
from ganbodypose.io.keypoints.frames import need, need_list, numbers, whole
from ganbodypose.io.text import read_json

_PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "eye", "ear")
# The tracker says SHOULDER_LEFT.
_ALIASES = {f"{part}{side}": f"{side}_{part}" for part in _PARTS for side in ("left", "right")}


def read_depth_sensor(path: str | Path) -> PoseSequence:
    """Everybody in the file, times from its first body on. It states neither errors nor a picture.

    UserError, naming the file, where it is none of a body tracker (then it is taken for 2D keypoints), is malformed,
    or nobody was seen.
    """
    path = Path(path)
    contents = read_json(path)
    if not isinstance(contents, dict) or not {"joint_names", "frames"} <= contents.keys():
        read_keypoints_only(path)
    try:
        names = [str(name) for name in need_list(contents["joint_names"], "joint_names")]
        rows = list(_rows(need_list(contents["frames"], "frames"), len(names)))
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{path} is a damaged recording of a depth sensor: {error}; export it again."
        ) from error
    if not rows:
        raise UserError(f"{path} holds nobody; the sensor saw no body.")
    frame, microseconds, body, joints_mm = (np.array(column) for column in zip(*rows, strict=True))
    seconds = (microseconds - microseconds[0]) / 1e6
    joints_m = to_h36m(names, joints_mm / 1000, _ALIASES, path)
    unknown = np.full(joints_m.shape[:2], np.nan)
    fps = average_fps(np.ptp(frame), np.ptp(seconds))
    return blank_sequence(frame, seconds, body, joints_m, unknown, fps)


def _rows(frames: list[Any], joints: int) -> Iterator[tuple[int, int, int, np.ndarray]]:
    """Frame number, microseconds, body and joints [J,3] mm of everybody in every frame."""
    for frame in frames:
        number, microseconds = (whole(need(frame, key), key) for key in ("frame_id", "timestamp_usec"))
        for body in need_list(need(frame, "bodies"), "bodies"):
            positions = numbers(need(body, "joint_positions"), "joint_positions")
            if positions.shape != (joints, 3):
                raise ValueError(
                    f"frame {number}: joint_positions must be [{joints},3], not {list(positions.shape)}"
                )
            yield number, microseconds, whole(need(body, "body_id"), "body_id"), positions
