import numpy as np
import pytest

from ganbodypose.quality.movement.angles import ANGLES, angle_between, joint_angles
from ganbodypose.skeletons import H36M_17


def move(pose: np.ndarray, joint: str, to: str, offset_m: tuple[float, float, float]) -> None:
    pose[H36M_17.index(joint)] = pose[H36M_17.index(to)] + offset_m


def test_standing_is_zero_everywhere(standing: np.ndarray) -> None:
    angles = joint_angles(standing)
    assert set(angles) == {(angle, side) for angle in ANGLES for side in ("left", "right")}
    for value in angles.values():
        assert value == pytest.approx(0, abs=1e-9)


def test_sitting_and_reaching(standing: np.ndarray) -> None:
    move(standing, "right_knee", "right_hip", (0, 0, -0.45))  # thigh forwards, shin straight down
    move(standing, "right_ankle", "right_knee", (0, 0.45, 0))
    move(standing, "left_elbow", "left_shoulder", (0.3, 0, 0))  # upper arm sideways, forearm up
    move(standing, "left_wrist", "left_elbow", (0, -0.25, 0))
    move(standing, "right_elbow", "right_shoulder", (0, -0.3, 0))  # arm overhead
    move(standing, "right_wrist", "right_elbow", (0, -0.25, 0))
    degrees = {key: float(value) for key, value in joint_angles(standing).items()}
    assert degrees == pytest.approx(
        {
            ("knee flexion", "left"): 0,
            ("knee flexion", "right"): 90,
            ("hip flexion", "left"): 0,
            ("hip flexion", "right"): 90,
            ("elbow flexion", "left"): 90,
            ("elbow flexion", "right"): 0,
            ("shoulder elevation", "left"): 90,
            ("shoulder elevation", "right"): 180,
        },
        abs=1e-9,
    )


def test_do_not_depend_on_the_camera(standing: np.ndarray) -> None:
    pose = standing + np.random.default_rng(0).normal(0, 0.1, standing.shape)
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    moved = pose @ turn.T + [1, 2, 3]
    for key, value in joint_angles(pose).items():
        assert joint_angles(moved)[key] == pytest.approx(value, abs=1e-6)


def test_shape_and_missing_joints(standing: np.ndarray) -> None:
    poses = np.stack([standing, standing]).astype(np.float32)
    poses[1, H36M_17.index("left_ankle")] = np.nan
    angles = joint_angles(poses)
    assert np.isnan(angles["knee flexion", "left"]).tolist() == [False, True]
    assert np.isfinite(angles["knee flexion", "right"]).all()


@pytest.mark.parametrize("degrees", [0, 1e-4, 45, 90, 179.9999, 180])
def test_angle_between_is_exact_at_both_ends(degrees: float) -> None:
    angle = np.radians(degrees)
    assert angle_between(np.array([2.0, 0, 0]), np.array([np.cos(angle), np.sin(angle), 0])) == pytest.approx(
        degrees, abs=1e-9
    )


def test_no_length_no_angle() -> None:
    assert np.isnan(angle_between(np.zeros(3), np.array([1.0, 0, 0])))
