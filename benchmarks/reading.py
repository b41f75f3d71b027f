"""Reading of datasets: memory and speed on ten million frames, and its share of a training step.

    python benchmarks/reading.py [--frames 10000000] [--data DATA]

Writes a synthetic archive (2 GB for ten million frames) into a temporary folder, reads it clip by clip, and prints one
JSON object: the peak of the process's memory before and after, frames per second of CPU time, and, with --data, the CPU
time of reading against that of making a batch and of a training step on it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np

from ganbodypose.datasets.mix import Source, draw_clips
from ganbodypose.datasets.mocap import read_mocap
from ganbodypose.metrics.cost import peak_memory_mb
from ganbodypose.skeletons import H36M_17

CLIP_FRAMES = 500
WINDOWS, FRAMES = 64, 32  # of a training step


def write_archive(path: Path, frames: int) -> None:
    """A prepared archive of `frames` frames in clips of 500, in constant memory."""
    clips = frames // CLIP_FRAMES
    block = np.random.default_rng(0).normal(0, 0.4, (CLIP_FRAMES, 17, 3)).astype(np.float32)
    arrays = {
        "clip_start": np.arange(clips) * CLIP_FRAMES,
        "clip_len": np.full(clips, CLIP_FRAMES),
        "clip_name": np.array([f"clip{k}" for k in range(clips)]),
        "subject": np.array(["a"] * clips),
        "action": np.array([""] * clips),
        "fps": np.float32(50),
        "joint_names": np.array(H36M_17.joints),
        "up": np.array("z"),
        "units": np.array("m"),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        with archive.open("poses.npy", "w", force_zip64=True) as file:
            header = {"descr": "<f4", "fortran_order": False, "shape": (clips * CLIP_FRAMES, 17, 3)}
            np.lib.format.write_array_header_1_0(file, header)
            for _ in range(clips):
                file.write(block.tobytes())
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, np.asanyarray(array))


def stream(frames: int) -> dict[str, float]:
    """Memory and speed of reading an archive of `frames` frames."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.npz"
        write_archive(path, frames)
        before, start = peak_memory_mb(), time.process_time()
        seen = sum(len(clip.joints_m) for clip in read_mocap(path))
        cpu_s = time.process_time() - start
        return {
            "frames": seen,
            "archive_mb": round(path.stat().st_size / 1e6),
            "peak_before_mb": round(before, 1),
            "peak_after_mb": round(peak_memory_mb(), 1),
            "frames_per_cpu_s": round(seen / cpu_s),
        }


def against_training(data: Path, steps: int = 10) -> dict[str, float]:
    """CPU time, ms, of what one step of 64 windows of 32 frames needs: clips read from disk, the batch made of motion
    (cameras, detector noise), forward and backward pass of the `live` network."""
    import torch

    from ganbodypose.baselines.registry import build_network
    from ganbodypose.training.batches import make_batch, observe_motion
    from ganbodypose.training.data import load_split
    from ganbodypose.training.detector_noise import NoiseLevel

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    clips = draw_clips([Source("mocap", data / "mocap")], rng)
    next(clips)
    bank, network = load_split(data, "train").motion, build_network("live")
    spent = {"read_ms": 0.0, "make_batch_ms": 0.0, "train_step_ms": 0.0}
    for _ in range(steps):
        with _counted(spent, "read_ms"):
            for _ in range(WINDOWS):
                next(clips)
        with _counted(spent, "make_batch_ms"):
            batch = make_batch(observe_motion(bank, NoiseLevel(), rng, WINDOWS, FRAMES))
        with _counted(spent, "train_step_ms"):
            prediction, _memory = network(batch.joints, batch.condition)
            (prediction.joints_m - batch.target).norm(dim=-1).mean().backward()
    result = {name: round(ms / steps, 1) for name, ms in spent.items()}
    return result | {"reading_share": round(spent["read_ms"] / sum(spent.values()), 4)}


class _counted:  # noqa: N801 (reads as a word in `with`)
    """Adds the CPU time spent inside `with` to spent[name], ms."""

    def __init__(self, spent: dict[str, float], name: str) -> None:
        self._spent, self._name = spent, name

    def __enter__(self) -> None:
        self._start = time.process_time()

    def __exit__(self, *_: object) -> None:
        self._spent[self._name] += 1000 * (time.process_time() - self._start)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=10_000_000)
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA") or None)
    arguments = parser.parse_args()
    result: dict[str, object] = {"streaming": stream(arguments.frames)}
    if arguments.data:
        result["training"] = against_training(arguments.data)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
