import numpy as np
import pytest

from ganbodypose.core import Camera, Keypoints2D, UserError
from ganbodypose.geometry.camera import assumed_camera
from ganbodypose.lift.engine import FORGET_AFTER_S, LiftingEngine
from ganbodypose.lift.network import StepNetwork

CAMERA = assumed_camera((1280, 720), 55.0)
RNG = np.random.default_rng(0)
BODY = RNG.normal([640, 360], [60, 150], (17, 2))


def keypoints(shift=0.0, seed=0, depth=True):
    rng = np.random.default_rng(seed)
    xy = BODY + shift + rng.normal(0, 2, (17, 2))
    return Keypoints2D(xy, rng.uniform(0.7, 1, 17), depth_m=rng.normal(0, 0.2, 17) if depth else None)


def lift_all(engine, frames, fps=30):
    """frames: one list of (id, keypoints) each."""
    return [engine.step(tracked, i / fps) for i, tracked in enumerate(frames)]


def test_shapes_and_ranges(tiny_network):
    pose = LiftingEngine(CAMERA, StepNetwork(tiny_network)).step([(4, keypoints())], 0.0)[0]
    assert pose.joints_3d_m.shape == (17, 3) and (pose.joints_3d_m[0] == 0).all()
    assert pose.expected_error_m.shape == (17,) and pose.expected_error_m[0] == 0
    assert (pose.expected_error_m[1:] > 0).all() and 0 <= pose.pose_quality <= 1
    assert pose.realness.shape == (5,)


@pytest.fixture(params=["tiny_network", "tiny_mirrored"])
def some_network(request: pytest.FixtureRequest):
    """One that sees each frame once and one that sees it mirrored, too."""
    return request.getfixturevalue(request.param)


def test_persons_in_a_batch_equal_each_alone_whatever_the_order(some_network):
    frames = [[(1, keypoints(0, i)), (2, keypoints(90, 50 + i))] for i in range(8)]
    frames[3].reverse()
    together = lift_all(LiftingEngine(CAMERA, StepNetwork(some_network)), frames)
    for person in (1, 2):
        alone = lift_all(
            LiftingEngine(CAMERA, StepNetwork(some_network)),
            [[p for p in f if p[0] == person] for f in frames],
        )
        for frame, batch, single in zip(frames, together, alone, strict=True):
            row = [i for i, _ in frame].index(person)
            np.testing.assert_allclose(batch[row].joints_3d_m, single[0].joints_3d_m, atol=1e-5)
            np.testing.assert_allclose(batch[row].expected_error_m, single[0].expected_error_m, atol=1e-5)


def test_somebody_back_after_a_short_absence_is_remembered_and_after_a_long_one_is_not(some_network):
    def last_pose(gap_s):
        engine = LiftingEngine(CAMERA, StepNetwork(some_network))
        lift_all(engine, [[(1, keypoints(0, i))] for i in range(10)])
        start = 10 / 30
        for i in range(int(gap_s * 30)):
            engine.step([], start + i / 30)
        return engine.step([(1, keypoints(0, 99))], start + gap_s)[0].joints_3d_m

    fresh = LiftingEngine(CAMERA, StepNetwork(some_network)).step([(1, keypoints(0, 99))], 0.0)[0].joints_3d_m
    assert np.abs(last_pose(FORGET_AFTER_S / 2) - fresh).max() > 1e-4
    np.testing.assert_allclose(last_pose(FORGET_AFTER_S + 0.5), fresh, atol=1e-6)


def test_turning_the_camera_turns_the_result(tiny_network):
    """Seen at the picture's edge, the same person gives the same pose, turned into the camera's frame."""
    centre = LiftingEngine(CAMERA, StepNetwork(tiny_network)).step([(1, keypoints(depth=False))], 0.0)[0]
    turned_camera = Camera(CAMERA.matrix - np.array([[0, 0, 500], [0, 0, 0], [0, 0, 0]]), CAMERA.size_wh)
    pose = LiftingEngine(turned_camera, StepNetwork(tiny_network)).step([(1, keypoints(depth=False))], 0.0)[0]
    assert np.abs(pose.joints_3d_m - centre.joints_3d_m).max() > 0.01
    assert pose.root_camera_m[0] > centre.root_camera_m[0]


def test_height_scales_pose_root_and_error_alike(tiny_network):
    poses = [
        LiftingEngine(CAMERA, StepNetwork(tiny_network), height_m=h).step([(1, keypoints())], 0.0)[0]
        for h in (1.0, 2.0)
    ]
    for field in ("joints_3d_m", "root_camera_m"):
        np.testing.assert_allclose(2 * getattr(poses[0], field), getattr(poses[1], field))
    np.testing.assert_allclose(2 * poses[0].expected_error_m, poses[1].expected_error_m)


def test_missing_joints_are_predicted_and_an_unseen_person_too(tiny_network):
    gone = keypoints()
    xy = gone.xy_px.copy()
    xy[[2, 3]] = np.nan
    engine = LiftingEngine(CAMERA, StepNetwork(tiny_network))
    engine.step([(1, keypoints())], 0.0)
    pose = engine.step([(1, Keypoints2D(xy, np.where(np.isnan(xy[:, 0]), 0, gone.confidence)))], 1 / 30)[0]
    assert np.isfinite(pose.joints_3d_m).all() and np.isfinite(pose.root_camera_m).all()


def test_nobody_is_an_empty_list(tiny_network):
    assert LiftingEngine(CAMERA, StepNetwork(tiny_network)).step([], 0.0) == []


def test_unknown_model_and_wrong_file_are_user_errors(tmp_path):
    with pytest.raises(UserError, match="Unknown mode 'best'"):
        StepNetwork("best")
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"not a network")
    with pytest.raises(UserError, match="not a lifting network"):
        StepNetwork(wrong)
