from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from ganbodypose.core import Camera, FrameResult, PersonResult, UserError, VideoFrame
from ganbodypose.report.colors import error_scale
from ganbodypose.report.overlay import Layout, OverlayRenderer, OverlayVideo

SIZE_WH = (640, 480)  # of conftest's camera
GREY = np.full((480, 640, 3), 90, np.uint8)
PANEL_X = 640


def render(
    renderer: OverlayRenderer, *persons: PersonResult, time_s: float = 0.0, rgb: np.ndarray = GREY
) -> np.ndarray:
    return renderer.render(VideoFrame(rgb, 0, time_s), FrameResult(0, time_s, persons))


@pytest.mark.parametrize(
    ("size_wh", "video_wh", "whole_wh"),
    [
        ((1920, 1080), (960, 540), (960 + 486, 540)),
        ((1080, 1920), (406, 720), (406 + 640, 720)),
        ((640, 480), (640, 480), (640 + 432, 480)),
        ((320, 240), (480, 360), (480 + 324, 360)),
        ((1, 1), (360, 360), (360 + 324, 360)),
        ((4000, 10), (960, 360), (960 + 324, 360)),
    ],
)
def test_layout(size_wh: tuple[int, int], video_wh: tuple[int, int], whole_wh: tuple[int, int]) -> None:
    layout = Layout.of(size_wh)
    assert (layout.video_wh, layout.size_wh) == (video_wh, whole_wh)


@pytest.mark.parametrize("size_wh", [(w, h) for w in (1, 3, 719, 1281, 7680) for h in (1, 2, 777, 4321)])
def test_any_size_gives_a_picture_that_can_be_encoded(size_wh: tuple[int, int]) -> None:
    layout = Layout.of(size_wh)
    width, height = layout.size_wh
    assert width % 2 == height % 2 == 0
    assert width <= 1600
    assert 360 <= height <= 720
    assert min(layout.fit_wh) >= 1
    assert layout.fit_wh[0] + layout.offset_xy[0] <= layout.video_wh[0]
    assert layout.fit_wh[1] + layout.offset_xy[1] <= layout.video_wh[1]


