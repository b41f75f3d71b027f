"""PoseEstimator: arguments are checked, the camera is fitted, and stream and run say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import Camera, UserError, VideoFrame
from ganbodypose.estimator import PoseEstimator
from ganbodypose.skeletons import H36M_17

pytestmark = pytest.mark.usefixtures("fake_detector")


def _frames(count: int, size_wh: tuple[int, int] = (640, 480)) -> list[VideoFrame]:
    rgb = np.full((size_wh[1], size_wh[0], 3), 120, np.uint8)
    return [VideoFrame(rgb, k, k / 30) for k in range(count)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"detector": "yolo"}, "Unknown detector 'yolo': choose one of blazepose-full"),
        ({"mode": "dream"}, "Unknown mode 'dream': choose one of live"),
        ({"fov_deg": 0.0}, "field of view must lie between 5 and 150 degrees, not 0"),
        ({"fov_deg": float("nan")}, "field of view must lie between"),
        ({"height_m": -1.8}, "body height must lie between 0.4 and 2.8 metres, not -1.8"),
        ({"height_m": 180.0}, "body height must lie between"),
        ({"height_m": "1.8"}, "body height must lie between 0.4 and 2.8 metres, not 1.8"),
        ({"detector": object()}, "lacks name, skeleton, find_people, estimate, next_region"),
        ({"persons": 0}, "number of persons must lie between 1 and 100, not 0"),
        ({"threads": 0}, "number of threads must lie between"),
        ({"fov_deg": 60.0, "camera": Camera(np.eye(3) * 500, (640, 480))}, "exclude each other"),
    ],
)
def test_a_wrong_argument_is_one_clear_sentence(arguments: dict, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        PoseEstimator(**arguments)
    assert str(caught.value).count(".") >= 1
    assert "\n" not in str(caught.value)


def test_a_mode_for_whole_recordings_refuses_streams(tiny_both_ways: Path) -> None:
    with pytest.raises(UserError, match="needs whole recordings; for pictures as they come use mode 'live'"):
        next(PoseEstimator(mode=str(tiny_both_ways)).stream(_frames(1)))


def test_without_a_camera_55_degrees_are_assumed_and_said_to_be() -> None:
    camera = PoseEstimator().camera_for((1000, 500))
    assert camera.assumed
    assert np.degrees(2 * np.arctan(500 / camera.matrix[0, 0])) == pytest.approx(55)


def test_a_field_of_view_that_was_given_is_not_assumed() -> None:
    camera = PoseEstimator(fov_deg=90).camera_for((1000, 500))
    assert not camera.assumed
    assert camera.matrix[0, 0] == pytest.approx(500)  # half the width over tan 45 degrees


def test_a_camera_is_fitted_to_the_pictures() -> None:
    given = Camera(np.array([[800.0, 0, 319.5], [0, 800, 239.5], [0, 0, 1]]), (640, 480))
    fitted = PoseEstimator(camera=given).camera_for((320, 240))
    np.testing.assert_allclose(fitted.matrix, [[400, 0, 159.5], [0, 400, 119.5], [0, 0, 1]])


def test_a_camera_of_another_shape_is_refused() -> None:
    given = Camera(np.diag([800.0, 800, 1]), (640, 480))
    with pytest.raises(UserError, match="640x480"):
        list(PoseEstimator(camera=given).stream(_frames(1, (640, 360))))


def test_a_camera_of_the_pictures_own_shape_is_accepted() -> None:
    given = Camera(np.diag([800.0, 800, 1]), (640, 480))
    assert len(list(PoseEstimator(camera=given).stream(_frames(1, (640, 480))))) == 1


def test_a_camera_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "calib.toml"
    file.write_text(
        "[cam]\nsize = [640, 480]\ndistortions = [0, 0, 0, 0]\n"
        "matrix = [[700, 0, 320], [0, 700, 240], [0, 0, 1]]\n"
    )
    assert PoseEstimator(camera=str(file)).camera_for((640, 480)).matrix[0, 0] == 700


def test_every_frame_gives_one_result_with_its_own_number_and_time() -> None:
    results = list(PoseEstimator().stream(_frames(4)))
    assert [(r.frame_index, r.time_s) for r in results] == [(k, k / 30) for k in range(4)]


def test_a_person_has_every_quantity_finite_and_in_range() -> None:
    *_, last = PoseEstimator().stream(_frames(5))
    (person,) = last.persons
    assert person.joints_3d_m.shape == (len(H36M_17), 3)
    assert np.isfinite(person.joints_3d_m).all()
    np.testing.assert_allclose(person.joints_3d_m[H36M_17.index("pelvis")], 0, atol=1e-6)
    assert person.root_camera_m[2] > 0
    assert (person.expected_error_m[1:] > 0).all()  # of the pelvis, the origin, it is 0
    assert 0 <= person.pose_quality <= 1


def test_keypoints_are_those_of_the_detector_by_name() -> None:
    *_, last = PoseEstimator().stream(_frames(5))
    xy = last.persons[0].keypoints_2d_px
    left, right, head, foot = (
        xy[H36M_17.index(j)] for j in ("left_wrist", "right_wrist", "head_top", "left_ankle")
    )
    assert left[0] > 320 > right[0]  # the person faces the camera
    assert head[1] < left[1] < foot[1]


def test_a_stream_is_lazy() -> None:
    def frames():
        yield from _frames(1)
        raise AssertionError("the second frame was taken too early")

    next(PoseEstimator().stream(frames()))


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.zeros((480, 640, 3), np.uint8), "VideoFrame.*their times, not as ndarray"),
        (VideoFrame(np.zeros((480, 640), np.uint8), 0, 0.0), "uint8 .height, width, 3., red first"),
        (VideoFrame(np.zeros((480, 640, 3)), 0, 0.0), "uint8 .height, width, 3., red first"),
        (VideoFrame(np.zeros((0, 640, 3), np.uint8), 0, 0.0), "uint8 .height, width, 3., red first"),
    ],
)
def test_pictures_of_another_kind_are_one_clear_sentence(picture: VideoFrame, words: str) -> None:
    with pytest.raises(UserError, match=words):
        next(PoseEstimator().stream([picture]))
    with pytest.raises(UserError, match=words), PoseEstimator().live([picture]) as results:
        next(results)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (_frames(1, (320, 240))[0], "Picture 0 is 320x240, the first is 640x480; they must be of one size"),
        (replace(_frames(1)[0], index=1), "time of picture 1 is 0.0 s; times must be numbers that rise"),
        (replace(_frames(1)[0], time_s=float("nan")), "is nan s; times must be numbers that rise"),
        (replace(_frames(1)[0], time_s=None), "is None s; times must be numbers that rise"),
    ],
)
def test_pictures_that_are_not_one_video_are_refused(second: VideoFrame, words: str) -> None:
    results = PoseEstimator().stream([*_frames(1), second])
    next(results)
    with pytest.raises(UserError, match=words):
        next(results)


def test_run_takes_a_path_and_says_where_pictures_go() -> None:
    with pytest.raises(UserError, match=r"path of a video, not list; pictures go to stream\(\)"):
        PoseEstimator().run(_frames(1))


def test_each_stream_starts_afresh() -> None:
    estimator = PoseEstimator()
    first, second = (list(estimator.stream(_frames(6))) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert [p.track_id for p in a.persons] == [p.track_id for p in b.persons]
        for p, q in zip(a.persons, b.persons, strict=True):
            np.testing.assert_array_equal(p.joints_3d_m, q.joints_3d_m)


def test_persons_limits_how_many_are_followed(fake_detector: Callable[[int], None]) -> None:
    fake_detector(2)
    everybody = list(PoseEstimator().stream(_frames(6)))[-1]
    one = list(PoseEstimator(persons=1).stream(_frames(6)))[-1]
    assert (len(everybody.persons), len(one.persons)) == (2, 1)


def test_height_scales_the_body() -> None:
    def size(height_m: float) -> float:
        *_, last = PoseEstimator(height_m=height_m).stream(_frames(6))
        return float(np.ptp(last.persons[0].joints_3d_m[:, 1]))

    assert size(2.0) / size(1.0) == pytest.approx(2, rel=0.01)


def test_run_equals_stream(make_video: Callable[..., Path]) -> None:
    from ganbodypose.io.video import open_video

    video = make_video(frames=6, size_wh=(640, 480))
    sequence = PoseEstimator().run(video)
    with open_video(video) as frames:
        results = list(PoseEstimator().stream(frames))
    persons = [p for r in results for p in r.persons]
    assert len(sequence) == len(persons) > 0
    np.testing.assert_array_equal(sequence.joints_3d_m, np.float32([p.joints_3d_m for p in persons]))
    assert sequence.fps == 30
    assert sequence.meta["source"]["name"] == video.name
