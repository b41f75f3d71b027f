"""How wrong a detector is on rendered people, beside what is known of real video.

    python benchmarks/pairs_statistics.py PAIRS... [--keraal DATA/keraal]

PAIRS are archives or folders of shards (`ganbodypose data render`). Prints a Markdown table. With --keraal also the
residual of real BlazePose detections about recorded Kinect joints, through the camera that fits best: an upper bound,
as the Kinect's own error is in it.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.optimize import least_squares

from ganbodypose.core import Camera
from ganbodypose.datasets.keraal import SIZE_WH, read_keraal
from ganbodypose.datasets.pairs import at_joint_centres
from ganbodypose.geometry.camera import project
from ganbodypose.geometry.procrustes import similarity_align
from ganbodypose.geometry.rotation import rotvec_to_matrix, unit
from ganbodypose.metrics.ranking import spearman
from ganbodypose.skeletons import BLAZEPOSE_33, H36M_17, SKELETONS, skeleton_map

JOINTS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
LIMBS = H36M_17.indices(*(f"{side}_{joint}" for side in ("left", "right") for joint in JOINTS))
LEFT_HIP, RIGHT_HIP = H36M_17.indices("left_hip", "right_hip")
TRUNK = H36M_17.indices("pelvis", "thorax")
EXCHANGED = 0.6  # the mirrored pose is this much nearer to the truth than the pose as it is
KERAAL_FPS = 30.0


@dataclass(frozen=True)
class Pairs:
    """N frames: joints_m [N,17,3] truth, camera frame; seen_m [N,17,3] the detector's own; true_px and seen_px
    [N,17,2]; inside [N,17]: in the picture; height_px and trunk_px [N] at the person's depth; confidence [N,17];
    found [N]; clip [N]."""

    joints_m: np.ndarray
    seen_m: np.ndarray
    true_px: np.ndarray
    seen_px: np.ndarray
    inside: np.ndarray
    height_px: np.ndarray
    trunk_px: np.ndarray
    confidence: np.ndarray
    found: np.ndarray
    clip: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--keraal", type=Path)
    arguments = parser.parse_args()
    read_in = {path.stem: read(path) for path in arguments.pairs}
    columns = {name: statistics(pairs) for name, pairs in read_in.items()}
    print("| | " + " | ".join(columns) + " |\n|---" + "|---" * len(columns) + "|")
    for name in next(iter(columns.values())):
        print(f"| {name} | " + " | ".join(column[name] for column in columns.values()) + " |")
    print("\nThe detector's own 3D, aligned, against the true joint centres: mm outwards, up and forwards.\n")
    print("| | " + " | ".join(columns) + " |\n|---" + "|---" * len(columns) + "|")
    offsets = [landmark_offsets_mm(pairs) for pairs in read_in.values()]
    for name in JOINTS:
        print(
            f"| {name} | "
            + " | ".join("{:+.0f} {:+.0f} {:+.0f}".format(*own[name]) for own in offsets)
            + " |"
        )
    if arguments.keraal:
        print_real(arguments.keraal)


def read(path: Path) -> Pairs:
    """An archive, or all shards of a folder."""
    files = sorted(path.rglob("pairs_*.npz")) if path.is_dir() else [path]
    parts: list[Pairs] = []
    clips = 0
    for file in files:
        with np.load(file, allow_pickle=False) as data:
            parts.append(_read(data, clips))
            clips += len(data["clip_name"])
    return Pairs(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Pairs.__dataclass_fields__)
    )


def _read(data: Any, first: int) -> Pairs:
    clip, joints = data["clip"], data["gt17_cam"].astype(float)
    joints = joints if "skeleton" in data else at_joint_centres(joints)
    skeleton = SKELETONS[str(data["skeleton"])] if "skeleton" in data else BLAZEPOSE_33
    weights, K, size = skeleton_map(skeleton, H36M_17), data["clip_K"], data["clip_WH"]
    distortion = data["clip_distortion"] if "clip_distortion" in data else np.zeros((len(K), 5))
    cameras = [Camera(k, tuple(wh), d) for k, wh, d in zip(K, size, distortion, strict=True)]
    numbers = np.unique(clip)
    true_px = np.concatenate([project(cameras[n], joints[clip == n]) for n in numbers])
    per_metre = K[clip, 0, 0] / joints[:, 0, 2]
    used = np.where(weights != 0, 1.0, np.nan)
    return Pairs(
        joints_m=joints,
        seen_m=weights @ data["full_world"],
        true_px=true_px,
        seen_px=weights @ data["full_xy"],
        inside=((true_px > 0) & (true_px < size[clip][:, None])).all(-1),
        height_px=per_metre * data["clip_height_m"][clip],
        trunk_px=per_metre * np.linalg.norm(joints[:, TRUNK[0]] - joints[:, TRUNK[1]], axis=-1),
        confidence=np.fmin.reduce(used * data["full_vis"][:, None], axis=-1),
        found=data["full_ok"],
        clip=clip + first,
    )


def statistics(pairs: Pairs) -> dict[str, str]:
    """The lines of the table: 12 limb joints, frames in which the person was found, joints inside the picture."""
    found, error = pairs.found, pairs.seen_px - pairs.true_px
    error = np.where(pairs.inside[..., None], error, np.nan)[:, LIMBS]
    off = np.linalg.norm(error, axis=-1)
    of_height = 100 * off / pairs.height_px[:, None]
    seen = np.isfinite(of_height)
    mpjpe, pa_mpjpe = own_3d(pairs)
    return {
        "clips": str(len(np.unique(pairs.clip))),
        "frames": str(len(found)),
        "found": f"{100 * found.mean():.1f} %",
        "2D error, median, % of height": f"{np.median(of_height[seen]):.2f}",
        "2D error, median, % of trunk": f"{np.nanmedian(100 * off / pairs.trunk_px[:, None]):.1f}",
        "2D error, 95th percentile, % of height": f"{np.percentile(of_height[seen], 95):.1f}",
        "joints off by over 10 % of height": f"{100 * (of_height[seen] > 10).mean():.1f} %",
        "frames with left and right exchanged": f"{100 * exchanged(pairs).mean():.1f} %",
        "2D error, lag-1 autocorrelation in a clip": f"{autocorrelation(error, pairs.clip):.2f}",
        "own 3D, MPJPE / PA-MPJPE, mm": f"{mpjpe:.0f} / {pa_mpjpe:.0f}",
        "confidence and error, Spearman": f"{spearman(pairs.confidence[:, LIMBS][seen], of_height[seen]):.2f}",
    }


def own_3d(pairs: Pairs) -> tuple[float, float]:
    """MPJPE and PA-MPJPE in mm of the detector's own 3D, all 17 joints, relative to the pelvis; NaN without one."""
    known = np.isfinite(pairs.seen_m).all((1, 2))
    if not known.any():
        return np.nan, np.nan
    own, truth = (points[known] - points[known][:, :1] for points in (pairs.seen_m, pairs.joints_m))
    aligned = similarity_align(own, truth)
    return tuple(1000 * float(np.linalg.norm(p - truth, axis=-1).mean()) for p in (own, aligned))


