"""Where the joints of rendered bodies lie, beside motion capture of real people.

    python benchmarks/joint_definitions.py --data DATA [--bodies 40]

Lengths as parts of the leg (hip to ankle), medians over people: UI-PRMD's and CMU's training subjects, and random
rendered bodies before and after their joint centres are corrected. Prints a Markdown table. Needs the [render] extra.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import torch

from ganbodypose.datasets.mocap import read_split
from ganbodypose.skeletons import H36M_17
from ganbodypose.training.pairs.body import BodyModel, Shape
from ganbodypose.training.pairs.joints import body_joints

REAL_BODIES = ("uiprmd_vicon", "cmu_amc_s01-03")
LENGTHS = {
    "hip to hip": ("left_hip", "right_hip"),
    "thigh": ("left_hip", "left_knee"),
    "shank": ("left_knee", "left_ankle"),
    "pelvis to thorax": ("pelvis", "thorax"),
    "shoulder to shoulder": ("left_shoulder", "right_shoulder"),
    "upper arm": ("left_shoulder", "left_elbow"),
    "forearm": ("left_elbow", "left_wrist"),
    "thorax to neck_nose": ("thorax", "neck_nose"),
    "neck_nose to head_top": ("neck_nose", "head_top"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--bodies", type=int, default=40)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    real = real_people(arguments.data)
    model, rng = BodyModel(), np.random.default_rng(0)
    shapes = [model.sample(rng) for _ in range(arguments.bodies)]
    rig = np.array([proportions(joints_at_rest(model, shape, False)) for shape in shapes])
    centres = np.array([proportions(joints_at_rest(model, shape, True)) for shape in shapes])
    print(
        f"| of the leg | {len(real)} real people | {len(shapes)} bodies, bone heads | joint centres |"
        "\n|---|---|---|---|"
    )
    for row, name in enumerate(LENGTHS):
        print(f"| {name} | " + " | ".join(f"{np.median(v[:, row]):.3f}" for v in (real, rig, centres)) + " |")
    heights = [np.median([_above_sole(model, shape, moved) for shape in shapes]) for moved in (False, True)]
    print(
        f"\nankle above the sole, of body height: bone heads {heights[0]:.3f}, joint centres {heights[1]:.3f}"
    )


def real_people(data: Path) -> np.ndarray:
    """[subjects, LENGTHS]: medians over each training subject's frames."""
    frames: dict[str, list[np.ndarray]] = {}
    for clip in read_split(data / "mocap", "train"):
        if clip.source in REAL_BODIES:
            frames.setdefault(f"{clip.source} {clip.subject}", []).append(clip.joints_m[::10])
    return np.array([proportions(np.concatenate(clips)) for clips in frames.values()])


def proportions(joints: np.ndarray) -> np.ndarray:
    """LENGTHS of joints [T,17,3] as parts of the leg, medians over time."""
    lengths = {name: _length(joints, *ends) for name, ends in LENGTHS.items()}
    leg = lengths["thigh"] + lengths["shank"]
    return np.array([length / leg for length in lengths.values()])


def _length(joints: np.ndarray, start: str, end: str) -> float:
    a, b = H36M_17.indices(start, end)
    return float(np.median(np.linalg.norm(joints[:, a] - joints[:, b], axis=-1)))


def _above_sole(model: BodyModel, shape: Shape, corrected: bool) -> float:
    ankle = joints_at_rest(model, shape, corrected)[0, H36M_17.index("left_ankle"), 2]
    return (ankle - (shape.vertices[shape.crown, 2] - shape.height_m)) / shape.height_m


def joints_at_rest(model: BodyModel, shape: Shape, corrected: bool) -> np.ndarray:
    """[1,17,3] m; before the correction, hips and ankles are heads of bones."""
    rig = shape.rig if corrected else shape.bone_rig
    face = model.face_points(shape.vertices[model.face_vertices])
    crown = shape.vertices[shape.crown]
    return body_joints(rig, rig.heads[None], {k: v[None] for k, v in face.items()}, crown[None])


if __name__ == "__main__":
    main()
