"""Numbers of frames and people that no array of whole numbers holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganbodypose.core import UserError
from ganbodypose.io.keypoints import read_keypoints

KEYPOINTS = [10.0, 20.0, 0.5] * 17


@pytest.mark.parametrize("image", [10**400, f"{10**400}.jpg", 1 << 63])
def test_frames(tmp_path: Path, image: object) -> None:
    entry = {"image_id": image, "category_id": 1, "keypoints": KEYPOINTS, "score": 1.0}
    _refused(tmp_path, [entry])


def test_people(tmp_path: Path) -> None:
    _refused(tmp_path, {"people": [{"person_id": [1 << 70], "pose_keypoints_2d": KEYPOINTS}]})


def _refused(folder: Path, contents: object) -> None:
    path = folder / "a_000000000001_keypoints.json"
    path.write_text(json.dumps(contents))
    with pytest.raises(UserError, match="numbers of frames and people"):
        read_keypoints(path, 30.0)
