"""The data of a split: motion, and detector pairs where the archive is there."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.datasets.mix import Source
from ganbodypose.datasets.mocap import Split
from ganbodypose.training.motion import MotionBank
from ganbodypose.training.pairs.bank import PairBank
from ganbodypose.training.recordings import (
    is_prepared,
    mix_of,
    own_clips,
    recorded_clips,
    recorded_splits,
)
from ganbodypose.training.sensor import SENSOR_SUBJECTS, sensor_bank

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingData:
    """motion: mocap clips of one split; pairs: rendered clips whose motions belong to the same split; sensor: what a
    depth sensor measured of its subjects. None where the archive is not there."""

    motion: MotionBank
    pairs: PairBank | None
    sensor: PairBank | None = None

    def clips(self) -> dict[str, int]:
        """How many of each kind."""
        banks = {"motion": self.motion, "rendered people": self.pairs, "a depth sensor": self.sensor}
        return {kind: 0 if bank is None else len(bank.length) for kind, bank in banks.items()}


def load_split(folder: Path, split: Split) -> TrainingData:
    """The motion of `recordings` and, where present, the pairs in `folder`/pairs and `folder`/uiprmd."""
    data = TrainingData(_motion(folder, split), _pairs(folder, split), _sensor(folder, split))
    _LOG.info("clips of the %s split: %s", split, ", ".join(f"{n} of {k}" for k, n in data.clips().items()))
    return data


def _motion(folder: Path, split: Split) -> MotionBank:
    sources = mix_of(folder)
    prepared = is_prepared(folder)
    if not sources or (prepared and split != "train"):
        return MotionBank(list(recorded_clips(folder, split)))
    _LOG.info("motion: the mix of %s", ", ".join(source.name for source in sources))
    return load_mix(sources, None if prepared else split)


def _pairs(folder: Path, split: Split) -> PairBank | None:
    paths = pair_files(folder / "pairs", split)
    table = recorded_splits(folder) if paths else {}
    banks = [PairBank.read(path, _of_split(path, table, split)) for path in paths]
    return PairBank.joined(banks) if banks else None


def pair_files(folder: Path, split: Split) -> list[Path]:
    """The archive train_full.npz and, for training and calibration, all shards in and below `folder`: what networks
    are judged on stays as it is while more is rendered."""
    archive = folder / "train_full.npz"
    # Path.rglob passes over linked folders without a word.
    found = [] if split == "test" else glob("**/pairs_*.npz", root_dir=folder, recursive=True)  # noqa: PTH207
    shards = sorted(folder / name for name in found)
    return [archive, *shards] if archive.exists() else shards


def _of_split(path: Path, table: Mapping[str, Split], split: Split) -> np.ndarray:
    """Which clips [clips] of an archive come from motions of the split; UserError where one is unknown."""
    with np.load(path, allow_pickle=False) as data:
        names = data["clip_name"].tolist()
    if unknown := next((name for name in names if name not in table), None):
        raise UserError(
            f"{path} was rendered from {unknown}, which is not among the recordings of this data folder."
        )
    return np.array([table[name] == split for name in names])


def _sensor(folder: Path, split: Split) -> PairBank | None:
    return sensor_bank(folder, SENSOR_SUBJECTS[split]) if (folder / "uiprmd").is_dir() else None


def load_mix(sources: Sequence[Source], split: Split | None = None) -> MotionBank:
    """All motion of a mix (`datasets.mix`) that may be trained on, or a split of it, each source drawn by its weight.

    In memory: 204 bytes a frame. UserError when a source has no clip to train on, or none has one of the split.
    """
    clips = [own_clips(source, split) for source in sources]
    for source, given in zip(sources, clips, strict=True):
        if not given and split in (None, "train"):
            raise UserError(f"{source.name} in {source.path} has no clip to train on.")
    if not any(clips):
        raise UserError(
            "No recording of the mix can be kept for validation and tests: it takes three people (or three recordings, "
            "where people have no names) in one of its sources."
        )
    bank = MotionBank([clip for given in clips for clip in given])
    shares = [np.array([len(clip.joints_m) for clip in given], float) for given in clips]
    bank.weight = np.concatenate(
        [source.weight * share / share.sum() for source, share in zip(sources, shares, strict=True)]
    )
    bank.weight /= bank.weight.sum()
    return bank
