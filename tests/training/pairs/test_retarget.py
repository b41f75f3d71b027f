import numpy as np
import pytest

from ganbodypose.geometry.rotation import unit
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.pairs.actor import stand
from ganbodypose.training.pairs.joints import (
    ANKLE_RAISED,
    HIP_SPACING,
    along,
    body_joints,
    with_joint_centres,
)
from ganbodypose.training.pairs.retarget import frame_of, partway, retarget, smooth_noise

HEADS = {"hip": "upperleg01", "knee": "lowerleg01", "ankle": "foot"}
HEADS |= {"shoulder": "upperarm01", "elbow": "lowerarm01", "wrist": "wrist"}
LIMBS = [("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")]


@pytest.fixture(scope="module")
def joints():
    """[40,17,3] m: somebody with bent knees and elbows who walks along x."""
    names = [
        "pelvis 0 0 .9",
        "right_hip 0 -.1 .9",
        "right_knee .15 -.1 .5",
        "right_ankle -.05 -.1 .1",
        "left_hip 0 .1 .9",
        "left_knee .2 .1 .52",
        "left_ankle .1 .1 .12",
        "spine 0 0 1.15",
        "thorax .02 0 1.42",
        "neck_nose .06 0 1.55",
        "head_top .05 0 1.75",
        "left_shoulder .02 .17 1.4",
        "left_elbow .05 .3 1.15",
        "left_wrist .2 .25 1.3",
        "right_shoulder .02 -.17 1.4",
        "right_elbow -.05 -.25 1.15",
        "right_wrist .15 -.3 1.0",
    ]
    at = {name: [float(v) for v in xyz] for name, *xyz in (entry.split() for entry in names)}
    pose = np.array([at[joint] for joint in H36M_17.joints])
    return pose + np.arange(40)[:, None, None] * [0.04, 0, 0]


def test_limbs_point_where_the_joints_say_and_twist_does_not_change_it(rig, joints):
    posed = retarget(joints, rig, np.random.default_rng(0), 25.0)
    for start, end in LIMBS:
        for side, letter in (("left", "L"), ("right", "R")):
            seen = joints[:, H36M_17.index(f"{side}_{end}")] - joints[:, H36M_17.index(f"{side}_{start}")]
            own = posed.heads[:, rig.index(f"{HEADS[end]}.{letter}")]
            own = own - posed.heads[:, rig.index(f"{HEADS[start]}.{letter}")]
            # Bones in between are on the way only roughly in this rig, and twist shares its bend.
            assert (np.sum(unit(own) * unit(seen), -1) > np.cos(np.radians(5))).all(), (side, end)


def test_rotations_are_rotations_and_bones_keep_their_length(rig, joints):
    posed = retarget(joints, rig, np.random.default_rng(1), 25.0)
    identity = posed.rotations @ np.swapaxes(posed.rotations, -1, -2)
    assert np.abs(identity - np.eye(3)).max() < 1e-6
    assert np.allclose(np.linalg.det(posed.rotations), 1)
    thigh = posed.heads[:, rig.index("lowerleg01.L")] - posed.heads[:, rig.index("upperleg02.L")]
    assert np.ptp(np.linalg.norm(thigh, axis=-1)) < 1e-9


def test_a_seed_decides_what_joints_do_not_tell(rig, joints):
    first, again, other = (retarget(joints, rig, np.random.default_rng(seed), 25.0) for seed in (3, 3, 4))
    assert np.array_equal(first.rotations, again.rotations)
    assert not np.allclose(first.rotations[:, rig.index("head")], other.rotations[:, rig.index("head")])


def test_the_head_turns_to_where_the_person_goes(rig, joints):
    def yaw(sideways):
        moving = joints + np.arange(40)[:, None, None] * [-0.04, sideways, 0]
        turns = [retarget(moving, rig, np.random.default_rng(s), 25.0).rotations for s in range(20)]
        ahead = np.mean([t[:, rig.index("head")] @ [0, -1.0, 0] for t in turns], (0, 1))
        return np.degrees(np.arctan2(ahead[1], ahead[0]))

    assert yaw(0.06) > yaw(0) + 8 and yaw(-0.06) < yaw(0) - 8


def test_partway_and_frame():
    start = frame_of(np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    end = frame_of(np.array([0, 1.0, 0]), np.array([-1.0, 0, 0]))
    half = partway(start, end, 0.5)
    assert np.allclose(half @ [1, 0, 0], [np.sqrt(0.5), np.sqrt(0.5), 0])


def test_smooth_noise_has_the_spread_asked_for():
    noise = smooth_noise(np.random.default_rng(0), 20_000, 0.3, 12)
    assert noise.std() == pytest.approx(0.3, rel=0.1)
    assert np.corrcoef(noise[:-1], noise[1:])[0, 1] > 0.98


def test_joint_centres_move_hips_inwards_and_ankles_up(rig):
    moved = with_joint_centres(rig)
    spacing = np.linalg.norm(moved.between("upperleg01.L", "upperleg01.R"))
    assert spacing == pytest.approx(HIP_SPACING * 0.2)
    shank = np.linalg.norm(rig.between("foot.L", "lowerleg01.L"))
    assert np.linalg.norm(moved.head("foot.L") - rig.head("foot.L")) == pytest.approx(ANKLE_RAISED * shank)


def test_body_joints_at_rest(rig):
    face = {"nose": np.array([[0, -0.1, 1.6]]), "left_ear": np.array([[0.07, 0, 1.6]])}
    face["right_ear"] = face["left_ear"] * [-1, 1, 1]
    joints = body_joints(rig, rig.heads[None], face, np.array([[0, 0, 1.75]]))[0]
    at = dict(zip(H36M_17.joints, joints, strict=True))
    assert np.allclose(at["pelvis"], (at["left_hip"] + at["right_hip"]) / 2)
    assert np.allclose(at["neck_nose"], [0, -0.05, 1.6]) and np.allclose(
        at["left_wrist"], rig.head("wrist.L")
    )
    assert at["pelvis"][2] < at["spine"][2] < at["thorax"][2]


def test_along_measures_by_length():
    chain = np.array([[[0, 0, 0], [0, 0, 1], [0, 3, 1]]], float)
    assert np.allclose(along(chain, 0.5), [[0, 1, 1]])


def test_standing_feet_meet_the_floor_and_leaps_stay_leaps():
    lowest = np.full(60, 0.02)
    lowest[::3] -= 0.015
    lowest[30:38] += 0.3  # a leap
    floor, lift = stand(lowest)
    assert floor is not None and np.abs(lowest + lift - floor)[:25].max() < 0.015
    assert (lowest + lift)[33] > floor + 0.25
    floating, none = stand(np.concatenate([np.zeros(20), np.full(40, 0.4)]))
    assert floating is None and not none.any()
