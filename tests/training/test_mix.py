"""Training on any mix of datasets."""

from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.datasets.mix import Source
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import load_mix, load_split
from ganbodypose.training.publish import publish
from ganbodypose.training.recordings import recorded_clips, recorded_splits
from ganbodypose.training.train import TrainOptions, train


def write_archive(path: Path, lengths: list[int], subjects: list[str] | None = None) -> None:
    rng = np.random.default_rng(0)
    path.parent.mkdir(parents=True)
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


def own_data(folder: Path, people: list[str]) -> Path:
    """A data folder with nothing but a mix: one dataset, a recording of each person."""
    write_archive(folder / "lab" / "lab.npz", [50 + k for k in range(len(people))], subjects=people)
    (folder / "mix.toml").write_text('[[source]]\nname = "mocap"\npath = "lab"\n')
    return folder


def test_own_data_alone_are_divided_by_people(tmp_path: Path) -> None:
    folder = own_data(tmp_path, [*"abcdefghijkl", "b"])  # the recordings last 50, 51, ... frames
    lengths = {split: load_split(folder, split).motion.length.tolist() for split in ("val", "test", "train")}
    assert lengths["val"] == [51, 61, 62] and lengths["test"] == [52]  # b and l; c
    assert sorted(chain(*lengths.values())) == list(range(50, 63))
    assert [clip.subject for clip in recorded_clips(folder, "test")] == ["c"]
    assert recorded_splits(folder)["mocap:lab:clip2"] == "test"


def test_too_few_people_to_keep_some_for_validation_are_said(tmp_path: Path) -> None:
    folder = own_data(tmp_path, ["a", "a"])
    assert load_split(folder, "train").motion.length.tolist() == [50, 51]
    with pytest.raises(UserError, match="it takes three people"):
        load_split(folder, "val")


def test_pairs_of_unknown_recordings_are_told(tmp_path: Path) -> None:
    folder = own_data(tmp_path, ["a", "b", "c"])
    (folder / "pairs").mkdir()
    np.savez(folder / "pairs" / "pairs_000000.npz", clip_name=np.array(["other:walk"]))
    with pytest.raises(UserError, match="rendered from other:walk, which is not among"):
        load_split(folder, "train")


def test_own_data_alone_make_a_network_whose_card_names_them(tmp_path: Path) -> None:
    folder = own_data(tmp_path / "data", ["a", "b", "c"])
    train(TrainOptions("live", folder, tmp_path / "run", TrainConfig(steps=2)))
    card = publish(tmp_path / "run", folder, "mine", tmp_path / "networks")
    assert card.data == ("Own data: mocap", "Clips: 1 of motion") and card.licence == "that of its data"
    assert card.scores["test"]["simulated"]["mpjpe_mm"] > 0
    assert sorted(path.name for path in (tmp_path / "networks").rglob("*.*")) == [
        *("mine-validation.csv", "mine.json", "mine.npz", "mine.onnx")
    ]
