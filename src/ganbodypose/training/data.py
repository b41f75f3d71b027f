"""The data of a split: motion, and detector pairs where the archive is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganbodypose.datasets.mocap import Split, read_split, split_table
from ganbodypose.training.motion import MotionBank
from ganbodypose.training.pairs import PairBank


@dataclass(frozen=True)
class TrainingData:
    """motion: mocap clips of one split; pairs: rendered clips whose motions belong to the same split, or None."""

    motion: MotionBank
    pairs: PairBank | None


def load_split(folder: Path, split: Split) -> TrainingData:
    """Reads `folder`/mocap and, if present, `folder`/pairs/train_full.npz."""
    motion = MotionBank(list(read_split(folder / "mocap", split)))
    archive = folder / "pairs" / "train_full.npz"
    if not archive.exists():
        return TrainingData(motion, None)
    table = split_table(folder / "mocap")
    with np.load(archive, allow_pickle=False) as data:
        keep = np.array([table[name] == split for name in data["clip_name"]])
    return TrainingData(motion, PairBank(archive, keep))
