"""UI-PRMD: ten rehabilitation movements by ten people, done well and (acted) badly, as Kinect v2 and Vicon saw them.

Vakanski et al., Data 2018; public domain (ODC-PDDL). Two prepared archives like those of motion capture
(`datasets.mocap`): uiprmd_kinect17_30hz.npz, with the integer labels subject, movement, episode and correct, and
uiprmd_vicon.npz, whose clips' names hold them: m01_s02_e03_cor, or m01_s02_e03_inc where incorrect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from ganbodypose.core import Clip, UserError
from ganbodypose.datasets.mocap import Archive, read_mocap

MOVEMENTS = {
    1: "deep squat",
    2: "hurdle step",
    3: "inline lunge",
    4: "side lunge",
    5: "sit to stand",
    6: "standing active straight leg raise",
    7: "shoulder abduction",
    8: "shoulder extension",
    9: "shoulder internal-external rotation",
    10: "shoulder scaption",
}
# Subjects of the validation and test splits (`mocap.split_of` has the same people, seen by the Vicon).
HELD_OUT = ("uiprmd08", "uiprmd09", "uiprmd10")


@dataclass(frozen=True)
class Repetition:
    """One repetition of a movement (1-10, `MOVEMENTS`) by a subject (1-10), and whether it was done correctly."""

    clip: Clip
    subject: int
    movement: int
    episode: int
    correct: bool


def read_uiprmd(path: str | Path) -> Iterator[Repetition]:
    """The repetitions in the file's order. UserError when malformed."""
    archive = _KinectArchive(Path(path))
    fps = archive.fps()
    labels = (archive.integers(field) for field in ("subject", "movement", "episode", "correct"))
    for poses, *numbers in zip(archive.clip_poses(), *labels, strict=True):
        subject, movement, episode, correct = numbers
        if movement not in MOVEMENTS or correct not in (0, 1):
            field, value = ("movement", movement) if movement not in MOVEMENTS else ("correct", correct)
            raise archive.error(field, f"has the unknown value {value}")
        name = f"m{movement:02}_s{subject:02}_e{episode:02}_{'cor' if correct else 'inc'}"
        clip = Clip(name, poses, fps, f"uiprmd{subject:02}", MOVEMENTS[movement], archive.path.stem)
        yield Repetition(clip, subject, movement, episode, bool(correct))


_VICON_NAME = re.compile(r"m(\d\d)_s(\d\d)_e(\d\d)_(cor|inc)")


def read_uiprmd_vicon(path: str | Path) -> Iterator[Repetition]:
    """The repetitions in the order of uiprmd_vicon.npz. UserError when malformed."""
    for clip in read_mocap(path):
        found = _VICON_NAME.fullmatch(clip.name)
        if found is None or int(found[1]) not in MOVEMENTS:
            raise UserError(
                f"{path}: clip {clip.name!r} is not named like m01_s02_e03_cor or m01_s02_e03_inc."
            )
        movement, subject, episode = (int(number) for number in found.groups()[:3])
        yield Repetition(clip, subject, movement, episode, correct=found[4] == "cor")


class _KinectArchive(Archive):
    CONVENTIONS = (("up", "z"),)  # metres, which this archive does not state

    def integers(self, field: str) -> list[int]:
        """One label per clip."""
        values, clips = self.field(field), self.field("clip_start").size
        if values.shape != (clips,) or values.dtype.kind not in "iu":
            raise self.error(field, f"must be integers [{clips}], not {values.dtype} {values.shape}")
        return [int(value) for value in values]


def join_repetitions(clips: Sequence[Clip], transition_s: float = 0.3) -> np.ndarray:
    """[T,17,3] m: the clips, of one rate, one after the other, with smooth transitions of `transition_s` between
    them: a sequence whose number of repetitions is known."""
    steps = round(transition_s * clips[0].fps)
    ease = (0.5 - 0.5 * np.cos(np.pi * np.arange(1, steps + 1) / (steps + 1)))[:, None, None]
    parts = [clips[0].joints_m]
    for before, after in pairwise(clips):
        parts += [(1 - ease) * before.joints_m[-1] + ease * after.joints_m[0], after.joints_m]
    return np.concatenate(parts).astype(np.float64)
