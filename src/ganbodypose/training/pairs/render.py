"""`ganbodypose data render`: clips in several processes into a folder of shards; what is there already stays."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ganbodypose.core import UserError
from ganbodypose.training.pairs.shards import (
    RenderSettings,
    ShardRange,
    missing_shards,
    open_folder,
    write_shard,
)


@dataclass(frozen=True)
class RenderSummary:
    """clips and frames made by this call, of how many clips the folder is to hold."""

    made: int
    frames: int
    wanted: int


@dataclass(frozen=True)
class _Job:
    shard: ShardRange
    folder: Path
    data: Path
    settings: RenderSettings


def render(
    folder: Path,
    clips: int,
    data: Path,
    settings: RenderSettings,
    processes: int = 1,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> RenderSummary:
    """Make the shards of `clips` clips that are missing in `folder` from the motion of `data`
    (`training.recordings`).

    on_progress gets frames done and to do. A clip depends on the seed and its number alone, so neither the number of
    processes nor interruptions change the result. UserError when packages, data or weights are missing, or when the
    folder holds other pairs.
    """
    if min(clips, processes, settings.frames) < 1:
        raise UserError("The numbers of clips, frames and processes must be 1 or more.")
    open_folder(folder, settings)
    jobs = [
        _Job(shard, folder, data, settings)
        for shard in missing_shards(folder, clips, settings.clips_per_shard)
    ]
    made, to_do = 0, sum(job.shard.last - job.shard.first for job in jobs)
    for count in _counts(jobs, processes):
        made += count
        if on_progress is not None:
            on_progress(made * settings.frames, to_do * settings.frames)
    return RenderSummary(made, made * settings.frames, clips)


def _counts(jobs: list[_Job], processes: int) -> Iterator[int]:
    """Runs the jobs; yields the clips done since the last time."""
    if processes == 1 or len(jobs) < 2:
        yield from map(_run, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(min(processes, len(jobs))) as pool:
        yield from pool.imap_unordered(_run, jobs)


def _run(job: _Job) -> int:
    """One shard; returns its number of clips."""
    maker, detector = _workshop(job.data, job.settings)
    numbers = range(job.shard.first, job.shard.last)
    clips = [maker.make((job.settings.seed, number), detector) for number in numbers]
    write_shard(job.folder, job.shard, clips, detector.skeleton.name, job.settings)
    return len(clips)


@cache
def _workshop(data: Path, settings: RenderSettings):  # type: ignore[no-untyped-def]  # heavy imports stay inside
    """What a process makes clips with, loaded once."""
    import cv2
    import torch

    from ganbodypose.detect import create_detector
    from ganbodypose.training.pairs.body import BodyModel
    from ganbodypose.training.pairs.clip import ClipMaker
    from ganbodypose.training.pairs.motions import Motions
    from ganbodypose.training.pairs.textures import Photographs
    from ganbodypose.training.recordings import recorded_clips

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    motions = Motions(list(recorded_clips(data, settings.split)), settings.frames)
    maker = ClipMaker(BodyModel(), motions, Photographs.of_split(settings.split))
    return maker, create_detector(settings.detector)
