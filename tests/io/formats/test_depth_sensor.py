"""The body tracker's JSON, written here as Microsoft's `offline_processor` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.io import formats
from ganbodypose.skeletons import H36M_17

_SIDED = ["CLAVICLE", "SHOULDER", "ELBOW", "WRIST", "HAND", "HANDTIP", "THUMB"]
NAMES = [
    *["PELVIS", "SPINE_NAVEL", "SPINE_CHEST", "NECK"],
    *(f"{part}_{side}" for side in ("LEFT", "RIGHT") for part in _SIDED),
    *(f"{part}_{side}" for side in ("LEFT", "RIGHT") for part in ("HIP", "KNEE", "ANKLE", "FOOT")),
    *["HEAD", "NOSE", "EYE_LEFT", "EAR_LEFT", "EYE_RIGHT", "EAR_RIGHT"],
]


def standing_mm(shift: float = 0.0) -> np.ndarray:
    """[32,3], three metres away and facing the sensor: the person's left is on its right."""
    height = {
        "PELVIS": 0,
        "HIP": 0,
        "KNEE": 400,
        "ANKLE": 800,
        "FOOT": 850,
        "NECK": -500,
        "NOSE": -650,
        "EAR": -680,
        "SHOULDER": -450,
    }
    points = []
    for name in NAMES:
        part, _, side = name.partition("_")
        x = {"LEFT": 150.0, "RIGHT": -150.0}.get(side, 0.0)
        points.append((x + shift, height.get(part, -300), 3000))
    return np.array(points, float)


def recording(frames: int = 6) -> dict[str, Any]:
    """30 Hz; body 3 is there throughout, body 7 from the third frame on, and one frame was dropped."""
    numbers = [n for n in range(frames + 1) if n != 4]
    bodies = lambda n: [(3, 10.0 * n), *([(7, 1000.0)] if n >= 2 else [])]  # noqa: E731
    return {
        "k4abt_sdk_version": "1.1.2",
        "joint_names": NAMES,
        "bone_list": [["SPINE_NAVEL", "PELVIS"]],
        "frames": [
            {
                "frame_id": n,
                "timestamp_usec": 5_000_000 + round(n * 1e6 / 30),
                "num_bodies": len(bodies(n)),
                "bodies": [
                    {
                        "body_id": b,
                        "joint_positions": standing_mm(x).tolist(),
                        "joint_orientations": [[1, 0, 0, 0]],
                    }
                    for b, x in bodies(n)
                ],
            }
            for n in numbers
        ],
    }


def written(tmp_path: Path, contents: Any) -> Path:
    path = tmp_path / "bodies.json"
    path.write_text(json.dumps(contents))
    return path


def test_bodies_in_metres_by_name_and_time(tmp_path: Path) -> None:
    sequence = formats.read(written(tmp_path, recording()))
    assert sequence.track_ids == (3, 7)
    person = sequence.person(3)
    assert person.frame_index.tolist() == [0, 1, 2, 3, 5, 6]
    np.testing.assert_allclose(person.time_s, person.frame_index / 30, atol=1e-6)
    assert sequence.fps == pytest.approx(30, rel=1e-4)
    place = lambda joint: person.joints_3d_m[0, H36M_17.index(joint)]  # noqa: E731
    np.testing.assert_allclose(place("left_wrist"), [0.15, -0.3, 0], atol=1e-6)
    np.testing.assert_allclose(place("right_ankle"), [-0.15, 0.8, 0], atol=1e-6)
    np.testing.assert_allclose(place("thorax"), [0, -0.5, 0], atol=1e-6)
    assert place("head_top")[1] < place("neck_nose")[1] < -0.5
    np.testing.assert_allclose(person.root_camera_m[3], [0.03, 0, 3.0], atol=1e-6)
    assert np.isfinite(person.joints_3d_m).all() and np.isnan(person.expected_error_m).all()


def _without(key: str) -> dict[str, Any]:
    contents = recording()
    del contents["frames"][1]["bodies"][0][key]
    return contents


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        ([{"image_id": 0, "keypoints": []}], "holds 2D keypoints"),
        (recording() | {"frames": []}, "holds nobody"),
        (recording() | {"joint_names": NAMES[:5]}, "frame 0: joint_positions must be \\[5,3\\]"),
        (recording() | {"frames": 3}, "frames must be a list"),
        (_without("body_id"), "'body_id' is missing"),
        (_without("joint_positions"), "'joint_positions' is missing"),
    ],
)
def test_what_is_wrong_is_said_with_the_file(tmp_path: Path, contents: Any, words: str) -> None:
    with pytest.raises(UserError, match=words) as told:
        formats.read(written(tmp_path, contents))
    assert "bodies.json" in str(told.value)
