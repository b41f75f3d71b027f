"""Repetition counting on UI-PRMD: the share of sequences that are counted exactly.

    python benchmarks/repetition_counting.py --data DATA

The repetitions of one movement by one person, correct or incorrect, are joined to one sequence, each 0.3 s after
the last with a smooth transition. Constants were chosen on subjects 1 to 8 only; 9 and 10 are the test.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganbodypose.core import Clip
from ganbodypose.datasets.mocap import read_mocap
from ganbodypose.datasets.uiprmd import join_repetitions, read_uiprmd
from ganbodypose.quality.movement.repetitions import Repetitions, find_repetitions

TEST_SUBJECTS = (9, 10)


@dataclass(frozen=True)
class Sequence:
    """`count` repetitions in a row: joints_m [T,17,3] at `fps`."""

    sensor: str
    movement: int
    subject: int
    correct: bool
    count: int
    joints_m: np.ndarray
    fps: float

    def found(self) -> Repetitions:
        return find_repetitions(self.joints_m, np.arange(len(self.joints_m)) / self.fps)


def sequences(data: Path) -> Iterator[Sequence]:
    """Everything with two repetitions or more, of Vicon and of Kinect v2."""
    groups: dict[tuple[str, int, int, bool], list[Clip]] = defaultdict(list)
    for clip in read_mocap(data / "mocap" / "uiprmd_vicon.npz"):
        movement, subject, _, label = clip.name.split("_")[:4]
        groups["Vicon", int(movement[1:]), int(subject[1:]), label == "cor"].append(clip)
    for rep in read_uiprmd(data / "uiprmd" / "uiprmd_kinect17_30hz.npz"):
        groups["Kinect", rep.movement, rep.subject, rep.correct].append(rep.clip)
    for key, clips in groups.items():
        if len(clips) > 1:
            yield Sequence(*key, len(clips), join_repetitions(clips), clips[0].fps)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    exact, alike = defaultdict(list), defaultdict(list)
    for one in sequences(parser.parse_args().data):
        found = one.found()
        counted = found.count.value
        group = "test" if one.subject in TEST_SUBJECTS else "choice"
        exact[one.sensor, group].append(counted == one.count)
        alike[one.sensor, group].append(found.alike)
        if counted != one.count:
            how = "correct" if one.correct else "incorrect"
            print(f"{one.sensor} m{one.movement:02} s{one.subject:02} {how}: {counted:g} of {one.count}")
    for (sensor, group), right in sorted(exact.items()):
        told = sum(alike[sensor, group])
        print(
            f"{sensor}, {group} subjects: {sum(right)} of {len(right)} exact ({np.mean(right):.1%}), {told} taken for "
            "one movement"
        )


if __name__ == "__main__":
    main()
