import numpy as np
import pytest

from ganbodypose.quality.movement.isb import hip_angles, isb_angles, shoulder_angles, trunk_angles
from ganbodypose.skeletons import H36M_17

FORWARD, UP, RIGHT = np.array([0.0, 0, -1]), np.array([0.0, -1, 0]), np.array([-1.0, 0, 0])


def point(pose: np.ndarray, start: str, end: str, direction: np.ndarray) -> None:
    pose[H36M_17.index(end)] = pose[H36M_17.index(start)] + 0.4 * direction


def turn_thorax(pose: np.ndarray, axis: np.ndarray, degrees: float) -> None:
    """Everything above the spine joint, right-handed about `axis` (Rodrigues)."""
    upper = [i for i, j in enumerate(H36M_17.joints) if j in ("thorax", "left_shoulder", "right_shoulder")]
    spine = pose[H36M_17.index("spine")]
    v, a = pose[upper] - spine, np.radians(degrees)
    pose[upper] = (
        spine + v * np.cos(a) + np.cross(axis, v) * np.sin(a) + np.outer(v @ axis, axis) * (1 - np.cos(a))
    )


@pytest.mark.parametrize(("side", "outward"), [("right", RIGHT), ("left", -RIGHT)])
def test_hip_by_hand(standing: np.ndarray, side: str, outward: np.ndarray) -> None:
    a = np.radians(30)
    for direction, flexion, adduction in (
        (-UP, 0, 0),
        (-UP * np.cos(a) + FORWARD * np.sin(a), 30, 0),
        (-UP * np.cos(a) - FORWARD * np.sin(a), -30, 0),
        (-UP * np.cos(a) + outward * np.sin(a), 0, -30),
        (-UP * np.cos(a) - outward * np.sin(a), 0, 30),
    ):
        point(standing, f"{side}_hip", f"{side}_knee", direction)
        hip = hip_angles(standing, side)
        assert (hip["flexion"], hip["adduction"]) == pytest.approx((flexion, adduction), abs=1e-9)


@pytest.mark.parametrize(("side", "outward"), [("right", RIGHT), ("left", -RIGHT)])
def test_shoulder_by_hand(standing: np.ndarray, side: str, outward: np.ndarray) -> None:
    for direction, elevation, plane in (
        (outward, 90, 0),
        (FORWARD, 90, 90),
        (outward + UP, 135, 0),
        (-UP - FORWARD, 45, -90),
        (outward + FORWARD, 90, 45),
    ):
        point(standing, f"{side}_shoulder", f"{side}_elbow", direction)
        shoulder = shoulder_angles(standing, side)
        assert (shoulder["elevation"], shoulder["plane"]) == pytest.approx((elevation, plane), abs=1e-9)


def test_a_hanging_arm_is_raised_in_no_plane(standing: np.ndarray) -> None:
    shoulder = shoulder_angles(standing, "left")
    assert shoulder["elevation"] == pytest.approx(0, abs=1e-9)
    assert np.isnan(shoulder["plane"])


@pytest.mark.parametrize(
    ("axis", "name"), [(-RIGHT, "flexion"), (FORWARD, "bending"), (UP, "rotation")], ids=str
)
def test_trunk_by_hand(standing: np.ndarray, axis: np.ndarray, name: str) -> None:
    """Right-handed: about the left axis the trunk bends forwards, about forward to the right, about up it
    turns left."""
    turn_thorax(standing, axis, 25)
    expected = dict.fromkeys(("flexion", "bending", "rotation"), 0.0) | {name: 25.0}
    assert {k: float(v) for k, v in trunk_angles(standing).items()} == pytest.approx(expected, abs=1e-9)


def test_camera_free_and_missing_is_missing(standing: np.ndarray) -> None:
    pose = standing + np.random.default_rng(0).normal(0, 0.05, standing.shape)
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    poses = np.stack([pose, pose @ turn.T + [1, 2, 3]])
    poses = np.concatenate([poses, poses[:1]])
    poses[2, H36M_17.index("left_knee")] = np.nan
    for (angle, side), (here, there, missing) in isb_angles(poses).items():
        assert there == pytest.approx(here, abs=1e-6)
        assert np.isnan(missing) == (angle.startswith("hip") and side == "left")
