"""How far joints move when recorded motion becomes bones of constant length with joint rotations, and back.

    python benchmarks/inverse_kinematics.py [--data DIR] [--split test]

Prints, over all frames of the split: mean, 95 % and 99.9 % of the distance of each joint from where it was, and
how much of that is the changing length of bones alone (the recorded directions with constant lengths).
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from ganbodypose.datasets.mocap import read_split
from ganbodypose.geometry.kinematics import bone_lengths, forward_kinematics, inverse_kinematics
from ganbodypose.skeletons import H36M_17


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"), help="recorded data")
    parser.add_argument("--split", default="test", choices=("train", "validation", "test"))
    arguments = parser.parse_args()
    moved, by_length = [], []
    for clip in read_split(arguments.data / "mocap", arguments.split):
        joints = clip.joints_m.astype(float)
        lengths = bone_lengths(joints)
        back = forward_kinematics(inverse_kinematics(joints), lengths, joints[:, 0])
        moved.append(distance_mm(back, joints))
        by_length.append(distance_mm(with_lengths(joints, lengths), joints))
    print(f"{arguments.split}: {len(moved)} clips, {sum(map(len, moved))} frames")
    print(row("moved", np.concatenate(moved)))
    print(row("by constant lengths alone", np.concatenate(by_length)))


def distance_mm(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (1000 * np.linalg.norm(a - b, axis=-1)).astype(np.float32)


def with_lengths(joints: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The recorded directions, every bone of its median length."""
    out = joints.copy()
    for parent, child in sorted(H36M_17.bones, key=lambda bone: bone[1]):
        bone = joints[:, child] - joints[:, parent]
        out[:, child] = out[:, parent] + lengths[child] * bone / np.linalg.norm(bone, axis=-1, keepdims=True)
    return out


def row(name: str, values: np.ndarray) -> str:
    return f"{name}: mean {values.mean():.2f} mm, " + ", ".join(
        f"{q:g} % {np.percentile(values, q):.1f} mm" for q in (95, 99.9)
    )


if __name__ == "__main__":
    main()
