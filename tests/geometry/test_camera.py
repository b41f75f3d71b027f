"""Against OpenCV, on random lenses and on Human3.6M's real calibrations."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganbodypose.core import Camera, UserError
from ganbodypose.geometry.camera import (
    _distort_with_jacobian,
    assumed_camera,
    camera_to_world,
    distort,
    project,
    scaled_to,
    undistort,
    unproject,
    world_to_camera,
)

settings.register_profile("relaxed", deadline=None, max_examples=50)
settings.load_profile("relaxed")

opencv_undistort = getattr(cv2, "undistortPointsIter", cv2.undistortPoints)  # one name since OpenCV 5
AHEAD = np.array([0, 0, 4])
MATRIX = np.array([[1100.0, 0, 650], [0, 1080, 350], [0, 0, 1]])


@st.composite
def cameras(draw: st.DrawFn) -> Camera:
    """Mild lenses with 4, 5 or 8 coefficients."""
    count = draw(st.sampled_from([4, 5, 8]))
    limits = [0.15, 0.05, 0.005, 0.005, 0.02, 0.05, 0.02, 0.01][:count]
    distortion = [draw(st.floats(-limit, limit)) for limit in limits]
    return Camera(MATRIX, (1280, 720), np.array(distortion))


points = st.lists(
    st.tuples(st.floats(-0.5, 0.5), st.floats(-0.3, 0.3), st.floats(0.1, 50)), min_size=1, max_size=20
).map(lambda rows: np.array([(x * z, y * z, z) for x, y, z in rows]))


def h36m_cameras(data_dir: Path) -> list[Camera]:
    """All cameras of subject S9, metres."""
    calibration = json.loads((data_dir / "h36m_cameras" / "camera-parameters.json").read_text())
    return [
        Camera(
            np.array(lens["calibration_matrix"]),
            (1000, 1002 if name in ("54138969", "60457274") else 1000),
            np.array(lens["distortion"]),
            np.array(calibration["extrinsics"]["S9"][name]["R"]),
            np.array(calibration["extrinsics"]["S9"][name]["t"]).ravel() / 1000,
        )
        for name, lens in calibration["intrinsics"].items()
    ]


@given(cameras(), points)
def test_project_equals_opencv(camera: Camera, xyz: np.ndarray) -> None:
    expected, _ = cv2.projectPoints(xyz, np.zeros(3), np.zeros(3), camera.matrix, camera.distortion)
    np.testing.assert_allclose(project(camera, xyz), expected[:, 0], rtol=0, atol=1e-8)


@given(cameras(), points)
def test_unproject_inverts_project(camera: Camera, xyz: np.ndarray) -> None:
    np.testing.assert_allclose(unproject(camera, project(camera, xyz)), xyz / xyz[:, 2:], rtol=0, atol=1e-9)


def test_project_by_hand() -> None:
    # x/z = 0.5, y/z = -0.25, r^2 = 0.3125, radial factor 1 + 0.2 * 0.3125 = 1.0625.
    camera = Camera(np.array([[100.0, 0, 10], [0, 200, 20], [0, 0, 1]]), (20, 40), np.array([0.2, 0, 0, 0]))
    np.testing.assert_allclose(project(camera, np.array([1.0, -0.5, 2])), [10 + 53.125, 20 - 53.125])


def test_skew_survives_the_round_trip() -> None:
    camera = Camera(np.array([[100.0, 7, 10], [0, 200, 20], [0, 0, 1]]), (20, 40))
    ray = np.array([0.3, 0.4, 1])
    np.testing.assert_allclose(project(camera, ray), [10 + 30 + 7 * 0.4, 20 + 80])
    np.testing.assert_allclose(unproject(camera, project(camera, ray)), ray)


def test_real_lenses_invert_over_the_whole_picture_and_beyond(data_dir: Path) -> None:
    for camera in h36m_cameras(data_dir):
        u, v = np.meshgrid(np.linspace(-50, 1050, 45), np.linspace(-50, 1050, 45))
        px = np.stack([u, v], axis=-1)
        rays = unproject(camera, px)
        assert np.isfinite(rays).all()
        np.testing.assert_allclose(project(camera, 3 * rays), px, rtol=0, atol=1e-6)
        criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-12)
        expected = opencv_undistort(
            px.reshape(-1, 1, 2),
            camera.matrix,
            camera.distortion,
            R=np.eye(3),
            P=np.eye(3),
            criteria=criteria,
        )
        np.testing.assert_allclose(rays[..., :2].reshape(-1, 2), expected[:, 0], rtol=0, atol=1e-8)


def test_world_frame_of_real_cameras(data_dir: Path) -> None:
    xyz = np.random.default_rng(0).normal(size=(4, 17, 3))
    for camera in h36m_cameras(data_dir):
        assert camera.R_cam_world is not None and camera.t_cam_world is not None
        expected = np.array([camera.R_cam_world @ p + camera.t_cam_world for p in xyz.reshape(-1, 3)])
        np.testing.assert_allclose(world_to_camera(camera, xyz).reshape(-1, 3), expected, atol=1e-12)
        np.testing.assert_allclose(camera_to_world(camera, world_to_camera(camera, xyz)), xyz, atol=1e-12)
        # The four cameras stand 4 to 6 m from the room's origin, 1.3 to 2 m above the floor, upright.
        centre = camera_to_world(camera, np.zeros(3))
        assert 4 < np.hypot(*centre[:2]) < 6.5 and 1.2 < centre[2] < 2.2
        assert world_to_camera(camera, centre + np.array([0, 0, 1]))[1] < -0.9


def test_world_pose_must_be_known() -> None:
    with pytest.raises(ValueError, match="R_cam_world"):
        world_to_camera(Camera(MATRIX, (1280, 720)), np.zeros(3))


@pytest.mark.parametrize("distortion", [np.zeros(5), np.array([0.1, 0, 0, 0, 0])])
def test_behind_the_camera_and_missing_are_nan(distortion: np.ndarray) -> None:
    xyz = np.array([[0.1, 0.2, -1], [0.1, 0.2, 0], [np.nan, 0, 1], [0.1, 0.2, 1]])
    px = project(Camera(MATRIX, (1280, 720), distortion), xyz)
    assert np.isnan(px[:2]).all() and np.isnan(px[2, 0]) and np.isfinite(px[3]).all()
    rays = unproject(Camera(MATRIX, (1280, 720), distortion), px)
    assert np.isnan(rays[:3, 0]).all() and np.isfinite(rays[3]).all()


@given(cameras(), st.floats(-0.5, 0.5), st.floats(-0.3, 0.3))
def test_newton_uses_the_true_derivative(camera: Camera, x: float, y: float) -> None:
    here, step = np.array([x, y]), 1e-6
    _, (dx_dx, dx_dy, dy_dy) = _distort_with_jacobian(here, camera.distortion)
    columns = [
        (distort(here + step * axis, camera.distortion) - distort(here - step * axis, camera.distortion))
        for axis in np.eye(2)
    ]
    expected = np.stack(columns, axis=1) / (2 * step)
    np.testing.assert_allclose([[dx_dx, dx_dy], [dx_dy, dy_dy]], expected, atol=1e-8)


def test_no_ray_where_the_lens_folds_over() -> None:
    # r -> r - r^3 / 2 grows up to r = sqrt(2/3), where it reaches 0.5443; no ray is seen farther out.
    lens = np.array([-0.5, 0, 0, 0])
    inside, outside = undistort(np.array([[0.54, 0], [0.55, 0]]), lens)
    assert inside[0] < np.sqrt(2 / 3) and inside[0] - inside[0] ** 3 / 2 == pytest.approx(0.54)
    assert np.isnan(outside).all()


def test_any_leading_shape() -> None:
    camera = Camera(MATRIX, (1280, 720), np.array([0.1, -0.02, 0.001, 0.002, 0.01]))
    xyz = np.random.default_rng(1).uniform(-1, 1, (2, 3, 17, 3)) + AHEAD
    px = project(camera, xyz.astype(np.float32))
    assert px.shape == (2, 3, 17, 2) and px.dtype == np.float64
    one_by_one = [project(camera, p.astype(np.float32)) for p in xyz.reshape(-1, 3)]
    np.testing.assert_allclose(px.reshape(-1, 2), one_by_one)
    assert unproject(camera, px[0, 0, 0]).shape == (3,)


@pytest.mark.parametrize("size_wh", [(200, 100), (100, 200)])
def test_assumed_camera_spans_its_field_of_view(size_wh: tuple[int, int]) -> None:
    camera = assumed_camera(size_wh, 90)
    assert camera.assumed and camera.size_wh == size_wh
    long_side = int(np.argmax(size_wh))
    # The picture reaches from -0.5 to size - 0.5; its middle lies on the axis, its ends at 45 degrees.
    low = np.array([(n - 1) / 2 for n in size_wh])
    low[long_side] = -0.5
    np.testing.assert_allclose(unproject(camera, low)[long_side], -1)
    high = low.copy()
    high[long_side] = size_wh[long_side] - 0.5
    np.testing.assert_allclose(unproject(camera, high)[long_side], 1)
    assert not assumed_camera(size_wh, 90, assumed=False).assumed


def test_default_field_of_view_is_55_degrees() -> None:
    camera = assumed_camera((1920, 1080))
    assert np.degrees(2 * np.arctan(960 / camera.matrix[0, 0])) == pytest.approx(55)


@pytest.mark.parametrize("fov", [0, -10, 180, np.nan])
def test_impossible_field_of_view(fov: float) -> None:
    with pytest.raises(UserError, match="field of view"):
        assumed_camera((640, 480), fov)


def test_scaled_camera_sees_the_resized_picture() -> None:
    camera = Camera(MATRIX, (1280, 720), np.array([0.1, 0, 0.001, 0, 0]))
    half = scaled_to(camera, (640, 360))
    xyz = np.random.default_rng(2).uniform(-1, 1, (20, 3)) + AHEAD
    # Edges of pixels keep their place: -0.5 stays -0.5.
    np.testing.assert_allclose(project(half, xyz) + 0.5, (project(camera, xyz) + 0.5) / 2)
    assert half.size_wh == (640, 360)
    np.testing.assert_allclose(scaled_to(half, (1280, 720)).matrix, camera.matrix)
    assert scaled_to(camera, (1280, 720)) is camera


def test_scaling_allows_rounding_but_no_other_shape() -> None:
    camera = Camera(MATRIX, (1920, 1080))
    assert scaled_to(camera, (854, 480)).size_wh == (854, 480)  # 480p is not exactly 16:9
    for other in ((1080, 1920), (1440, 1080)):
        with pytest.raises(UserError, match=f"{other[0]}x{other[1]}"):
            scaled_to(camera, other)
