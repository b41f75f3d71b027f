"""Training on any mix of datasets."""

from pathlib import Path

import numpy as np
import pytest

from ganbodypose.datasets.mix import Source
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.data import load_mix, load_split


def write_archive(path: Path, lengths: list[int], subjects: list[str] | None = None) -> None:
    rng = np.random.default_rng(0)
    path.parent.mkdir()
    np.savez(
        path,
        poses=rng.normal(0, 0.4, (sum(lengths), 17, 3)).astype(np.float32),
        clip_start=np.cumsum([0, *lengths[:-1]]),
        clip_len=np.array(lengths),
        clip_name=np.array([f"clip{k}" for k in range(len(lengths))]),
        subject=np.array(subjects or ["a"] * len(lengths)),
        action=np.array([""] * len(lengths)),
        fps=np.float32(50),
        joint_names=np.array(H36M_17.joints),
        up="z",
        units="m",
    )


def test_each_source_is_drawn_by_its_weight_however_long_it_is(tmp_path: Path) -> None:
    write_archive(tmp_path / "a" / "short.npz", [60, 40])
    write_archive(tmp_path / "b" / "long.npz", [900])
    bank = load_mix([Source("mocap", tmp_path / "a", 3), Source("mocap", tmp_path / "b", 1)])
    np.testing.assert_allclose(bank.weight, [0.75 * 0.6, 0.75 * 0.4, 0.25])
    assert bank.weight.sum() == pytest.approx(1)
    assert bank.sample(np.random.default_rng(0), 4, 16).joints_m.shape == (4, 16, 17, 3)


def test_a_file_beside_the_data_says_what_to_train_on(tmp_path: Path) -> None:
    """Validation stays what it is: the fixed split of mocap/."""
    write_archive(tmp_path / "mocap" / "cmu_amc_s01-03.npz", [50, 60], subjects=["cmu01", "cmu02"])
    write_archive(tmp_path / "more" / "dance.npz", [70, 80, 90])
    assert load_split(tmp_path, "train").motion.length.tolist() == [50]
    (tmp_path / "mix.toml").write_text(
        '[[source]]\nname = "mocap"\npath = "mocap"\n[[source]]\nname = "mocap"\npath = "more"\nweight = 3\n'
    )
    training = load_split(tmp_path, "train").motion
    assert training.length.tolist() == [50, 70, 80, 90] and training.weight[0] == pytest.approx(0.25)
    assert load_split(tmp_path, "val").motion.length.tolist() == [60]