def landmark_offsets_mm(pairs: Pairs) -> dict[str, np.ndarray]:
    """Median offset [3] of each kind of limb joint after similarity alignment, in the person's axes: away from the
    middle, along the trunk, forwards. Both sides together."""
    known = np.isfinite(pairs.seen_m).all((1, 2))
    truth = pairs.joints_m[known]
    offset = 1000 * (similarity_align(pairs.seen_m[known], truth) - truth)
    left, up = truth[:, LEFT_HIP] - truth[:, RIGHT_HIP], truth[:, TRUNK[1]] - truth[:, TRUNK[0]]
    up = unit(up)
    left = unit(left - (left * up).sum(-1, keepdims=True) * up)
    axes = np.stack([left, up, np.cross(left, up)], 1)
    local = np.einsum("nij,nkj->nki", axes, offset)
    outwards = {"left": np.array([1, 1, 1]), "right": np.array([-1, 1, 1])}
    return {
        joint: np.median(
            np.concatenate([local[:, H36M_17.index(f"{s}_{joint}")] * sign for s, sign in outwards.items()]),
            0,
        )
        for joint in JOINTS
    }


def exchanged(pairs: Pairs) -> np.ndarray:
    """For every frame found, whether left and right are."""
    seen, true = (points[pairs.found][:, LIMBS] for points in (pairs.seen_px, pairs.true_px))
    mirrored = pairs.seen_px[pairs.found][:, H36M_17.mirror][:, LIMBS]
    as_is, other = (np.linalg.norm(points - true, axis=-1).sum(-1) for points in (seen, mirrored))
    return other < EXCHANGED * as_is


