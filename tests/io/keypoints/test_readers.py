"""Golden files of each tool made by hand, in the form its documentation gives; and what is broken about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.io.keypoints import is_keypoints, read_keypoints
from ganbodypose.io.keypoints.source import KeypointSource
from ganbodypose.skeletons import BLAZEPOSE_33, COCO_17, HALPE_26, OPENPOSE_18, OPENPOSE_25


def flat(joints: int, x0: float = 100.0) -> list[float]:
    """Joint j at (x0 + j, 2 j) px with confidence 0.5, flat; joint 3 not found."""
    rows = [[x0 + j, 2.0 * j, 0.5] if j != 3 else [0.0, 0.0, 0.0] for j in range(joints)]
    return [value for row in rows for value in row]


def check_person(detection: Any, joints: int, x0: float = 100.0) -> None:
    keypoints = detection.keypoints
    expected = np.stack([x0 + np.arange(joints), 2.0 * np.arange(joints)], axis=-1)
    expected[3] = np.nan
    np.testing.assert_allclose(keypoints.xy_px, expected)
    np.testing.assert_allclose(keypoints.confidence, np.where(np.arange(joints) == 3, 0, 0.5))
    np.testing.assert_allclose(detection.bbox_px, [x0, 0, x0 + joints - 1, 2 * (joints - 1)])
    assert detection.score == pytest.approx(0.5 * (joints - 1) / joints)


def write(path: Path, contents: Any) -> Path:
    path.write_text(json.dumps(contents))
    return path


def openpose(folder: Path, frame: int, people: list[Any]) -> Path:
    return write(folder / f"walk_{frame:012d}_keypoints.json", {"version": 1.3, "people": people})


@pytest.mark.parametrize(
    ("joints", "skeleton"), [(25, OPENPOSE_25), (18, OPENPOSE_18), (17, COCO_17), (26, HALPE_26)]
)
def test_openpose(tmp_path: Path, joints: int, skeleton: Any) -> None:
    a = {"person_id": [-1], "pose_keypoints_2d": flat(joints), "face_keypoints_2d": []}
    b = {"person_id": [-1], "pose_keypoints_2d": flat(joints, x0=500)}
    openpose(tmp_path, 7, [a, b])
    openpose(tmp_path, 5, [])
    openpose(tmp_path, 6, [{"pose_keypoints_2d": []}])
    recording = read_keypoints(tmp_path, fps=50)
    assert (recording.tool, recording.fps) == ("openpose", 50)
    assert [frame.index for frame in recording.frames] == [5, 6, 7]
    np.testing.assert_allclose([frame.time_s for frame in recording.frames], [0.1, 0.12, 0.14])
    assert [len(frame.detections) for frame in recording.frames] == [0, 0, 2]
    last = recording.frames[2]
    assert last.track_ids is None
    assert last.detections[0].keypoints.skeleton is skeleton
    check_person(last.detections[0], joints)
    check_person(last.detections[1], joints, x0=500)


def test_openpose_with_ids(tmp_path: Path) -> None:
    people = [
        {"person_id": [4], "pose_keypoints_2d": flat(25)},
        {"person_id": [2], "pose_keypoints_2d": flat(25)},
    ]
    openpose(tmp_path, 0, people)
    assert read_keypoints(tmp_path).frames[0].track_ids == (4, 2)
    assert np.isnan(read_keypoints(tmp_path).frames[0].time_s)


@pytest.mark.parametrize(("idx", "ids"), [({"idx": 3}, (3,)), ({"idx": [[3.0]]}, (3,)), ({}, None)])
def test_alphapose(tmp_path: Path, idx: dict[str, Any], ids: Any) -> None:
    entry = {"category_id": 1, "score": 2.9, "box": [1, 2, 3, 4]} | idx
    contents = [
        {"image_id": "10.jpg", "keypoints": flat(26), **entry},
        {"image_id": "2.jpg", "keypoints": flat(26), **entry},
    ]
    recording = read_keypoints(write(tmp_path / "alphapose-results.json", contents), fps=10)
    assert [frame.index for frame in recording.frames] == [2, 10]
    assert recording.frames[1].time_s == 1.0
    assert recording.frames[0].track_ids == ids
    check_person(recording.frames[0].detections[0], 26)


def test_coco_results_and_whole_bodies(tmp_path: Path) -> None:
    contents = [{"image_id": 3, "category_id": 1, "keypoints": flat(133), "score": 0.9}]
    frame = read_keypoints(write(tmp_path / "results.json", contents)).frames[0]
    assert frame.index == 3
    check_person(frame.detections[0], 17)  # the face and hands after the 17 are left out


def mmpose_person(joints: int, **more: Any) -> dict[str, Any]:
    points = np.reshape(flat(joints), (-1, 3))
    return {"keypoints": points[:, :2].tolist(), "keypoint_scores": points[:, 2].tolist(), **more}


def test_mmpose_inferencer(tmp_path: Path) -> None:
    contents = [
        {"frame_id": 0, "instances": []},
        {"frame_id": 1, "instances": [mmpose_person(17, bbox=[[0, 0, 9, 9]], bbox_score=0.9)]},
    ]
    recording = read_keypoints(write(tmp_path / "video.json", contents), fps=25)
    assert recording.tool == "mmpose"
    assert [len(frame.detections) for frame in recording.frames] == [0, 1]
    check_person(recording.frames[1].detections[0], 17)


def test_mmpose_pictures(tmp_path: Path) -> None:
    for number in (1, 2):
        write(tmp_path / f"img_{number}.json", [mmpose_person(17)])
    recording = read_keypoints(tmp_path, fps=2)
    assert [frame.time_s for frame in recording.frames] == [0.5, 1.0]
    check_person(recording.frames[1].detections[0], 17)


def test_mmpose_demo_that_counts_from_zero_loses_no_picture(tmp_path: Path) -> None:
    people = [mmpose_person(17)]
    contents = {"instance_info": [{"frame_id": number, "instances": people} for number in (0, 1)]}
    write(tmp_path / "results_walk.json", contents)
    recording = read_keypoints(tmp_path / "results_walk.json", fps=30, size_wh=(640, 480))
    assert [frame.index for frame in recording.frames] == [0, 1]


def test_mmpose_demo_names_its_keypoints_and_counts_from_one(tmp_path: Path) -> None:
    joints = list(reversed(COCO_17.joints))
    contents = {
        "meta_info": {"keypoint_id2name": {str(k): name for k, name in enumerate(joints)}},
        "instance_info": [{"frame_id": 1, "instances": [mmpose_person(17, track_id=5)]}],
    }
    frame = read_keypoints(write(tmp_path / "results_video.json", contents)).frames[0]
    assert (frame.index, frame.track_ids) == (0, (5,))
    assert frame.detections[0].keypoints.skeleton.joints == tuple(joints)


def test_rtmlib(tmp_path: Path) -> None:
    points = np.reshape(flat(26), (-1, 3))
    people = {"keypoints": [points[:, :2].tolist()] * 2, "scores": [points[:, 2].tolist()] * 2}
    contents = [{"keypoints": [], "scores": []}, people, {"frame": 9, "track_ids": [1, 2]} | people]
    recording = read_keypoints(write(tmp_path / "rtm.json", contents), fps=30)
    assert [frame.index for frame in recording.frames] == [0, 1, 9]
    assert [frame.track_ids for frame in recording.frames[1:]] == [None, (1, 2)]
    check_person(recording.frames[2].detections[1], 26)


def landmarks(as_dict: bool = True) -> list[Any]:
    rows = [[(j + 0.5) / 100, (j + 0.5) / 50, 0.1, 0.75] for j in range(33)]
    return [dict(zip(("x", "y", "z", "visibility"), row, strict=True)) for row in rows] if as_dict else rows


@pytest.mark.parametrize(
    "people",
    [
        landmarks(),
        landmarks(as_dict=False),
        {"landmark": landmarks()},
        [landmarks()],
        [{"landmark": landmarks()}],
        [landmarks(as_dict=False)],
    ],
)
@pytest.mark.parametrize("key", ["pose_landmarks", "poseLandmarks", "landmarks"])
def test_mediapipe(tmp_path: Path, people: Any, key: str) -> None:
    contents = {"frames": [{"timestamp_ms": 40, key: people}, {"timestamp_ms": 90, key: None}]}
    recording = read_keypoints(write(tmp_path / "mp.json", contents), size_wh=(100, 50))
    assert recording.tool == "mediapipe"
    np.testing.assert_allclose([frame.time_s for frame in recording.frames], [0.04, 0.09])
    assert recording.fps == pytest.approx(20)
    keypoints = recording.frames[0].detections[0].keypoints
    assert keypoints.skeleton is BLAZEPOSE_33
    np.testing.assert_allclose(keypoints.xy_px, np.stack([np.arange(33), np.arange(33)], -1), atol=1e-9)
    np.testing.assert_allclose(keypoints.confidence, 0.75)
    assert keypoints.depth_m is None
    assert not recording.frames[1].detections


def test_one_wild_landmark_does_not_make_fractions_pixels(tmp_path: Path) -> None:
    wild = landmarks()
    wild[32] = {"x": 0.5, "y": 4.2, "z": 0.0, "visibility": 0.01}
    path = write(tmp_path / "mp.json", [{"landmarks": landmarks()}, {"landmarks": wild}])
    frame = read_keypoints(path, size_wh=(100, 50)).frames[0]
    np.testing.assert_allclose(frame.detections[0].bbox_px, [0, 0, 32, 32], atol=1e-9)


def test_pixels_among_many_that_were_not_found(tmp_path: Path) -> None:
    rows = [[0, 0, 0, 1]] * 30 + [[410, 200, 0, 1]] * 3
    frame = read_keypoints(write(tmp_path / "mp.json", [{"landmarks": rows}])).frames[0]
    assert frame.detections[0].bbox_px[2:].tolist() == [410, 200]


def test_mediapipe_world_landmarks_give_depth(tmp_path: Path) -> None:
    world = [[0, 0, j / 10, 1] for j in range(33)]
    contents = [{"pose_landmarks": [landmarks()], "pose_world_landmarks": [world]}]
    frame = read_keypoints(write(tmp_path / "mp.json", contents), size_wh=(100, 50)).frames[0]
    np.testing.assert_allclose(frame.detections[0].keypoints.depth_m, np.arange(33) / 10)


WIDE = {
    "names": lambda j, part: f"{BLAZEPOSE_33.joints[j]}_{part}",
    "upper": lambda j, part: f"{BLAZEPOSE_33.joints[j]}_{part}".upper(),
    "from 0": lambda j, part: f"{part[0]}{j}",
    "from 1": lambda j, part: f"{part[0]}{j + 1}",
    "landmark": lambda j, part: f"landmark_{j}_{part}",
}


@pytest.mark.parametrize("style", WIDE)
def test_mediapipe_wide_table(tmp_path: Path, style: str) -> None:
    columns = [WIDE[style](j, part) for j in range(33) for part in ("x", "y", "z", "visibility")]
    values = [f"{v}" for row in landmarks(as_dict=False) for v in row]
    path = tmp_path / "mp.csv"
    path.write_text(f"frame,time_s,{','.join(columns)}\n4,0.25,{','.join(values)}\n")
    frame = read_keypoints(path, size_wh=(100, 50)).frames[0]
    assert (frame.index, frame.time_s) == (4, 0.25)
    keypoints = frame.detections[0].keypoints
    np.testing.assert_allclose(keypoints.xy_px[:, 0], np.arange(33), atol=1e-9)
    np.testing.assert_allclose(keypoints.confidence, 0.75)


def test_mediapipe_long_table_in_pixels(tmp_path: Path) -> None:
    path = tmp_path / "mp.csv"
    path.write_text("frame,landmark,x,y\n0,LEFT_HIP,410,200\n0,24,390,\n1,PoseLandmark.LEFT_HIP,411,201\n")
    frames = read_keypoints(path, fps=10).frames
    hips = BLAZEPOSE_33.indices("left_hip", "right_hip")
    np.testing.assert_allclose(frames[0].detections[0].keypoints.xy_px[hips], [[410, 200], [np.nan, np.nan]])
    assert frames[0].detections[0].keypoints.confidence.sum() == 1
    np.testing.assert_allclose(frames[1].detections[0].keypoints.xy_px[hips[0]], [411, 201])


def test_a_folder_or_file_of_keypoints_is_known(tmp_path: Path) -> None:
    assert not is_keypoints(tmp_path)
    openpose(tmp_path, 0, [])
    assert is_keypoints(tmp_path)
    (tmp_path / "0_rendered.png").touch()
    assert is_keypoints(tmp_path)
    (tmp_path / "1.JPG").touch()
    assert not is_keypoints(tmp_path)  # pictures, and a file about them
    assert is_keypoints("a.JSON") and is_keypoints("a.csv") and not is_keypoints("a.mp4")


NAN = flat(25)
NAN[4] = "NaN"  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        ({"people": {}}, "'people' must be a list"),
        ({"people": [[1]]}, r"people\[0\]: an object with 'pose_keypoints_2d'"),
        ({"people": [{}]}, r"people\[0\]: 'pose_keypoints_2d' is missing"),
        ({"people": [{"pose_keypoints_2d": flat(25)[:-1]}]}, "flat list of x, y, confidence"),
        ({"people": [{"pose_keypoints_2d": flat(24)}]}, "keypoints, not 24"),
        ({"people": [{"pose_keypoints_2d": ["a", "b", "c"]}]}, "must be numbers"),
        ({"people": []}, "keypoints of nobody"),
        (
            [{"image_id": "x.jpg", "keypoints": flat(17)}],
            "entry 0: 'image_id' must hold the picture's number",
        ),
        ([{"image_id": 1}], "entry 0: 'keypoints' is missing"),
        ([{"frame_id": "a", "instances": []}], "'frame_id' must be a whole number"),
        ([{"instances": []}], "'frame_id' is missing"),
        (
            [{"frame_id": 0, "instances": [{"keypoints": []}]}],
            r"instances\[0\]: 'keypoint_scores' is missing",
        ),
        (
            [{"frame_id": 0, "instances": [{"keypoints": [[1, 2, 3]] * 17, "keypoint_scores": [1] * 17}]}],
            "3D poses need no lifting",
        ),
        ([{"frame_id": 0, "instances": [mmpose_person(17)]}] * 2, "frame 0 twice"),
        ([{"keypoints": [[1, 2]], "scores": [1]}], r"entry 0: 'keypoints' \[P,J,2\]"),
        ([{"keypoints": [[[1, 2]], [[1]]], "scores": [[1]]}], "entry 0: 'keypoints' must be numbers"),
        ([{"landmarks": landmarks()[:-1]}], "frame 0: a person must have 33 landmarks, not 32"),
        ([{"landmarks": landmarks()}], "fractions of the picture; give its size"),
        ([{"landmarks": 7}], "the landmarks must be a list"),
        ({"something": 1}, "is no keypoint file of OpenPose"),
        ([], "keypoints of nobody"),
        (7, "is no keypoint file of OpenPose"),
    ],
)
def test_malformed_json(tmp_path: Path, contents: Any, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as caught:
        read_keypoints(write(tmp_path / "a.json", contents), fps=30)
    assert "a.json" in str(caught.value)


def test_text_nan_is_a_missing_keypoint(tmp_path: Path) -> None:
    """Python's json writes NaN without quotes, and some tools with them; both read as missing."""
    recording = read_keypoints(write(tmp_path / "a.json", {"people": [{"pose_keypoints_2d": NAN}]}))
    assert np.isnan(recording.frames[0].detections[0].keypoints.xy_px[1]).all()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a JSON file"),
        ('[{"image_id": 1,\n "keypoints": [1, 2', "is not a JSON file: .* in line 2"),
        ("[" * 100_000, "nested too deeply|is not a JSON file"),
    ],
)
def test_broken_text(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_keypoints(tmp_path / "a.json")


@pytest.mark.parametrize("name", ["a.json", "a.csv"])
def test_binary_garbage_and_absence(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="does not exist"):
        read_keypoints(tmp_path / name)
    (tmp_path / name).write_bytes(bytes(range(256)))
    with pytest.raises(UserError, match="is not text"):
        read_keypoints(tmp_path / name)


XY = ",".join(f"x{j},y{j}" for j in range(33))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no columns of MediaPipe's landmarks"),
        ("frame,landmark,x,y\n", "a header but no rows"),
        ("landmark,x,y\n1,2,3\n", "must have the columns frame"),
        ("frame,landmark,x,y\n0,KNEE,1,2\n", "line 2: 'KNEE' is none of"),
        ("frame,landmark,x,y\n0,1,1\n", "line 2: there are too few cells"),
        ("frame,landmark,x,y\n0,1,1,oops\n", "line 2, column y"),
        ("frame,landmark,x,y\n0,1,0.5,0.5\n", "give its size"),
        ("frame,landmark,x,y\n0,1,5,5\n0,1,6,6\n", "line 3: landmark '1' of frame 0 is there twice"),
        (f"frame,{XY}\n7,{66 * '9,'}\n8,{66 * '9,'}\n7,{66 * '9,'}\n", "line 4: frame 7 is there twice"),
    ],
)
def test_malformed_tables(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_keypoints(tmp_path / "a.csv")


def test_a_foreign_file_in_the_folder_is_named(tmp_path: Path) -> None:
    openpose(tmp_path, 0, [{"pose_keypoints_2d": flat(25)}])
    write(tmp_path / "settings_1.json", {"a": 1})
    with pytest.raises(UserError, match=r"settings_1\.json is no picture's keypoints"):
        read_keypoints(tmp_path, fps=30)


def test_times_must_increase_and_rates_be_positive(tmp_path: Path) -> None:
    contents = [{"landmarks": landmarks(), "time_s": 0.1}, {"landmarks": landmarks(), "time_s": 0.1}]
    path = write(tmp_path / "a.json", contents)
    with pytest.raises(UserError, match="times must increase"):
        read_keypoints(path, size_wh=(10, 10))
    with pytest.raises(UserError, match="must be a positive number"):
        read_keypoints(path, fps=0)


def mediapipe_at(path: Path, *times: float | None, key: str = "time_s") -> Path:
    return write(path, [{"landmarks": landmarks()} | ({} if t is None else {key: t}) for t in times])


def test_milliseconds_are_not_taken_for_seconds(tmp_path: Path) -> None:
    path = mediapipe_at(tmp_path / "a.json", 0, 33, 66, key="timestamp")
    with pytest.raises(UserError, match="33 s apart from frame to frame; name them by their unit"):
        read_keypoints(path, size_wh=(100, 50))


def test_a_frame_without_a_time_is_not_left_out(tmp_path: Path) -> None:
    path = mediapipe_at(tmp_path / "a.json", 0, None, 0.066)
    with pytest.raises(UserError, match="carries no time for frame 1; give its frame rate"):
        KeypointSource(path, (100, 50), None)
    assert [frame.time_s for frame in KeypointSource(path, (100, 50), 10)] == [0, 0.1, 0.2]


@pytest.mark.parametrize(("fps", "warns"), [(None, False), (60, False), (30, True)])
def test_times_of_the_file_go_before_the_rate_given(tmp_path: Path, fps: float | None, warns: bool) -> None:
    path = mediapipe_at(tmp_path / "a.json", *(round(k / 60, 3) for k in range(13)))
    source = KeypointSource(path, (100, 50), fps)
    assert source.fps == pytest.approx(60)
    assert [frame.time_s for frame in source][-1] == 0.2
    assert (source.warning == f"{path}: its own times were read, not --fps.") == warns


def test_a_section_without_frames_says_where_they_are(tmp_path: Path) -> None:
    for number in (1000, 1003):
        openpose(tmp_path, number, [{"pose_keypoints_2d": flat(25)}])
    with pytest.raises(UserError, match=r"only frames 1000 to 1003 at 33\.33 to 33\.43 s"):
        KeypointSource(tmp_path, (640, 480), 30, 0, 1)


def test_ids_that_are_not_everywhere_are_left_out_with_a_warning(tmp_path: Path) -> None:
    entries = [{"image_id": k, "keypoints": flat(17), "idx": 1} for k in range(3)]
    whole = KeypointSource(write(tmp_path / "a.json", entries), (640, 480), 30)
    assert whole.has_ids and whole.warning is None
    del entries[2]["idx"]
    source = KeypointSource(write(tmp_path / "b.json", entries), (640, 480), 30)
    assert not source.has_ids
    assert "its ids were left out, because somebody in frame 2 has none" in str(source.warning)
