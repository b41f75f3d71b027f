"""COCO keypoint results (JSON), for pycocotools and dataset tools: the detected 2D keypoints.

One entry per person and frame: image_id is the frame's number, keypoints x, y, confidence of COCO's 17 in pixels,
score their mean confidence, track_id the person's. What a results file does not hold (nose, eyes, ears) and what
did not pass the quality gate is 0, 0, 0.

Format: https://cocodataset.org/#format-results
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from ganbodypose.core import Keypoints2D, PoseSequence, UserError
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.tracks import WriteOptions, select
from ganbodypose.skeletons import COCO_17

_PERSON = 1  # COCO's category


def write_coco(path: Path, sequence: PoseSequence, options: WriteOptions | None = None) -> tuple[str, ...]:
    """Write everybody, or one person; returns what was done to the data, one clause each.

    UserError when the recording has no 2D keypoints.
    """
    chosen = select(sequence, options or WriteOptions())
    rows = chosen.sequence
    if not np.isfinite(rows.keypoints_2d_px).any():
        raise UserError(
            "The recording holds no 2D keypoints, which COCO results are made of; choose another format."
        )
    confidence = np.where(np.isnan(rows.joints_3d_m).any(-1), 0.0, rows.keypoints_2d_confidence)
    coco = Keypoints2D(rows.keypoints_2d_px, np.nan_to_num(confidence)).to(COCO_17)
    found = np.isfinite(coco.xy_px).all(-1) & (coco.confidence > 0)
    points = np.concatenate([coco.xy_px, coco.confidence[..., None]], axis=-1)
    points = np.where(found[..., None], points, 0.0)
    with replacing(path) as part:
        part.write_text(json.dumps([_entry(rows, n, points[n]) for n in range(len(rows))]), encoding="utf-8")
    return (*chosen.notes, "2D keypoints in pixels; nose, eyes and ears, which are not recorded, are 0")


def _entry(rows: PoseSequence, n: int, points: np.ndarray) -> dict[str, Any]:
    """points [17,3]; a ten-thousandth of a pixel is enough."""
    return {
        "image_id": int(rows.frame_index[n]),
        "category_id": _PERSON,
        "keypoints": [round(value, 4) for value in points.ravel().tolist()],
        "score": round(float(points[:, 2].mean()), 4),
        "track_id": int(rows.track_id[n]),
    }


def read_keypoints_only(path: Path) -> NoReturn:
    """UserError: 2D keypoints have to be lifted before they are a recording in 3D."""
    raise UserError(
        f"{path} holds 2D keypoints; to have them lifted on the way, give the size of their pictures "
        "(--size WIDTHxHEIGHT) and their rate (--fps RATE)."
    )
