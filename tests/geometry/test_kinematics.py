"""Known poses by hand, positions back from rotations, hinges and continuity on recorded motion."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import Clip
from ganbodypose.datasets.mocap import read_mocap, read_split
from ganbodypose.geometry.kinematics import NODES, bone_lengths, forward_kinematics, inverse_kinematics
from ganbodypose.geometry.rotation import matrix_to_rotvec, rotvec_to_matrix
from ganbodypose.skeletons import H36M_17

# A T-pose facing +z: bones of 10 cm (hips), 40 cm (legs), 25 cm (spine), 10 cm (head), 20, 30 and 25 cm (arms)
LENGTHS = np.array([0, 0.1, 0.4, 0.4, 0.1, 0.4, 0.4, 0.25, 0.25, 0.1, 0.1, 0.2, 0.3, 0.25, 0.2, 0.3, 0.25])
HINGES = ("right_knee", "left_knee", "right_elbow", "left_elbow")


def node(name: str) -> int:
    return [n.name for n in NODES].index(name)


@pytest.fixture
def rest() -> np.ndarray:
    """[1,17,3]"""
    identity = np.broadcast_to(np.eye(3), (1, len(NODES), 3, 3))
    return forward_kinematics(identity, LENGTHS, np.array([[0.0, 1.0, 0.0]]))


def test_the_rest_pose_is_a_t_pose(rest: np.ndarray) -> None:
    joint = dict(zip(H36M_17.joints, rest[0], strict=True))
    np.testing.assert_allclose(joint["left_wrist"], [0.75, 1.5, 0])
    np.testing.assert_allclose(joint["right_ankle"], [-0.1, 0.2, 0])
    np.testing.assert_allclose(joint["head_top"], [0, 1.7, 0])


def test_the_rest_pose_has_no_rotations_and_the_lengths(rest: np.ndarray) -> None:
    np.testing.assert_allclose(bone_lengths(rest), LENGTHS, atol=1e-12)
    np.testing.assert_allclose(
        inverse_kinematics(rest)[0], np.broadcast_to(np.eye(3), (len(NODES), 3, 3)), atol=1e-9
    )


@pytest.mark.parametrize(
    ("bent", "rotvec"),
    [
        ("right_knee", [1.2, 0, 0]),  # the shank goes back
        ("left_knee", [0.7, 0, 0]),
        ("left_elbow", [0, -1.2, 0]),  # the forearm goes forward
        ("right_elbow", [0, 1.2, 0]),
        ("left_shoulder", [0, 0, -1.4]),  # the arm comes down
        ("right_hip", [-0.9, 0, 0]),  # the thigh comes up in front
        ("pelvis", [0.3, 2.5, -0.4]),
    ],
)
def test_one_joint_bent(bent: str, rotvec: list[float]) -> None:
    rotations = np.broadcast_to(np.eye(3), (1, len(NODES), 3, 3)).copy()
    rotations[0, node(bent)] = rotvec_to_matrix(np.array(rotvec))
    joints = forward_kinematics(rotations, LENGTHS, np.zeros((1, 3)))
    np.testing.assert_allclose(inverse_kinematics(joints), rotations, atol=1e-9)


def test_an_arm_turned_about_itself_shows_in_the_plane_of_the_limb() -> None:
    """Turned by 97 degrees from palm-forward, a bent arm still bends about its own hinge only."""
    rotations = np.broadcast_to(np.eye(3), (30, len(NODES), 3, 3)).copy()
    angle = np.linspace(0, 1.7, 30)[:, None]
    rotations[:, node("left_shoulder")] = rotvec_to_matrix(angle * [1.0, 0, 0])
    rotations[:, node("left_elbow")] = rotvec_to_matrix(np.array([0, -1.5, 0]))
    joints = forward_kinematics(rotations, LENGTHS, np.zeros((30, 3)))
    twist = matrix_to_rotvec(inverse_kinematics(joints)[:, node("left_shoulder")])
    assert np.abs(twist - angle * [1, 0, 0]).max() < 0.03  # the memory of the frame before lags a little


def test_a_straight_limb_keeps_the_twist_it_had() -> None:
    rotations = np.broadcast_to(np.eye(3), (40, len(NODES), 3, 3)).copy()
    rotations[:, node("left_shoulder")] = rotvec_to_matrix(np.array([1.0, 0, 0]))
    bend = np.r_[np.full(20, 1.5), np.full(20, 0.0)]
    rotations[:, node("left_elbow")] = rotvec_to_matrix(bend[:, None] * [0, -1.0, 0])
    joints = forward_kinematics(rotations, LENGTHS, np.zeros((40, 3)))
    twist = matrix_to_rotvec(inverse_kinematics(joints)[:, node("left_shoulder")])
    np.testing.assert_allclose(twist[15:], np.tile([1.0, 0, 0], (25, 1)), atol=1e-3)


@pytest.mark.parametrize(("knee", "bent_deg"), [("left", -40.0), ("right", -40.0), ("left", -5.0)])
def test_a_knee_that_bends_backwards_is_straightened(knee: str, bent_deg: float) -> None:
    """To the limit of 10 degrees, and without turning the thigh round."""
    rotations = np.broadcast_to(np.eye(3), (5, len(NODES), 3, 3)).copy()
    bent = np.radians([60, 20, bent_deg, bent_deg, 60])
    rotations[:, node(f"{knee}_knee")] = rotvec_to_matrix(bent[:, None] * [1.0, 0, 0])
    joints = forward_kinematics(rotations, LENGTHS, np.zeros((5, 3)))
    solved = inverse_kinematics(joints)
    allowed = np.radians(np.maximum(np.degrees(bent), -10))
    np.testing.assert_allclose(
        matrix_to_rotvec(solved[:, node(f"{knee}_knee")]), allowed[:, None] * [1.0, 0, 0], atol=1e-6
    )
    np.testing.assert_allclose(solved[:, node(f"{knee}_hip")], rotations[:, node(f"{knee}_hip")], atol=1e-6)


def test_a_hip_turns_only_so_far() -> None:
    """What the thigh cannot turn, the shank does sideways, up to 30 degrees."""
    rotations = np.broadcast_to(np.eye(3), (1, len(NODES), 3, 3)).copy()
    rotations[:, node("left_hip")] = rotvec_to_matrix(np.array([0, np.radians(80), 0]))
    rotations[:, node("left_knee")] = rotvec_to_matrix(np.array([1.2, 0, 0]))
    joints = forward_kinematics(rotations, LENGTHS, np.zeros((1, 3)))
    solved = inverse_kinematics(joints)
    np.testing.assert_allclose(
        matrix_to_rotvec(solved[0, node("left_hip")]), [0, np.radians(60), 0], atol=1e-6
    )
    np.testing.assert_allclose(forward_kinematics(solved, LENGTHS, np.zeros((1, 3))), joints, atol=1e-6)


def test_what_is_missing_stays_missing_and_spoils_nothing_else(rest: np.ndarray) -> None:
    joints = np.repeat(rest, 3, axis=0)
    joints[1, H36M_17.index("left_wrist")] = np.nan
    missing = np.isnan(inverse_kinematics(joints)).any((2, 3))
    names = {NODES[n].name for n in np.flatnonzero(missing[1])}
    assert names == {"left_elbow", "left_wrist"}
    assert not missing[[0, 2]].any()
    assert bone_lengths(joints)[H36M_17.index("left_wrist")] == pytest.approx(0.25)


def test_recorded_motion_comes_back(data_dir: Path) -> None:
    """Within 1 cm on average on a few clips; hinges turn about one axis."""
    clips = read_mocap(data_dir / "mocap" / "cmu_iclone_s05-07.npz")
    check(islice(clips, 0, None, 12), frames=100)


@pytest.mark.slow
def test_the_test_split_comes_back(data_dir: Path) -> None:
    check(read_split(data_dir / "mocap", "test"), frames=600)


def check(clips: Iterable[Clip], frames: int) -> None:
    errors, off_axis, step = [], [], []
    for clip in clips:
        joints = clip.joints_m[:frames].astype(float)
        rotations = inverse_kinematics(joints)
        assert np.abs(rotations @ np.swapaxes(rotations, -1, -2) - np.eye(3)).max() < 1e-6
        back = forward_kinematics(rotations, bone_lengths(joints), joints[:, 0])
        errors.append(np.linalg.norm(back - joints, axis=-1).ravel())
        for name in HINGES:
            turn = matrix_to_rotvec(rotations[:, node(name)])
            along = turn[:, 0 if "knee" in name else 1]
            angle = np.linalg.norm(turn, axis=-1)
            off_axis.append(np.sqrt(np.maximum(angle**2 - along**2, 0))[angle > 0.7])
        for name in ("right_hip", "left_shoulder"):
            turn = rotations[:, node(name)]
            change = matrix_to_rotvec(np.swapaxes(turn[:-1], -1, -2) @ turn[1:])
            step.append(np.linalg.norm(change, axis=-1) * clip.fps)
    assert np.concatenate(errors).mean() < 0.01
    assert np.median(np.concatenate(off_axis)) < 0.05  # rad
    assert np.quantile(np.concatenate(step), 0.999) < 40  # rad/s; a flip in one frame is 90 and more
