import numpy as np
import pytest

from ganbodypose.core import Camera
from ganbodypose.geometry.camera import project, world_to_camera
from ganbodypose.geometry.rotation import rotvec_to_matrix

pytest.importorskip("numba", reason="the renderer needs the [render] extra")

from ganbodypose.training.pairs import kernels


def rasterized(points, faces, one_sided=False, behind=0.0, side=40):
    """Nearest inverse depth and face [side,side] of points [V,3] (pixels and depth)."""
    pixels, inverse = points[:, :2].astype(np.float32), (1 / points[:, 2]).astype(np.float32)
    nearest, face_at = np.full((side, side), behind, np.float32), np.full((side, side), -1, np.int32)
    second, third = np.zeros((2, side, side), np.float32)
    sides = np.full(len(faces), one_sided)
    kernels.rasterize(pixels, inverse, faces, sides, nearest, face_at, second, third)
    return nearest, face_at, second, third


def test_a_triangle_covers_the_pixels_inside_it_with_the_right_depth():
    points = np.array([[5, 5, 2], [5, 30, 4], [30, 5, 8]], float)
    nearest, face_at, second, third = rasterized(points, np.array([[0, 1, 2]], np.int32))
    y, x = np.mgrid[:40, :40]
    inside = (x >= 5) & (y >= 5) & (x + y <= 35)
    assert np.array_equal(face_at == 0, inside)
    along_y, along_x = (y - 5) / 25, (x - 5) / 25
    expected = 0.5 + along_y * (0.25 - 0.5) + along_x * (0.125 - 0.5)
    assert np.allclose(nearest[inside], expected[inside], atol=1e-5)
    assert np.allclose(second[inside], along_y[inside], atol=1e-5)
    assert np.allclose(third[inside], along_x[inside], atol=1e-5)


def test_the_nearer_triangle_wins_and_what_is_behind_something_stays_hidden():
    points = np.array([[2, 2, 5], [2, 38, 5], [38, 2, 5], [2, 2, 3], [2, 38, 3], [38, 2, 3]], float)
    faces = np.array([[3, 4, 5], [0, 1, 2]], np.int32)
    assert rasterized(points, faces)[1][10, 10] == 0
    assert rasterized(points, faces[::-1].copy())[1][10, 10] == 1
    assert (rasterized(points, faces, behind=1.0)[1] == -1).all()


def test_one_sided_triangles_show_only_their_front():
    points = np.array([[2, 2, 5], [2, 38, 5], [38, 2, 5]], float)
    assert (rasterized(points, np.array([[0, 1, 2]], np.int32), one_sided=True)[1] == 0).any()
    assert (rasterized(points, np.array([[0, 2, 1]], np.int32), one_sided=True)[1] == -1).all()


def test_projection_is_the_package_camera_s():
    rng = np.random.default_rng(0)
    K = np.array([[500, 0, 321.5], [0, 510, 238], [0, 0, 1]])
    distortion = np.array([-0.2, 0.03, 1e-3, -2e-3, 0.01])
    camera = Camera(
        K, (640, 480), distortion, rotvec_to_matrix(np.array([0.1, -0.4, 0.2])), np.array([0.1, 0.2, 3.0])
    )
    points = rng.normal(0, 0.8, (200, 3)).astype(np.float32)
    pixels, inverse = np.empty((200, 2), np.float32), np.empty(200, np.float32)
    kernels.project(points, camera.R_cam_world, camera.t_cam_world, K, distortion, 0.15, pixels, inverse)
    in_camera = world_to_camera(camera, points)
    front = in_camera[:, 2] > 0.15
    assert np.allclose(pixels[front], project(camera, in_camera)[front], atol=0.01)
    assert np.allclose(inverse[front], 1 / in_camera[front, 2], rtol=1e-4)
    assert (inverse[~front] == 0).all()


def test_skinning_turns_points_about_their_bone():
    rest = np.array([[1, 0, 0], [0, 0, 1], [1, 0, 1]], np.float32)
    weights = np.array([[1, 0], [1, 0], [0.5, 0.5]], np.float32)
    bones = np.array([[0, 1]] * 3, np.int32)
    turn = rotvec_to_matrix(np.array([0, 0, np.pi / 2]))
    rotations = np.stack([turn, np.eye(3)]).astype(np.float32)
    heads = np.array([[0, 0, 1], [0, 0, 0]], np.float32)  # the first bone is also lifted by 1
    out = np.empty_like(rest)
    kernels.skin(rest, weights, bones, rotations, heads, np.zeros((2, 3), np.float32), out)
    assert np.allclose(out, [[0, 1, 1], [0, 0, 2], [0.5, 0.5, 1.5]], atol=1e-6)


def test_normals_of_a_plane():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], np.float32)
    normals = np.empty_like(points)
    kernels.vertex_normals(points, np.array([[0, 1, 2], [1, 3, 2]], np.int32), normals)
    assert np.allclose(normals, [0, 0, 1])


def test_shadows_fall_behind_what_the_light_meets():
    shadows = np.full((32, 32), np.inf, np.float32)
    corners = np.array([[8, 8, 1], [8, 24, 1], [24, 8, 1], [24, 24, 1]], np.float32)
    kernels.shadow_map(corners, np.array([[0, 1, 2], [1, 3, 2]], np.int32), shadows)
    picture = np.ones((1, 3, 3), np.float32)
    places = np.array([[[16, 16, 2], [16, 16, 0.5], [np.nan] * 3]], np.float32)  # behind, before, nowhere
    kernels.cast_shadows(picture, places, shadows, np.zeros(3, np.float32), np.float32(0.6))
    assert np.allclose(picture[0, :, 0], [0.4, 1, 1])