@pytest.mark.parametrize("size_wh", [(1920, 1080), (1768, 994), (405, 721), (321, 200), (2, 2), (1, 1)])
def test_the_whole_video_is_in_the_picture_in_its_own_colours(size_wh: tuple[int, int]) -> None:
    width, height = size_wh
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 0], rgb[..., 2] = 200, 50
    renderer = OverlayRenderer(size_wh)
    picture = render(renderer, rgb=rgb)
    (x, y), (w, h) = renderer.layout.offset_xy, renderer.layout.fit_wh
    assert picture.shape == (renderer.layout.size_wh[1], renderer.layout.size_wh[0], 3)
    video = picture[y : y + h - 30, x : x + w]  # above the clock
    np.testing.assert_array_equal(video.reshape(-1, 3), np.broadcast_to([200, 0, 50], (video.size // 3, 3)))


@pytest.mark.parametrize("size_wh", [(1920, 1080), (1768, 994), (3840, 2160), (300, 200)])
def test_marks_lie_on_what_they_mark(size_wh: tuple[int, int]) -> None:
    width, height = size_wh
    rgb = np.zeros((height, width, 3), np.uint8)
    x, y = int(width * 0.61), int(height * 0.37)
    rgb[y - 8 : y + 9, x - 8 : x + 9] = 255
    layout = Layout.of(size_wh)
    out = np.zeros((layout.fit_wh[1], layout.fit_wh[0], 3), np.uint8)
    layout.resize(rgb, out)
    rows, columns = np.nonzero(out[..., 0] > 127)
    mark = layout.to_picture(np.array([x, y])) - layout.offset_xy
    np.testing.assert_allclose(mark, [columns.mean(), rows.mean()], atol=0.6)


def test_joints_have_the_colour_of_their_error(make_person: Callable[..., PersonResult]) -> None:
    person = make_person(expected_error_m=np.full(17, 0.200))
    picture = render(OverlayRenderer(SIZE_WH), person)
    x, y = np.round(person.keypoints_2d_px[5]).astype(int)  # the left knee; no other joint or label is near
    np.testing.assert_array_equal(picture[y, x], error_scale()[-1])
    np.testing.assert_array_equal(picture[10, 10], [90, 90, 90])


def test_a_joint_that_was_not_seen_is_hollow(make_person: Callable[..., PersonResult]) -> None:
    confidence = np.ones(17)
    confidence[6] = 0.1
    alone = np.full((17, 2), np.nan)  # no bones over the joint
    alone[6] = 300, 300
    pictures = [
        render(OverlayRenderer(SIZE_WH), make_person(keypoints_2d_px=alone, keypoints_2d_confidence=c))
        for c in (np.ones(17), confidence)
    ]
    assert pictures[0][300, 300].sum() > 3 * pictures[1][300, 300].sum()


def test_missing_joints_are_left_out(make_person: Callable[..., PersonResult]) -> None:
    nothing = make_person(
        keypoints_2d_px=np.full((17, 2), np.nan),
        joints_3d_m=np.full((17, 3), np.nan),
        root_camera_m=np.full(3, np.nan),
        expected_error_m=np.full(17, np.nan),
        pose_quality=float("nan"),
        bbox_px=np.full(4, np.nan),
    )
    renderer = OverlayRenderer(SIZE_WH)
    picture = render(renderer, nothing)
    np.testing.assert_array_equal(picture[:440, :PANEL_X], GREY[:440])
    partly = make_person()
    partly.joints_3d_m[3] = partly.keypoints_2d_px[3] = np.nan
    assert (render(renderer, partly) != picture).any()


def test_far_away_numbers_do_no_harm(make_person: Callable[..., PersonResult]) -> None:
    wild = make_person(
        keypoints_2d_px=np.full((17, 2), 1e9),
        bbox_px=np.array([-1e12, -1e12, 1e12, 1e12]),
        joints_3d_m=np.full((17, 3), 1e4),
        expected_error_m=np.full(17, 1e4),
    )
    assert render(OverlayRenderer(SIZE_WH), wild).shape == (480, PANEL_X + 432, 3)


def test_first_person_keeps_the_3d_view(make_person: Callable[..., PersonResult]) -> None:
    renderer = OverlayRenderer(SIZE_WH)
    athlete, passer_by = make_person(1), make_person(2, (0.5, 0, 2.0))  # the passer-by is larger

    def main(time_s: float, *persons: PersonResult) -> int | None:
        people = renderer._main_first(FrameResult(0, time_s, persons))
        return people[0].track_id if people else None

    assert main(0.0, athlete) == 1
    assert main(0.1, passer_by, athlete) == 1
    assert main(0.5, passer_by) is None  # a short absence
    assert main(0.6, passer_by, athlete) == 1
    assert main(1.7, passer_by) == 2


def test_at_most_three_people_in_3d(make_person: Callable[..., PersonResult]) -> None:
    persons = tuple(make_person(i, (0.1 * i, 0, 4)) for i in range(5))
    assert len(OverlayRenderer(SIZE_WH)._main_first(FrameResult(0, 0.0, persons))) == 3


def test_the_3d_view_shows_the_body_and_not_only_the_legend(make_person: Callable[..., PersonResult]) -> None:
    renderer = OverlayRenderer(SIZE_WH)
    person = make_person(expected_error_m=np.full(17, 0.200))
    panel = render(renderer, person)[45:424, PANEL_X + 10 :].astype(int)
    red = np.abs(panel - error_scale()[-1]).sum(axis=-1) < 40
    rows, columns = np.nonzero(red)
    assert 310 < np.ptp(rows) < 360  # head to ankle, most of the stage's 425 rows
    assert abs(columns.mean() - panel.shape[1] / 2) < 30


def test_camera_is_stated() -> None:
    camera = Camera(np.array([[500, 0, 320], [0, 500, 240], [0, 0, 1.0]]), SIZE_WH)
    pictures = [render(OverlayRenderer(SIZE_WH, c)) for c in (None, camera, replace(camera, assumed=True))]
    corner = [picture[:40, PANEL_X + 200 :].astype(int) for picture in pictures]
    assert (corner[0] != corner[1]).any()
    assert (corner[1] != corner[2]).any()


def test_pictures_do_not_share_memory(make_person: Callable[..., PersonResult]) -> None:
    renderer = OverlayRenderer(SIZE_WH)
    first = render(renderer, make_person())
    kept = first.copy()
    render(renderer, make_person(2, (1, 0, 4)), time_s=1.0)
    np.testing.assert_array_equal(first, kept)


def test_video_file_has_the_size_and_times_of_the_frames(
    tmp_path: Path, make_person: Callable[..., PersonResult]
) -> None:
    path = tmp_path / "overlay.mp4"
    times = [0.0, 0.04, 0.08, 0.20]
    with OverlayVideo(path, SIZE_WH, 25.0) as video:
        for i, time_s in enumerate(times):
            video.write(VideoFrame(GREY, i, time_s), FrameResult(i, time_s, (make_person(),)))
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    assert [(f.width, f.height) for f in frames] == [(640 + 432, 480)] * 4
    assert [f.time for f in frames] == pytest.approx(times, abs=1e-4)
    assert [p.name for p in tmp_path.iterdir()] == ["overlay.mp4"]


def test_nothing_is_left_after_a_failure(tmp_path: Path) -> None:
    video = OverlayVideo(tmp_path / "overlay.mp4", SIZE_WH)
    with pytest.raises(KeyError), video:
        video.write(VideoFrame(GREY, 0, 0.0), FrameResult(0, 0.0, ()))
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_unwritable_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"overlay\.mp4 cannot be written"):
        OverlayVideo(tmp_path / "missing" / "overlay.mp4", SIZE_WH)
