"""Pairs on disk: a folder of shards, each complete or absent, and what they were made with.

A shard is an .npz without pickled objects. Per frame: full_xy [N,J,2] px, full_z [N,J] m, full_vis [N,J] (confidence),
full_world [N,J,3] m, full_ok [N] (False: not found, values NaN), gt17_cam [N,17,3] m, clip [N]. Per clip: clip_K,
clip_distortion, clip_WH, clip_height_m, clip_age, clip_phen, clip_trunc (part of the joints outside the picture),
clip_occl (boxes before the person), clip_fov, clip_elev, clip_roll, clip_distance_m, clip_company, clip_background,
clip_look, clip_name ('file:clip' of the motion), clip_subject, clip_action, clip_first, clip_mirrored, clip_number.
Once: fps, skeleton (of the J keypoints; the prefix 'full' is history), seed, split, detector, detector_sha256 (JSON),
phen_labels.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.datasets.mocap import Split
from ganbodypose.detect import checksums_of
from ganbodypose.io.atomic import replacing
from ganbodypose.training.pairs.clip import PairClip
from ganbodypose.training.pairs.motions import FPS

SETTINGS = "render.json"


@dataclass(frozen=True)
class RenderSettings:
    """What decides the content of a folder of shards."""

    seed: int
    detector: str
    split: Split
    frames: int = 48
    clips_per_shard: int = 10


@dataclass(frozen=True)
class ShardRange:
    """Clips first to last (exclusive) of a run."""

    first: int
    last: int

    def path(self, folder: Path) -> Path:
        return folder / f"pairs_{self.first:06}.npz"


def checked_split(name: str) -> Split:
    """UserError unless `name` is a split that pairs can be made of."""
    splits: dict[str, Split] = {"train": "train", "val": "val", "test": "test"}
    if name not in splits:
        raise UserError(f"Unknown split '{name}': choose one of {', '.join(splits)}.")
    return splits[name]


def open_folder(folder: Path, settings: RenderSettings) -> None:
    """Makes the folder, or checks that its shards were made with the same settings (else UserError)."""
    folder.mkdir(parents=True, exist_ok=True)
    path, wanted = folder / SETTINGS, asdict(settings) | {"detector_sha256": checksums_of(settings.detector)}
    if not path.exists():
        with replacing(path) as part:
            part.write_text(json.dumps(wanted, indent=1) + "\n")
        return
    found = json.loads(path.read_text())
    differing = [key for key in wanted if found.get(key) != wanted[key]]
    if differing:
        key = differing[0]
        raise UserError(
            f"{folder} holds pairs made with {key} {found.get(key)!r}, not {wanted[key]!r}; give the same settings or "
            "another folder."
        )


def missing_shards(folder: Path, clips: int, clips_per_shard: int) -> list[ShardRange]:
    """The shards of a run of `clips` that are not there yet, or hold too few clips because the run was shorter."""
    firsts = range(0, clips, clips_per_shard)
    ranges = [ShardRange(first, min(first + clips_per_shard, clips)) for first in firsts]
    return [wanted for wanted in ranges if _clips_in(wanted.path(folder)) < wanted.last - wanted.first]


def shard_paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("pairs_*.npz"))


def _clips_in(path: Path) -> int:
    if not path.exists():
        return 0
    with np.load(path, allow_pickle=False) as shard:
        return len(shard["clip_name"])


def write_shard(
    folder: Path, shard: ShardRange, clips: Sequence[PairClip], skeleton: str, settings: RenderSettings
) -> None:
    """One file, under its name only when complete; `skeleton` names the detector's."""
    numbers = range(shard.first, shard.last)
    rows = [_clip_row(clip, number) for clip, number in zip(clips, numbers, strict=True)]
    arrays: dict[str, np.ndarray] = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    for index, clip in enumerate(clips):
        for key, values in _frame_rows(clip, index).items():
            arrays[key] = np.concatenate([arrays[key], values]) if index else values
    arrays |= {
        "fps": np.array(FPS),
        "skeleton": np.array(skeleton),
        "seed": np.array(settings.seed),
        "split": np.array(settings.split),
        "detector": np.array(settings.detector),
        "detector_sha256": np.array(json.dumps(checksums_of(settings.detector))),
        "phen_labels": np.array(sorted(clips[0].stage.actor.shape.phenotype)),
    }
    with replacing(shard.path(folder)) as part, part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _frame_rows(clip: PairClip, index: int) -> dict[str, np.ndarray]:
    """Pixels to a sixteenth and metres to 1/4096: rounding makes the file smaller by a third."""
    watched = clip.watched
    return {
        "full_xy": _rounded(watched.xy_px, 16),
        "full_z": _rounded(watched.depth_m, 4096),
        "full_vis": _rounded(watched.confidence, 1024),
        "full_world": _rounded(watched.world_m, 4096),
        "full_ok": watched.found,
        "gt17_cam": _rounded(clip.stage.joints_camera_m, 4096),
        "clip": np.full(len(watched.found), index),
    }


def _rounded(values: np.ndarray, steps: int) -> np.ndarray:
    return (np.round(values * steps) / steps).astype(np.float32)


def _clip_row(clip: PairClip, number: int) -> dict[str, Any]:
    stage, shape, shot = clip.stage, clip.stage.actor.shape, clip.stage.shot
    wardrobe = stage.actor.clothes.wardrobe
    return {
        "clip_number": number,
        "clip_K": shot.camera.matrix,
        "clip_distortion": shot.camera.distortion,
        "clip_WH": shot.camera.size_wh,
        "clip_height_m": shape.height_m,
        "clip_age": shape.age,
        "clip_phen": [shape.phenotype[name] for name in sorted(shape.phenotype)],
        "clip_trunc": clip.cut_off,
        "clip_occl": stage.background.hiding,
        "clip_fov": shot.fov_deg,
        "clip_elev": shot.elevation_deg,
        "clip_roll": shot.roll_deg,
        "clip_distance_m": shot.distance_m,
        "clip_company": stage.company is not None,
        "clip_background": stage.background.kind,
        "clip_look": f"{wardrobe.top}/{wardrobe.bottom}/{wardrobe.hair}",
        "clip_name": stage.motion.name,
        "clip_subject": stage.motion.subject,
        "clip_action": stage.motion.action,
        "clip_first": stage.motion.first,
        "clip_mirrored": stage.motion.mirrored,
    }
