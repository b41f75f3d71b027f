from collections.abc import Callable

import numpy as np
import pytest

from ganbodypose.core import Camera, PersonResult
from ganbodypose.report.viewpoint import Follower, Ground, ViewCamera

LEVEL = Ground.of(None)
TURN_LEFT = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], dtype=float)  # about the vertical, by 90 degrees


def test_projection_is_the_pinhole_formula() -> None:
    view = ViewCamera(np.array([1.0, 2.0, 3.0]), np.eye(3), 100.0, np.array([50.0, 40.0]))
    px, depth = view.project(np.array([[1.5, 1.0, 5.0], [1.0, 2.0, 2.0]]))
    np.testing.assert_allclose(px[0], [50 + 100 * 0.5 / 2, 40 - 100 * 1.0 / 2])
    assert depth.tolist() == [2.0, -1.0]
    assert np.isnan(px[1]).all()


def test_level_ground() -> None:
    np.testing.assert_allclose([LEVEL.up, LEVEL.east, LEVEL.south], [[0, -1, 0], [1, 0, 0], [0, 0, 1]])


def test_up_comes_from_the_camera_pose_where_known() -> None:
    pitch = np.radians(20)  # a camera that looks down by 20 degrees, along the world's y
    down = np.array([0, -np.sin(pitch), -np.cos(pitch)])
    forward = np.array([0, np.cos(pitch), -np.sin(pitch)])
    rotation = np.stack([[1, 0, 0], down, forward])
    camera = Camera(np.diag([500, 500, 1]), (640, 480), R_cam_world=rotation, t_cam_world=np.zeros(3))
    ground = Ground.of(camera)
    np.testing.assert_allclose(ground.up, [0, -np.cos(pitch), -np.sin(pitch)])
    np.testing.assert_allclose(
        np.stack([ground.east, ground.south, ground.up]) @ ground.up, [0, 0, 1], atol=1e-12
    )


@pytest.mark.parametrize("azimuth", [0.0, 1.0, -2.0])
def test_eye_looks_at_its_target_from_above(azimuth: float) -> None:
    target = np.array([0.3, -0.2, 4.0])
    eye, axes = LEVEL.look(target, azimuth, 5.0)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)
    px, depth = ViewCamera(eye, axes, 100.0, np.zeros(2)).project(np.stack([target, target + LEVEL.up]))
    np.testing.assert_allclose(px[0], 0, atol=1e-9)
    assert depth[0] == pytest.approx(5.0)
    assert px[1, 1] < -10  # up in the scene is up in the picture
    assert eye @ LEVEL.up > target @ LEVEL.up


def test_from_the_front_left_and_right_are_as_in_the_video(standing: np.ndarray) -> None:
    eye, axes = LEVEL.look(np.zeros(3), LEVEL.facing(standing), 5.0)
    px, _ = ViewCamera(eye, axes, 100.0, np.zeros(2)).project(standing)
    assert px[1, 0] < 0 < px[4, 0]  # right hip to the left of the left hip


@pytest.mark.parametrize(("turns", "degrees"), [(0, 0), (1, -90), (2, 180), (3, 90)])
def test_facing(standing: np.ndarray, turns: int, degrees: float) -> None:
    body = standing @ np.linalg.matrix_power(TURN_LEFT, turns).T
    facing = np.degrees(LEVEL.facing(body))
    assert (facing - degrees + 180) % 360 == pytest.approx(180)


def test_facing_unknown(standing: np.ndarray) -> None:
    assert np.isnan(LEVEL.facing(np.full((17, 3), np.nan)))
    standing[:, 0] = 0
    assert np.isnan(LEVEL.facing(standing))


def eye_azimuth(follower: Follower) -> float:
    view = follower.camera(next(iter(follower._placed.values())), 1.0, (100, 100), np.zeros(2))
    back = -view.axes[2]
    return float(np.degrees(np.arctan2(back @ LEVEL.east, -(back @ LEVEL.south))))


def test_the_view_turns_with_the_person(
    standing: np.ndarray, make_person: Callable[..., PersonResult]
) -> None:
    follower, turned = Follower(LEVEL), standing @ TURN_LEFT.T
    follower.update([make_person()], 0.0)
    before = eye_azimuth(follower)
    for frame in range(1, 226):  # nine seconds: a whole period of the sway
        follower.update([make_person(joints_3d_m=turned)], frame / 25)
    assert (eye_azimuth(follower) - before + 180) % 360 - 180 == pytest.approx(-90, abs=2)


def test_one_wrong_frame_hardly_moves_the_view(
    standing: np.ndarray, make_person: Callable[..., PersonResult]
) -> None:
    follower = Follower(LEVEL)
    follower.update([make_person()], 0.0)
    before = eye_azimuth(follower)
    follower.update([make_person(joints_3d_m=standing * [-1, 1, 1])], 1 / 25)  # left and right swapped
    assert abs(eye_azimuth(follower) - before) < 6


