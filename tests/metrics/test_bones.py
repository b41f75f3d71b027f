"""Consistency of skeletons, worked out by hand."""

import numpy as np
import pytest

from ganbodypose.metrics.bones import bone_asymmetry, bone_length_variation, bone_lengths
from ganbodypose.skeletons import H36M_17, Skeleton

RNG = np.random.default_rng(0)
TARGET = RNG.normal(size=(5, 17, 3)) * 0.4


def test_bone_length_variation_by_hand() -> None:
    chain = Skeleton("chain", ("a", "b", "c"), (-1, 0, 1))
    poses = np.zeros((4, 3, 3))
    poses[:, 1, 0] = [1.8, 2.2, 1.8, 2.2]  # mean 2, standard deviation 0.2
    poses[:, 2, 0] = poses[:, 1, 0] + 2
    np.testing.assert_allclose(bone_length_variation(poses, chain), [0.1, 0], atol=1e-12)
    poses[1:, 2] = np.nan  # known in one frame only
    np.testing.assert_allclose(bone_length_variation(poses, chain), [0.1, 0], atol=1e-12)
    poses[:, 2] = np.nan
    assert np.isnan(bone_length_variation(poses, chain)[1])


def test_bone_length_variation_has_one_value_per_bone() -> None:
    rigid = np.repeat(TARGET[:1], 6, axis=0) + RNG.normal(size=(6, 1, 3))
    np.testing.assert_allclose(bone_length_variation(rigid), np.zeros(len(H36M_17.bones)), atol=1e-12)


def test_lengths_of_bones() -> None:
    chain = Skeleton("chain", ("a", "b", "c"), (-1, 0, 1))
    pose = np.array([[0.0, 0, 0], [3, 4, 0], [3, 4, 2]])
    np.testing.assert_allclose(bone_lengths(pose, chain), [5, 2])


def test_asymmetry_by_hand() -> None:
    arms = Skeleton("arms", ("neck", "left_wrist", "right_wrist"), (-1, 0, 0))
    poses = np.array([[[0, 0, 0], [1.1, 0, 0], [-0.9, 0, 0]], [[0, 0, 0], [0, 2, 0], [0, 0, 2.0]]])
    np.testing.assert_allclose(bone_asymmetry(poses, arms), [[0.2], [0]], atol=1e-12)
    assert np.isnan(bone_asymmetry(np.zeros((1, 3, 3)), arms)).all()


def test_every_limb_of_the_body_has_a_twin() -> None:
    assert bone_asymmetry(TARGET).shape == (5, 6)  # hip, thigh, shank, shoulder, upper arm, forearm
    mirrored = TARGET[:, list(H36M_17.mirror)] * [-1, 1, 1]
    np.testing.assert_allclose(bone_asymmetry(mirrored), bone_asymmetry(TARGET))
    symmetric = (TARGET + mirrored) / 2
    assert bone_asymmetry(symmetric).max() == pytest.approx(0, abs=1e-12)