def autocorrelation(error: np.ndarray, clip: np.ndarray) -> float:
    """Of error [N,J,2] from frame to frame, about each clip's mean; median over clips."""
    values = []
    for number in np.unique(clip):
        own = error[clip == number].reshape((clip == number).sum(), -1)
        own = own[:, np.isfinite(own).all(0)]
        own = own - own.mean(0) if len(own) > 5 and own.shape[1] else own[:0]
        if len(own):
            values.append((own[1:] * own[:-1]).sum() / (own**2).sum())
    return float(np.median(values)) if values else np.nan


def print_real(folder: Path) -> None:
    print("\nReal video, BlazePose about Kinect joints (residual of the best camera):\n")
    for recording in read_keraal(folder, KERAAL_FPS):
        seen = recording.keypoints["BP"].to(H36M_17).xy_px
        joints = recording.clip.joints_m.astype(float)
        found = np.isfinite(seen).all((1, 2)) & np.isfinite(joints).all((1, 2))
        error, trunk_px = _fitted(joints[found], seen[found])
        off = 100 * np.linalg.norm(error, axis=-1)[:, LIMBS] / trunk_px[:, None]
        lag = autocorrelation(error[:, LIMBS], np.zeros(found.sum(), int))
        print(
            f"- {recording.exercise}: {found.sum()} frames, median {np.median(off):.1f} % of the trunk, "
            f"95th percentile {np.percentile(off, 95):.0f} %, lag-1 autocorrelation {lag:.2f}"
        )


def _fitted(joints: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Residuals [T,17,2] px of the pinhole camera (focal length, turn, place) that fits best, and the trunk [T] px."""
    center = (np.array(SIZE_WH) - 1) / 2

    def projected(camera: np.ndarray) -> np.ndarray:
        at = joints @ rotvec_to_matrix(camera[1:4]).T + camera[4:]
        return 1000 * np.exp(camera[0]) * at[..., :2] / np.maximum(at[..., 2:], 0.1) + center

    turn, place = _first_guess(joints, seen, center)
    start = np.concatenate([[0.0], turn, place])
    fit = least_squares(
        lambda camera: (projected(camera) - seen)[:, LIMBS].ravel(), start, loss="soft_l1", f_scale=10
    )
    true = projected(fit.x)
    return seen - true, np.linalg.norm(true[:, TRUNK[0]] - true[:, TRUNK[1]], axis=-1)


def _first_guess(joints: np.ndarray, seen: np.ndarray, center: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    K = np.array([[1000, 0, center[0]], [0, 1000, center[1]], [0, 0, 1]])
    points, pixels = (values[:, LIMBS].reshape(-1, values.shape[-1]) for values in (joints, seen))
    _, turn, place = cv2.solvePnP(points, pixels, K, None, flags=cv2.SOLVEPNP_SQPNP)
    return turn.ravel(), place.ravel()


if __name__ == "__main__":
    main()
