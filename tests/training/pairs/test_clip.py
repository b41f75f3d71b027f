"""The whole chain with real bodies: builds anny's cache on first use, which takes minutes."""

import numpy as np
import pytest

pytest.importorskip("anny", reason="bodies need the [render] extra")
pytest.importorskip("numba", reason="the renderer needs the [render] extra")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

FRAMES = 4


@pytest.fixture(scope="module")
def maker(data_dir):
    from ganbodypose.training.pairs.body import BodyModel
    from ganbodypose.training.pairs.clip import ClipMaker
    from ganbodypose.training.pairs.motions import Motions
    from ganbodypose.training.pairs.textures import Photographs
    from ganbodypose.training.recordings import recorded_clips

    motions = Motions(list(recorded_clips(data_dir, "train")), FRAMES)
    return ClipMaker(BodyModel(), motions, Photographs.of_split("train"))


def test_a_seed_decides_every_pixel(maker):
    first, again = (list(maker.stage((1, 7)).pictures()) for _ in range(2))
    assert len(first) == FRAMES and all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], next(maker.stage((1, 8)).pictures()))


def test_the_person_is_drawn_where_the_joints_are(maker):
    """Where the picture differs from the empty background is where the true joints project."""
    near = []
    for number in range(6):
        stage = maker.stage((2, number))
        picture = next(stage.pictures()).astype(float)
        px = stage.joints_px[0]
        inside = ((px > 3) & (px < np.array(stage.shot.camera.size_wh) - 4)).all(-1)
        empty = 255 * np.clip(stage.background.picture, 0, 1) ** stage.film.gamma
        change = np.abs(picture - empty).max(-1)
        near += [change[y, x] > 15 for x, y in px[inside].astype(int)]
    assert np.mean(near) > 0.7


def test_bones_are_rigid_and_mostly_upright(maker):
    from ganbodypose.geometry.kinematics import bone_lengths

    joints = maker.stage((3, 0)).actor.joints_m
    lengths = np.stack([bone_lengths(joints[frame : frame + 1]) for frame in range(FRAMES)])
    limbs = [2, 3, 5, 6, 12, 13, 15, 16]
    assert (np.ptp(lengths[:, limbs], axis=0) < 1e-6).all()


@pytest.mark.usefixtures("blazepose_weights")
def test_the_detector_finds_people(maker):
    from ganbodypose.detect import create_detector

    detector = create_detector()
    found = [maker.make((4, number), detector).watched.found.mean() for number in range(6)]
    assert np.median(found) == 1
