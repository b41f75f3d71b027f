"""The data of a split: motion, and detector pairs where the archive is there."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.datasets.mix import Source, all_clips, read_mix
from ganbodypose.datasets.mocap import Split, read_split, split_table
from ganbodypose.training.motion import MotionBank
from ganbodypose.training.pairs.bank import PairBank
from ganbodypose.training.sensor import SENSOR_SUBJECTS, sensor_bank

MIX = "mix.toml"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingData:
    """motion: mocap clips of one split; pairs: rendered clips whose motions belong to the same split; sensor: what a
    depth sensor measured of its subjects. None where the archive is not there."""

    motion: MotionBank
    pairs: PairBank | None
    sensor: PairBank | None = None


def load_split(folder: Path, split: Split) -> TrainingData:
    """Reads `folder`/mocap and, where present, the pairs in `folder`/pairs and `folder`/uiprmd.

    Where `folder`/mix.toml is (`datasets.mix`), training motion is that mix instead of mocap; what networks are chosen
    and judged on stays the same.
    """
    return TrainingData(_motion(folder, split), _pairs(folder, split), _sensor(folder, split))


def _motion(folder: Path, split: Split) -> MotionBank:
    mix = folder / MIX
    if split != "train" or not mix.is_file():
        return MotionBank(list(read_split(folder / "mocap", split)))
    sources = read_mix(mix)
    _LOG.info("training motion: the mix in %s (%s)", mix, ", ".join(source.name for source in sources))
    return load_mix(sources)


def _pairs(folder: Path, split: Split) -> PairBank | None:
    table = split_table(folder / "mocap")
    banks = [
        PairBank.read(path, _of_split(path, table, split)) for path in pair_files(folder / "pairs", split)
    ]
    return PairBank.joined(banks) if banks else None


def pair_files(folder: Path, split: Split) -> list[Path]:
    """The archive train_full.npz and, for training and calibration, all shards in and below `folder`: what networks
    are judged on stays as it is while more is rendered."""
    archive = folder / "train_full.npz"
    shards = [] if split == "test" else sorted(folder.rglob("pairs_*.npz"))
    return [archive, *shards] if archive.exists() else shards


def _of_split(path: Path, table: dict[str, Split], split: Split) -> np.ndarray:
    """Which clips [clips] of an archive come from motions of the split."""
    with np.load(path, allow_pickle=False) as data:
        return np.array([table[name] == split for name in data["clip_name"]])


def _sensor(folder: Path, split: Split) -> PairBank | None:
    return sensor_bank(folder, SENSOR_SUBJECTS[split]) if (folder / "uiprmd").is_dir() else None


def load_mix(sources: Sequence[Source]) -> MotionBank:
    """All motion of a mix (`datasets.mix`) that may be trained on, each source drawn by its weight.

    In memory: 204 bytes a frame. UserError when a source has no clip.
    """
    clips = [list(all_clips([source])) for source in sources]
    for source, given in zip(sources, clips, strict=True):
        if not given:
            raise UserError(f"{source.name} in {source.path} has no clip to train on.")
    bank = MotionBank([clip for given in clips for clip in given])
    shares = [np.array([len(clip.joints_m) for clip in given], float) for given in clips]
    bank.weight = np.concatenate(
        [source.weight * share / share.sum() for source, share in zip(sources, shares, strict=True)]
    )
    bank.weight /= bank.weight.sum()
    return bank
