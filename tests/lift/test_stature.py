import os
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.lift.stature import HEIGHT_PER_CHAIN, StatureScale, chain_length
from ganbodypose.skeletons import H36M_17


def upright(scale=1.0):
    joints = np.zeros((17, 3))
    heights = {"pelvis": 0.9, "spine": 1.15, "thorax": 1.4, "neck_nose": 1.55, "head_top": 1.7}
    heights |= {"right_hip": 0.9, "left_hip": 0.9, "right_knee": 0.5, "left_knee": 0.5}
    heights |= {"right_ankle": 0.1, "left_ankle": 0.1}
    for joint, height in heights.items():
        joints[H36M_17.index(joint), 1] = -height
    return joints * scale


def test_chain_of_an_upright_body_runs_from_crown_to_ankle():
    assert chain_length(upright()) == pytest.approx(1.6)


def test_scale_makes_the_mean_skeleton_as_tall_as_asked():
    stature = StatureScale.unknown(2)
    for scale in (0.9, 1.1):
        stature = stature.update(np.stack([upright(scale), upright(2)]), np.array([True, True]))
    np.testing.assert_allclose(stature.scale(1.64), [1.64 / (HEIGHT_PER_CHAIN * c) for c in (1.6, 3.2)])
    np.testing.assert_array_equal(stature.scale(None), 1)


def test_unseen_frames_do_not_count():
    stature = StatureScale.unknown(1).update(upright()[None], np.array([True]))
    assert stature.update(upright(5)[None], np.array([False])).chain_m == pytest.approx(1.6)


def test_height_per_chain_is_that_of_the_rendered_bodies():
    archive = Path(os.environ.get("GANBODYPOSE_DATA", "")) / "pairs" / "train_full.npz"
    if not archive.is_file():
        pytest.skip("needs GANBODYPOSE_DATA with pairs/train_full.npz")
    with np.load(archive) as data:
        chain, clip = chain_length(data["gt17_cam"].astype(float)), data["clip"]
        ratio = [h / np.median(chain[clip == c]) for c, h in enumerate(data["clip_height_m"])]
    assert np.median(ratio) == pytest.approx(HEIGHT_PER_CHAIN, abs=2e-3)
