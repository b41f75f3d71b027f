import cv2
import numpy as np
import pytest

from ganbodypose.core import Camera
from ganbodypose.geometry.camera import project, world_to_camera
from ganbodypose.training.pairs.background import Place, _Canvas, make_background
from ganbodypose.training.pairs.cameras import orientation
from ganbodypose.training.pairs.motions import Motion, mirrored
from ganbodypose.training.pairs.textures import Photographs, surface

NONE = Photographs({}, {}, {})
PLACE = Place(np.array([-0.4, -0.4, 0.0]), np.array([0.4, 0.4, 1.7]), 0.0)


@pytest.fixture
def camera():
    """3 m from the origin at breast height, looking at it, with a lens that bends."""
    R = orientation(0.4, 0.1, 0.1)
    K = np.array([[150, 0, 79.5], [0, 150, 59.5], [0, 0, 1]], float)
    t = np.array([0, 0, 3.0]) - R @ [0, 0, 0.9]
    return Camera(K, (160, 120), np.array([-0.15, 0.02, 0, 0, 0]), R, t)


def test_every_pixel_knows_its_place_and_depth(camera):
    rng = np.random.default_rng(0)
    kinds = set()
    for _ in range(12):
        background = make_background(camera, PLACE, NONE, rng)
        kinds.add(background.kind)
        known = np.isfinite(background.points[..., 0]) & (background.inverse_depth > 0)
        rows, columns = np.nonzero(known)
        in_camera = world_to_camera(camera, background.points[known])
        assert np.allclose(1 / in_camera[:, 2], background.inverse_depth[known], rtol=1e-3)
        off = np.linalg.norm(project(camera, in_camera) - np.stack([columns, rows], -1), axis=-1)
        assert np.median(off) < 0.1 and off.max() < 1
    assert kinds == {"room", "open"}


def test_a_room_surrounds_and_nothing_stands_in_the_person(camera):
    for seed in range(12):
        background = make_background(camera, PLACE, NONE, np.random.default_rng(seed))
        if background.kind == "room":
            assert (background.inverse_depth > 0).all()
        points = background.points.reshape(-1, 3)
        inside = ((points > PLACE.low + 0.01) & (points < PLACE.high - 0.01)).all(-1)
        assert background.hiding or not inside.any()


def test_without_a_floor_there_is_nothing_to_stand_on(camera):
    floating = Place(PLACE.low, PLACE.high, None)
    background = make_background(camera, floating, NONE, np.random.default_rng(0))
    assert background.kind == "plain" and not background.inverse_depth.any()


def test_a_panorama_keeps_its_horizon(camera):
    canvas = _Canvas(camera)
    picture = np.zeros((64, 128, 3), np.uint8)
    picture[:32] = 255  # white sky, black ground
    canvas.panorama(picture, np.random.default_rng(0))
    up = canvas.rays[..., 2] / np.linalg.norm(canvas.rays, axis=-1)
    assert (canvas.picture[up > 0.05] > 0.5).all() and (canvas.picture[up < -0.05] < 0.1).all()


def test_splits_share_no_photograph():
    splits = [Photographs.of_split(split) for split in ("train", "val", "test")]
    names = [set(p.flat) | set(p.panoramas) for p in splits]
    assert not (names[0] & names[1] or names[0] & names[2] or names[1] & names[2])


def test_surfaces_are_pictures():
    for seed in range(20):
        tile = surface(np.random.default_rng(seed), {})
        assert tile.dtype == np.float32 and tile.shape == (256, 256, 3) and 0 <= tile.min() <= tile.max() <= 1
        cv2.GaussianBlur(tile, (0, 0), 1)  # is what OpenCV takes


def test_mirroring_twice_is_the_same_motion():
    joints = np.random.default_rng(0).normal(size=(4, 17, 3))
    motion = Motion(joints, "a:b", "s", "", 0, False)
    twice = mirrored(mirrored(motion))
    assert np.allclose(twice.joints_m, joints) and not twice.mirrored
    assert np.allclose(mirrored(motion).joints_m[:, 4], joints[:, 1] * [-1, 1, 1])


def test_what_stands_before_somebody_hides_a_part_only():
    R = orientation(0.4, -0.1, 0.0)  # a low camera: even a low box can hide all
    K = np.array([[150, 0, 79.5], [0, 150, 59.5], [0, 0, 1]], float)
    camera = Camera(K, (160, 120), R_cam_world=R, t_cam_world=np.array([0, 0, 3.7]) - R @ [0, 0, 0.9])
    hidden = []
    for seed in range(150):
        background = make_background(camera, PLACE, NONE, np.random.default_rng(seed))
        if background.hiding:
            body = np.random.default_rng(seed).uniform([-0.2, -0.2, 0], [0.2, 0.2, 1.7], (300, 3))
            in_camera = world_to_camera(camera, body)
            column, row = project(camera, in_camera).round().astype(int).T
            inside = (column >= 0) & (row >= 0) & (column < 160) & (row < 120)
            before = background.inverse_depth[row[inside], column[inside]] > 1 / in_camera[inside, 2]
            hidden.append(before.mean())
    assert 0.05 < np.mean(hidden) < 0.4 and max(hidden) < 0.75, (len(hidden), np.mean(hidden), max(hidden))
