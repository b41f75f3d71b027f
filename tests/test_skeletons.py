"""Joints, bones, sides and the maps between conventions."""

import pickle
from itertools import product

import numpy as np
import pytest

from ganbodypose.skeletons import (
    BLAZEPOSE_33,
    COCO_17,
    H36M_17,
    HALPE_26,
    KINECT_25,
    MPI_INF_3DHP_17,
    MPI_INF_3DHP_28,
    OPENPOSE_18,
    OPENPOSE_25,
    SKELETONS,
    Skeleton,
    skeleton_map,
)

ALL = list(SKELETONS.values())
by_name = pytest.mark.parametrize("skeleton", ALL, ids=lambda s: s.name)
LIMBS = [
    f"{side}_{j}"
    for side, j in product(("left", "right"), ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"))
]


@pytest.mark.parametrize(
    ("skeleton", "count"),
    [
        (H36M_17, 17),
        (COCO_17, 17),
        (BLAZEPOSE_33, 33),
        (OPENPOSE_25, 25),
        (OPENPOSE_18, 18),
        (HALPE_26, 26),
        (MPI_INF_3DHP_17, 17),
        (MPI_INF_3DHP_28, 28),
        (KINECT_25, 25),
    ],
)
def test_number_of_joints(skeleton: Skeleton, count: int) -> None:
    assert len(skeleton) == len(skeleton.joints) == count


# Spot checks against each format's own documentation.
KNOWN_PLACES: dict[Skeleton, dict[int, str]] = {
    H36M_17: {0: "pelvis", 1: "right_hip", 4: "left_hip", 8: "thorax", 10: "head_top", 13: "left_wrist"},
    COCO_17: {0: "nose", 1: "left_eye", 5: "left_shoulder", 10: "right_wrist", 16: "right_ankle"},
    BLAZEPOSE_33: {0: "nose", 7: "left_ear", 11: "left_shoulder", 23: "left_hip", 32: "right_foot_index"},
    OPENPOSE_25: {1: "neck", 4: "right_wrist", 8: "mid_hip", 11: "right_ankle", 19: "left_big_toe"},
    OPENPOSE_18: {1: "neck", 7: "left_wrist", 8: "right_hip", 13: "left_ankle", 17: "left_ear"},
    HALPE_26: {10: "right_wrist", 17: "head_top", 18: "neck", 19: "mid_hip", 25: "right_heel"},
    MPI_INF_3DHP_17: {0: "head_top", 1: "neck", 2: "right_shoulder", 11: "left_hip", 14: "pelvis"},
    MPI_INF_3DHP_28: {4: "pelvis", 7: "head_top", 14: "right_shoulder", 20: "left_ankle"},
    KINECT_25: {0: "spine_base", 3: "head", 4: "left_shoulder", 14: "left_ankle", 20: "spine_shoulder"},
}


@by_name
def test_order_of_joints(skeleton: Skeleton) -> None:
    for index, joint in KNOWN_PLACES[skeleton].items():
        assert skeleton.joints[index] == joint and skeleton.index(joint) == index


def test_the_28_to_17_joints_of_mpi_inf_3dhp() -> None:
    published = [7, 5, 14, 15, 16, 9, 10, 11, 23, 24, 25, 18, 19, 20, 4, 3, 6]
    assert [MPI_INF_3DHP_28.joints[i] for i in published] == list(MPI_INF_3DHP_17.joints)


@by_name
def test_mirror_is_an_involution_that_keeps_the_tree(skeleton: Skeleton) -> None:
    mirror = skeleton.mirror
    assert [mirror[m] for m in mirror] == list(range(len(skeleton)))
    for joint, twin in zip(skeleton.joints, mirror, strict=True):
        sided = "left" in joint or "right" in joint
        assert (skeleton.joints[twin] != joint) == sided
        assert skeleton.joints[twin].replace("right", "left") == joint.replace("right", "left")


@by_name
def test_bones_are_a_forest(skeleton: Skeleton) -> None:
    roots = [j for j, parent in enumerate(skeleton.parents) if parent < 0]
    assert roots and len(skeleton.bones) == len(skeleton) - len(roots)
    for joint in range(len(skeleton)):
        above, steps = joint, 0
        while above >= 0:
            above, steps = skeleton.parents[above], steps + 1
            assert steps <= len(skeleton), "a cycle"


@by_name
def test_limbs_hang_from_their_own_side(skeleton: Skeleton) -> None:
    chains = {"wrist": "elbow", "elbow": "shoulder", "ankle": "knee", "knee": "hip"}
    for side, (child, parent) in product(("left", "right"), chains.items()):
        bone = skeleton.parents[skeleton.index(f"{side}_{child}")]
        assert skeleton.joints[bone] == f"{side}_{parent}"


def test_core_skeleton_is_human36m() -> None:
    assert H36M_17.parents == (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)


def test_a_known_skeleton_is_one_object_in_every_process() -> None:
    own = Skeleton("own", ("a", "b"), (-1, 0))
    for skeleton in (*SKELETONS.values(), own):
        assert pickle.loads(pickle.dumps(skeleton)) == skeleton
    assert pickle.loads(pickle.dumps(H36M_17)) is H36M_17
    assert len(pickle.dumps(H36M_17)) < 100


def test_unknown_joint() -> None:
    with pytest.raises(ValueError, match=r"coco_17 has no joint 'tail'"):
        COCO_17.index("tail")
    assert COCO_17.indices("left_ankle", "nose") == [15, 0]


@pytest.mark.parametrize(
    ("joints", "parents", "message"),
    [
        (("a", "b"), (-1,), "2 joints but 1 parents"),
        (("a", "a"), (-1, 0), "twice"),
        (("a", "b"), (-1, 2), "out of range"),
        (("a", "b"), (-2, 0), "out of range"),
    ],
)
def test_impossible_skeletons(joints: tuple[str, ...], parents: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Skeleton("odd", joints, parents)


@by_name
def test_map_to_itself_is_the_identity(skeleton: Skeleton) -> None:
    np.testing.assert_array_equal(skeleton_map(skeleton, skeleton), np.eye(len(skeleton)))


@pytest.mark.parametrize(("source", "target"), list(product(ALL, ALL)), ids=lambda s: s.name)
def test_joints_of_the_same_name_are_copied(source: Skeleton, target: Skeleton) -> None:
    weights = skeleton_map(source, target)
    for k, joint in enumerate(target.joints):
        if joint in source.joints:
            np.testing.assert_array_equal(weights[k], np.eye(len(source))[source.index(joint)])
    known = ~np.isnan(weights).any(-1)
    np.testing.assert_allclose(weights[known].sum(-1), 1)  # so that a map commutes with moving the body


@by_name
def test_every_convention_gives_the_core_skeleton(skeleton: Skeleton) -> None:
    weights = skeleton_map(skeleton, H36M_17)
    assert np.isfinite(weights).all()
    # A person mirrored before or after the map is the same person.
    mirrored = weights[list(H36M_17.mirror)][:, list(skeleton.mirror)]
    np.testing.assert_allclose(mirrored, weights)
    for joint in LIMBS:
        assert weights[H36M_17.index(joint), skeleton.index(joint)] == 1


def test_derived_joints_by_hand() -> None:
    coco = dict(zip(COCO_17.joints, skeleton_map(COCO_17, H36M_17).T, strict=True))
    row = {j: {name: w[k] for name, w in coco.items() if w[k]} for k, j in enumerate(H36M_17.joints)}
    assert row["pelvis"] == {"left_hip": 0.5, "right_hip": 0.5}
    assert row["thorax"] == {"left_shoulder": 0.5, "right_shoulder": 0.5}
    assert row["spine"] == {
        "left_hip": 0.25,
        "right_hip": 0.25,
        "left_shoulder": 0.25,
        "right_shoulder": 0.25,
    }
    assert row["head_top"]["left_ear"] == row["head_top"]["right_ear"] == 0.8
    openpose = skeleton_map(OPENPOSE_25, H36M_17)
    assert openpose[H36M_17.index("pelvis"), OPENPOSE_25.index("mid_hip")] == 1
    assert openpose[H36M_17.index("thorax"), OPENPOSE_25.index("neck")] == 1


def test_head_top_lies_above_the_ears() -> None:
    """A standing figure, y down: crown above ears above shoulders."""
    xy = np.zeros((len(COCO_17), 2))
    for joint, y in {"ear": -1.60, "shoulder": -1.40, "nose": -1.58, "eye": -1.62, "hip": -0.9}.items():
        for k, name in enumerate(COCO_17.joints):
            if name.endswith(joint):
                xy[k] = 0, y
    mapped = skeleton_map(COCO_17, H36M_17) @ xy
    height = {j: -mapped[H36M_17.index(j), 1] for j in ("pelvis", "spine", "thorax", "neck_nose", "head_top")}
    assert list(height) == sorted(height, key=height.__getitem__)
    assert height["head_top"] == pytest.approx(1.72)  # 1.6 * 1.60 - 0.6 * 1.40


def test_what_cannot_be_made_is_nan() -> None:
    weights = skeleton_map(H36M_17, COCO_17)
    assert np.isnan(weights[COCO_17.index("left_eye")]).all()
    assert np.isfinite(weights[COCO_17.index("left_knee")]).all()


def test_maps_are_shared_and_read_only() -> None:
    weights = skeleton_map(COCO_17, H36M_17)
    assert weights is skeleton_map(COCO_17, H36M_17)
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1
