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


def test_a_number_that_all_names_share_is_not_the_frame_s(tmp_path: Path) -> None:
    for k in (7, 8, 10):
        contents = {"people": [{"pose_keypoints_2d": [10.0, 20.0, 0.5] * 25}]}
        (tmp_path / f"take2_{k:06}_camera1_keypoints.json").write_text(json.dumps(contents))
    assert [frame.index for frame in read_keypoints(tmp_path, 30.0).frames] == [7, 8, 10]


def test_a_number_that_all_pictures_share_is_not_the_frame_s(tmp_path: Path) -> None:
    names = ["0007_camera1.jpg", "0007_camera1.jpg", "0008_camera1.jpg"]
    entries = [{"image_id": name, "keypoints": KEYPOINTS, "score": 1.0} for name in names]
    (tmp_path / "a.json").write_text(json.dumps(entries))
    frames = read_keypoints(tmp_path / "a.json", 30.0).frames
    assert [(frame.index, len(frame.detections)) for frame in frames] == [(7, 2), (8, 1)]
