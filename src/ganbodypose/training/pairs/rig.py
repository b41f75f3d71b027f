"""The bones that carry a body: a tree of named heads, and forward kinematics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rig:
    """names and parents [B] (-1: root; parents come first); heads [B,3] m at rest, z up, facing -y, left at +x."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    heads: np.ndarray

    def index(self, name: str) -> int:
        return self.names.index(name)

    def head(self, name: str) -> np.ndarray:
        return self.heads[self.index(name)]

    def between(self, start: str, end: str) -> np.ndarray:
        """[3] m from one bone's head to another's, at rest."""
        return self.head(end) - self.head(start)

    def pose(self, rotations: np.ndarray, root: np.ndarray) -> np.ndarray:
        """rotations [T,B,3,3] in the world, root [T,3] -> heads [T,B,3]."""
        heads = np.zeros((*rotations.shape[:2], 3))
        heads[:, 0] = root
        for bone, parent in enumerate(self.parents[1:], start=1):
            offset = self.heads[bone] - self.heads[parent]
            heads[:, bone] = heads[:, parent] + rotations[:, parent] @ offset
        return heads