def test_frame_rate_does_not_change_the_turn(
    standing: np.ndarray, make_person: Callable[..., PersonResult]
) -> None:
    c, s = np.cos(np.radians(30)), np.sin(np.radians(30))
    turned = standing @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T
    ends = []
    for fps in (10, 100):
        follower = Follower(LEVEL)
        follower.update([make_person()], 0.0)
        for frame in range(1, round(0.4 * fps) + 1):
            follower.update([make_person(joints_3d_m=turned)], frame / fps)
        ends.append(eye_azimuth(follower))
    assert ends[0] == pytest.approx(ends[1], abs=0.1)


def test_floor_stays_in_a_jump_and_falls_soon(make_person: Callable[..., PersonResult]) -> None:
    follower = Follower(LEVEL)

    def floor_y(height_m: float, seconds: float, start_s: float) -> float:
        for frame in range(1, round(seconds * 25) + 1):
            placed = follower.update([make_person(at_m=(0, -height_m, 4))], start_s + frame / 25)[0]
        return float(follower.on_floor(np.zeros(3), placed.floor_m)[1])

    standing_y = floor_y(0.0, 0.2, 0.0)
    assert standing_y == pytest.approx(0.97)  # ankle at 0.9, sole 0.07 below
    assert floor_y(0.4, 0.4, 0.2) == pytest.approx(standing_y, abs=0.08)
    assert floor_y(-0.3, 0.6, 0.6) == pytest.approx(standing_y + 0.3, abs=0.01)


def test_jitter_along_the_ray_is_eased_but_not_across(make_person: Callable[..., PersonResult]) -> None:
    follower = Follower(LEVEL)
    follower.update([make_person(at_m=(1.0, 0, 4.0))], 0.0)
    body = follower.update([make_person(at_m=(1.25, 0, 5.0))], 1 / 25)[
        0
    ].joints_m  # the same ray, one metre farther
    assert 4.0 < body[0, 2] < 4.2
    assert body[0, 0] / body[0, 2] == pytest.approx(0.25)


def test_unknown_root_stays_where_it_was(make_person: Callable[..., PersonResult]) -> None:
    follower, unknown = Follower(LEVEL), make_person(root_camera_m=np.full(3, np.nan))
    assert np.isfinite(follower.update([unknown], 0.0)[0].joints_m).all()
    follower.update([make_person(2, at_m=(1, 0, 3.0))], 0.0)
    placed = follower.update([make_person(2, root_camera_m=np.full(3, np.nan))], 1 / 25)[0]
    np.testing.assert_allclose(placed.root_m, [1, 0, 3])


def test_unknown_pelvis_does_not_stop_the_view(
    standing: np.ndarray, make_person: Callable[..., PersonResult]
) -> None:
    standing[0] = np.nan
    follower = Follower(LEVEL)
    placed = follower.update([make_person(joints_3d_m=standing)], 0.0)[0]
    assert np.isfinite(follower.camera(placed, 1.0, (100, 100), np.zeros(2)).eye_m).all()


def zoom_with(follower: Follower, *persons: PersonResult) -> tuple[float, int]:
    people = follower.update(persons, 0.0)
    return follower.zoom_out, len(people)


def test_zooms_out_for_a_neighbour_only(make_person: Callable[..., PersonResult]) -> None:
    main, neighbour, distant = (make_person(i, (x, 0.0, 4.0)) for i, x in enumerate((0.0, 2.0, 5.0)))
    assert zoom_with(Follower(LEVEL), main) == (pytest.approx(1), 1)
    zoom, people = zoom_with(Follower(LEVEL), main, neighbour, distant)
    assert (zoom > 1.5, people) == (True, 2)
    assert zoom_with(Follower(LEVEL), main, distant) == (pytest.approx(1), 1)


def test_everybody_stands_on_their_own_floor(make_person: Callable[..., PersonResult]) -> None:
    people = Follower(LEVEL).update([make_person(1), make_person(2, (1.0, 0.5, 4.0))], 0.0)
    assert [p.floor_m for p in people] == pytest.approx([-0.97, -1.47])


def test_a_high_jump_stays_in_view(make_person: Callable[..., PersonResult]) -> None:
    follower = Follower(LEVEL)
    follower.update([make_person()], 0.0)
    placed = follower.update([make_person(at_m=(0, -2.0, 4))], 0.04)[0]
    view = follower.camera(placed, 0.97, (200, 200), np.array([100.0, 100.0]))
    px, _ = view.project(placed.root_m)
    assert 20 < px[1] < 100
