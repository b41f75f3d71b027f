import os
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.datasets.pairs import at_joint_centres
from ganbodypose.geometry.bones import to_bones, to_joints
from ganbodypose.lift.body import HEIGHT_PER_CHAIN, BoneLengths, chain_length
from ganbodypose.skeletons import H36M_17


def upright(scale=1.0):
    joints = np.zeros((17, 3))
    heights = {"pelvis": 0.9, "spine": 1.15, "thorax": 1.4, "neck_nose": 1.55, "head_top": 1.7}
    heights |= {"right_hip": 0.9, "left_hip": 0.9, "right_knee": 0.5, "left_knee": 0.5}
    heights |= {"right_ankle": 0.1, "left_ankle": 0.1}
    for joint, height in heights.items():
        joints[H36M_17.index(joint), 1] = -height
    return joints * scale


SURE = np.full((1, 16), 1e-3)


def followed(*frames, error=SURE):
    bones = BoneLengths.unknown(1)
    for frame in frames:
        bones = bones.update(frame[None], error)
    return bones


def moving_body(frames, seed=0):
    """Random directions, bones of one length each, then lengths disturbed by 10 % in every frame."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=(frames, 16, 3))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    length = rng.uniform(0.1, 0.5, 16)
    return to_joints(direction * (length * np.exp(rng.normal(0, 0.1, (frames, 16))))[..., None]), length


def test_chain_of_an_upright_body_runs_from_crown_to_ankle():
    assert chain_length(np.linalg.norm(to_bones(upright()), axis=-1)) == pytest.approx(1.6)


def test_scale_makes_the_mean_skeleton_as_tall_as_asked():
    bones = followed(upright(0.9), upright(1 / 0.9))
    assert bones.scale(1.64)[0] == pytest.approx(1.64 / (HEIGHT_PER_CHAIN * 1.6))
    assert bones.scale(None)[0] == 1


def test_bones_of_a_constrained_body_settle_on_their_lengths():
    joints, length = moving_body(200)
    bones = BoneLengths.unknown(1)
    built = []
    for frame in joints:
        bones = bones.update(frame[None], SURE)
        built.append(bones.constrain(frame[None])[0])
    after = np.linalg.norm(to_bones(np.stack(built)), axis=-1)
    before = np.linalg.norm(to_bones(joints), axis=-1)
    assert (after.std(0) / after.mean(0)).mean() < 0.25 * (before.std(0) / before.mean(0)).mean()
    np.testing.assert_allclose(after[-1], length, rtol=0.03)


def test_directions_of_a_constrained_body_stay():
    joints, _ = moving_body(5)
    built = followed(*joints[:-1]).constrain(joints[-1:])
    cosine = (to_bones(built[0]) * to_bones(joints[-1])).sum(-1)
    cosine /= np.linalg.norm(to_bones(built[0]), axis=-1) * np.linalg.norm(to_bones(joints[-1]), axis=-1)
    np.testing.assert_allclose(cosine, 1)


def test_frames_that_are_unsure_hardly_count():
    bones = followed(upright()).update(upright(5)[None], np.full((1, 16), 3.0))
    assert chain_length(np.exp(bones.log_m)) == pytest.approx(1.6, rel=1e-3)


def test_the_first_frame_alone_makes_no_giant():
    first = BoneLengths.typical(1).update(upright(3)[None], np.full((1, 16), 0.3))
    built = first.constrain(upright(3)[None])[0]
    assert chain_length(np.linalg.norm(to_bones(built), axis=-1)) == pytest.approx(1.63, abs=0.03)


def test_sure_frames_soon_outweigh_what_is_typical():
    bones = BoneLengths.typical(1)
    for _ in range(40):
        bones = bones.update(upright(0.7)[None], SURE)
    assert chain_length(np.exp(bones.log_m)) == pytest.approx(1.6 * 0.7, rel=0.03)


def test_height_per_chain_is_that_of_the_rendered_bodies():
    archive = Path(os.environ.get("GANBODYPOSE_DATA", "")) / "pairs" / "train_full.npz"
    if not archive.is_file():
        pytest.skip("needs GANBODYPOSE_DATA with pairs/train_full.npz")
    with np.load(archive) as data:
        bones, clip = np.linalg.norm(to_bones(at_joint_centres(data["gt17_cam"])), axis=-1), data["clip"]
        chain = chain_length(bones)
        ratio = [h / np.median(chain[clip == c]) for c, h in enumerate(data["clip_height_m"])]
    assert np.median(ratio) == pytest.approx(HEIGHT_PER_CHAIN, abs=4e-3)
