"""The value types: what they accept, what they refuse, what they derive."""

import dataclasses
import sys
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import (
    Camera,
    Clip,
    Detection,
    FrameResult,
    Keypoints2D,
    OrderError,
    PersonResult,
    Poses3D,
    PoseSequence,
    UserError,
    how_many,
    pip_install,
)
from ganbodypose.skeletons import BLAZEPOSE_33, COCO_17, H36M_17

MATRIX = np.array([[1000.0, 0, 320], [0, 1000, 240], [0, 0, 1]])


def coco_person(shape: tuple[int, ...] = ()) -> Keypoints2D:
    rng = np.random.default_rng(0)
    return Keypoints2D(
        rng.uniform(0, 100, (*shape, 17, 2)),
        rng.uniform(0.1, 1, (*shape, 17)),
        COCO_17,
        rng.normal(size=(*shape, 17)),
    )


def test_numbers_of_things_are_named() -> None:
    assert how_many(1, "frame") == "1 frame"
    assert how_many(0, "frame") == "0 frames"
    assert how_many(2, "person", "people") == "2 people"


def test_camera_defaults() -> None:
    camera = Camera(MATRIX.tolist(), (640, 480))  # type: ignore[arg-type]
    assert camera.matrix.dtype == np.float64
    np.testing.assert_array_equal(camera.distortion, np.zeros(5))
    assert camera.R_cam_world is None and camera.t_cam_world is None and not camera.assumed


@pytest.mark.parametrize("count", [4, 5, 8])
def test_camera_accepts_opencv_lengths_of_distortion(count: int) -> None:
    assert Camera(MATRIX, (640, 480), np.zeros((1, count))).distortion.shape == (count,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"matrix": np.eye(2)}, "3, 3"),
        ({"matrix": np.stack([MATRIX, MATRIX])}, "one finite 3x3"),
        ({"matrix": MATRIX * np.nan}, "one finite 3x3"),
        ({"matrix": MATRIX * [[-1], [1], [1]]}, "positive focal"),
        ({"matrix": MATRIX * [[1], [0], [1]]}, "positive focal"),
        ({"distortion": np.zeros(3)}, "4, 5 or 8"),
        ({"distortion": np.array([0, 0, 0, np.inf])}, "4, 5 or 8"),
        ({"R_cam_world": np.eye(3)}, "both"),
        ({"t_cam_world": np.zeros(3)}, "both"),
        ({"R_cam_world": np.eye(4), "t_cam_world": np.zeros(3)}, "R_cam_world"),
        ({"R_cam_world": np.eye(3), "t_cam_world": np.zeros(2)}, "t_cam_world"),
    ],
)
def test_camera_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Camera(**({"matrix": MATRIX, "size_wh": (640, 480)} | changes))


def test_types_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Camera(MATRIX, (640, 480)).assumed = True  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        coco_person().xy_px = np.zeros((17, 2))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("xy", "confidence", "depth", "message"),
    [
        (np.zeros((16, 2)), np.zeros(17), None, "xy_px"),
        (np.zeros((17, 3)), np.zeros(17), None, "xy_px"),
        (np.zeros(17), np.zeros(17), None, "xy_px"),
        (np.zeros((17, 2)), np.zeros(33), None, "confidence"),
        (np.zeros((17, 2)), np.zeros(17), np.zeros(16), "depth_m"),
    ],
)
def test_keypoints_refuse(xy: np.ndarray, confidence: np.ndarray, depth: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Keypoints2D(xy, confidence, COCO_17, depth)


def test_keypoints_to_another_skeleton() -> None:
    person = coco_person()
    mapped = person.to(H36M_17)
    assert mapped.skeleton == H36M_17 and mapped.xy_px.shape == (17, 2)
    wrist, coco_wrist = H36M_17.index("left_wrist"), COCO_17.index("left_wrist")
    np.testing.assert_allclose(mapped.xy_px[wrist], person.xy_px[coco_wrist])
    assert mapped.confidence[wrist] == person.confidence[coco_wrist]
    hips = COCO_17.indices("left_hip", "right_hip")
    np.testing.assert_allclose(mapped.xy_px[0], person.xy_px[hips].mean(0))
    assert mapped.confidence[0] == person.confidence[hips].min()
    assert mapped.depth_m is not None and person.depth_m is not None
    np.testing.assert_allclose(mapped.depth_m[0], person.depth_m[hips].mean())
    assert person.to(COCO_17) is person


def test_keypoints_of_many_people_at_once() -> None:
    many = coco_person((2, 3))
    mapped = many.to(H36M_17)
    assert many.depth_m is not None and mapped.depth_m is not None
    one = Keypoints2D(many.xy_px[1, 2], many.confidence[1, 2], COCO_17, many.depth_m[1, 2]).to(H36M_17)
    assert one.depth_m is not None
    np.testing.assert_allclose(mapped.xy_px[1, 2], one.xy_px)
    np.testing.assert_allclose(mapped.confidence[1, 2], one.confidence)
    np.testing.assert_allclose(mapped.depth_m[1, 2], one.depth_m)


def test_a_missing_keypoint_spoils_only_what_is_made_from_it() -> None:
    person = coco_person()
    xy, depth = person.xy_px.copy(), np.array(person.depth_m)
    xy[COCO_17.index("left_hip")] = np.nan
    depth[COCO_17.index("nose")] = np.nan
    mapped, whole = Keypoints2D(xy, person.confidence, COCO_17, depth).to(H36M_17), person.to(H36M_17)
    lost = H36M_17.indices("pelvis", "left_hip", "spine")
    kept = [j for j in range(17) if j not in lost]
    assert np.isnan(mapped.xy_px[lost]).all()
    np.testing.assert_array_equal(mapped.xy_px[kept], whole.xy_px[kept])
    assert mapped.depth_m is not None
    assert [H36M_17.joints[j] for j in np.flatnonzero(np.isnan(mapped.depth_m))] == ["neck_nose"]


def test_joints_that_cannot_be_made_are_missing_without_confidence() -> None:
    mapped = Keypoints2D(np.ones((17, 2)), np.ones(17)).to(BLAZEPOSE_33)
    thumb = BLAZEPOSE_33.index("left_thumb")
    assert np.isnan(mapped.xy_px[thumb]).all() and mapped.confidence[thumb] == 0
    assert mapped.confidence[BLAZEPOSE_33.index("left_knee")] == 1 and mapped.depth_m is None


def test_poses_3d() -> None:
    assert Poses3D(np.zeros((5, 17, 3))).frame == "camera"
    with pytest.raises(ValueError, match="'camera' or 'world'"):
        Poses3D(np.zeros((17, 3)), frame="room")
    with pytest.raises(ValueError, match="xyz_m"):
        Poses3D(np.zeros((17, 2)))


def test_clip() -> None:
    clip = Clip("walk", np.zeros((4, 17, 3)), 50)
    assert clip.joints_m.dtype == np.float32
    for fps in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="walk: fps"):
            Clip("walk", np.zeros((4, 17, 3)), fps)
    with pytest.raises(ValueError, match="joints_m"):
        Clip("walk", np.zeros((17, 3)), 50)


