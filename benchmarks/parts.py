"""A long video in parts against the single pass: how far apart the joints are, and how long a tracker warms up.

    python benchmarks/parts.py joints [--seconds 64] [--parts 2] [--json FILE]
    python benchmarks/parts.py warm-up [--json FILE]

joints: the demo video repeated, by copying its packets, once with `ganbodypose run` and once with `--parts`. Exit code
1 where a person of one is missing in the other, or joints differ by more than 1 mm later than WARM_UP_S after a join.

warm-up: trackers that begin at every half second of the demo video against one that has seen all of it: seconds until
they say the same of the athlete, with regions on the tracker's grid and without it, and what the grid costs: distance
of the keypoints to those of the heavy network, and their jitter (second difference), medians in pixels.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from ganbodypose.detect.weights import demo_video_path
from ganbodypose.estimator import PoseEstimator
from ganbodypose.io.results import load
from ganbodypose.io.video import open_video
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.parts import TAIL_S, WARM_UP_S, parts_of
from ganbodypose.track import Tracked
from memory import repeat

MOST_MM, SAME_PX, MEASURED_S = 1.0, 0.05, 3.0
ATHLETE = 1


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("joints", "warm-up"))
    parser.add_argument("--seconds", type=float, default=64.0)
    parser.add_argument("--parts", type=int, default=2)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    if options.what == "joints":
        with tempfile.TemporaryDirectory(prefix="ganbodypose-benchmark-") as folder:
            figures = joints(Path(folder), options.seconds, options.parts)
    else:
        figures = warm_up()
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    sys.exit(not figures.get("passed", True))


def joints(folder: Path, seconds: float, parts: int) -> dict[str, Any]:
    video = folder / "long.mp4"
    repeat(str(demo_video_path()), video, seconds)
    joins_s = [part.join_s for part in parts_of(str(video), RunOptions(parts=parts))[1:]]
    single, joined = (load(run(video, folder / str(count), count) / "poses.npz") for count in (1, parts))
    rows = [list(zip(one.frame_index, one.track_id, strict=True)) for one in (single, joined)]
    if rows[0] != rows[1]:
        return {"rows only in one": len(set(rows[0]) ^ set(rows[1])), "passed": False}
    apart_mm = 1000 * np.linalg.norm(single.joints_3d_m - joined.joints_3d_m, axis=-1).max(-1)
    after_s = np.array([single.time_s - join_s for join_s in joins_s])
    near = ((after_s >= 0) & (after_s < WARM_UP_S)).any(0)
    return {
        "frames": len(np.unique(single.frame_index)),
        "rows": len(single),
        "people": len(single.track_ids),
        "joins at s": joins_s,
        "overlap s": WARM_UP_S + TAIL_S,
        "rows that differ by over 0.001 mm": int((apart_mm > 1e-3).sum()),
        "greatest difference mm": round(float(apart_mm.max()), 6),
        "greatest difference away from joins mm": round(float(apart_mm[~near].max()), 6),
        "passed": bool(apart_mm[~near].max() <= MOST_MM and joins_s),
    }


def run(video: Path, out: Path, parts: int) -> Path:
    program = [sys.executable, "-m", "ganbodypose.cli", "run", str(video), "--out", str(out)]
    subprocess.run([*program, "--parts", str(parts), "--no-overlay", "--no-report"], check=True)
    return out


def warm_up() -> dict[str, Any]:
    heavy = _keypoints(track(0.0, "blazepose-heavy"))
    figures = {"on the grid": _forgetting(heavy)}
    with mock.patch("ganbodypose.track.scene.on_grid", lambda region: region):
        figures["without it"] = _forgetting(heavy)
    return figures


def _forgetting(heavy: dict[float, np.ndarray]) -> dict[str, Any]:
    whole = _keypoints(track(0.0))
    starts = np.arange(0.5, max(whole) - MEASURED_S, 0.5)
    took = [_seconds_until_same(whole, track(start, end_s=start + MEASURED_S), start) for start in starts]
    same = [seconds for seconds in took if seconds is not None]
    off = [np.linalg.norm(xy - heavy[time_s], axis=-1) for time_s, xy in whole.items() if time_s in heavy]
    jitter = np.linalg.norm(np.diff(np.stack(list(whole.values())), 2, axis=0), axis=-1)
    return {
        "starts": len(took),
        f"the same within {MEASURED_S:g} s": len(same),
        "seconds until the same, median": statistics.median(same) if same else None,
        "seconds until the same, longest": max(same, default=None),
        "to the heavy network px": round(float(np.median(off)), 2),
        "jitter px": round(float(np.median(jitter)), 2),
    }


def track(start_s: float, detector: str = "blazepose-full", end_s: float | None = None) -> list[Tracked]:
    session = PoseEstimator(detector).tracking()
    with open_video(demo_video_path(), start_s, end_s) as video:
        return [session.detect(frame) for frame in video]


def _keypoints(frames: Sequence[Tracked]) -> dict[float, np.ndarray]:
    """[17,2] px of the athlete by time."""
    return {
        tracked.time_s: person.detection.keypoints.xy_px
        for tracked in frames
        for person in tracked.people
        if person.track_id == ATHLETE
    }


def _seconds_until_same(
    whole: dict[float, np.ndarray], frames: Sequence[Tracked], start_s: float
) -> float | None:
    """After `start_s`, until somebody is where the athlete is and stays there; None where that does not happen."""
    differs = [
        tracked.time_s
        for tracked in frames
        if tracked.time_s in whole and not _is_there(whole[tracked.time_s], tracked)
    ]
    if not differs:
        return 0.0
    return None if differs[-1] == frames[-1].time_s else round(differs[-1] - start_s, 2)


def _is_there(xy_px: np.ndarray, tracked: Tracked) -> bool:
    return any(np.abs(person.detection.keypoints.xy_px - xy_px).max() < SAME_PX for person in tracked.people)


if __name__ == "__main__":
    main()