def test_detection_box() -> None:
    with pytest.raises(ValueError, match="bbox_px"):
        Detection(coco_person(), np.zeros(3), 0.9)
    assert Detection(coco_person(), [0, 1, 2, 3], 0.9).bbox_px.tolist() == [0, 1, 2, 3]  # type: ignore[arg-type]


def test_person_of_a_frame() -> None:
    people = tuple(
        PersonResult(
            i, np.zeros((17, 2)), np.zeros(17), np.zeros((17, 3)), np.zeros(3), np.zeros(17), 0.5, np.zeros(4)
        )
        for i in (4, 7)
    )
    frame = FrameResult(0, 0.0, people)
    assert frame.person(7) is people[1] and frame.person(5) is None


def recording(**changes: Any) -> PoseSequence:
    """Six rows: person 3 in three frames, 1 in one, 2 in two."""
    rows = {name: np.zeros((6, 17, 3)) for name in PoseSequence.ROW_FIELDS}
    frame = np.array([0, 0, 1, 1, 2, 2])
    rows |= {"frame_index": frame, "time_s": frame / 30, "track_id": np.array([3, 1, 3, 2, 3, 2])}
    rows["joints_3d_m"] = np.arange(6.0)[:, None, None] * np.ones((17, 3))
    constants = {"joint_names": H36M_17.joints, "camera_matrix": MATRIX, "fps": 30.0}
    return PoseSequence(**(rows | changes), **constants, image_size_wh=(640, 480), meta={})


def test_people_of_a_sequence() -> None:
    sequence = recording()
    assert len(sequence) == 6 and sequence.track_ids == (3, 2, 1)
    three = sequence.person(3)
    assert three.frame_index.tolist() == [0, 1, 2] and three.joints_3d_m[:, 0, 0].tolist() == [0, 2, 4]
    assert three.fps == 30 and len(sequence.person(9)) == 0
    arrays = {f.name for f in dataclasses.fields(sequence) if f.type == "np.ndarray"} - {"camera_matrix"}
    assert set(PoseSequence.ROW_FIELDS) == arrays  # none is forgotten when rows are chosen


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"time_s": np.array([0, 0, 1, 1, 1, 2]) / 30}, "person 3 do not at frame 2"),
        ({"time_s": np.array([0, np.nan, 1, 1, 2, 2]) / 30}, "person 1 do not at frame 0"),
        ({"frame_index": np.array([0, 0, 1, 2, 2, 1])}, "person 2 do not at frame 1"),
    ],
)
def test_the_times_of_a_person_increase(wrong: dict[str, np.ndarray], where: str) -> None:
    with pytest.raises(OrderError, match=where):
        recording(**wrong)


def test_user_error_is_an_ordinary_exception() -> None:
    assert str(UserError("The file is empty.")) == "The file is empty."
    assert not issubclass(UserError, ValueError)


def test_the_pip_command_is_of_this_python_and_quoted_for_every_shell() -> None:
    command = pip_install("export")
    assert command == f'{sys.executable} -m pip install "gan-bodypose[export]"'
