"""Peak memory of `ganbodypose run` on a one-minute and a twenty-minute video; it must not grow with length.

    python benchmarks/memory.py [--minutes 1 20] [--small] [--json FILE] [-- OPTIONS OF run]

The videos are the demo video repeated, by copying its packets (nothing is encoded anew). Exit code 1 where
the longest video takes over 5 % more than the shortest, or any peak is above 700 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import av
import cv2

from ganbodypose.io.video import open_video
from ganbodypose.io.video_writer import VideoWriter

MAX_GROWTH = 1.05
MAX_PEAK_MB = 700.0
SMALL_WH = (320, 180)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--video", help="default: the demo video")
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 20.0])
    parser.add_argument(
        "--small", action="store_true", help="its first four seconds, at 320x180, for slow machines"
    )
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("run_options", nargs="*", help="after --: passed on to `ganbodypose run`")
    options = parser.parse_args()
    video = options.video or _demo_video()
    rows = []
    for minutes in sorted(options.minutes):
        with tempfile.TemporaryDirectory(prefix="ganbodypose-benchmark-") as folder:
            source = shrink(video, Path(folder) / "small.mp4") if options.small else video
            looped = Path(folder) / "looped.mp4"
            repeat(source, looped, minutes * 60)
            rows.append({"minutes": minutes} | measure(looped, Path(folder) / "out", options.run_options))
            print(json.dumps(rows[-1]), file=sys.stderr)
    growth = rows[-1]["peak_mb"] / rows[0]["peak_mb"]
    for row in rows:
        print(f"{row['minutes']:6g} min  {row['frames']:7d} frames  peak {row['peak_mb']:6.1f} MB")
    print(f"growth {growth:.3f} (at most {MAX_GROWTH}), peak at most {MAX_PEAK_MB:g} MB")
    if options.json:
        options.json.write_text(json.dumps({"runs": rows, "growth": growth}, indent=2) + "\n")
    sys.exit(growth > MAX_GROWTH or max(row["peak_mb"] for row in rows) > MAX_PEAK_MB)


def _demo_video() -> str:
    from ganbodypose.detect.weights import demo_video_path

    return str(demo_video_path())


def shrink(source: str, target: Path) -> str:
    """The first four seconds at 320x180."""
    with open_video(source, end_s=4.0) as video, VideoWriter(target, SMALL_WH, video.fps) as small:
        for frame in video:
            small.write(cv2.resize(frame.rgb, SMALL_WH, interpolation=cv2.INTER_AREA), frame.time_s)
    return str(target)


def repeat(source: str, target: Path, seconds: float) -> None:
    """`source` over and over, by copying packets, until `seconds` are full."""
    with av.open(str(target), "w") as out:
        written, offset = None, 0
        while written is None or offset * written.time_base < seconds:
            with av.open(source) as video:
                stream = video.streams.video[0]
                written = written or out.add_stream_from_template(stream)
                length = 0
                for packet in video.demux(stream):
                    if packet.dts is None:
                        continue
                    length = max(length, packet.pts + packet.duration)
                    packet.stream = written
                    packet.pts += offset
                    packet.dts += offset
                    out.mux(packet)
                offset += length


def measure(video: Path, out: Path, run_options: list[str]) -> dict[str, float]:
    """Peak resident memory of one run in a process of its own, in MB, and what the run says of itself."""
    command = [sys.executable, "-m", "ganbodypose.cli", "run", str(video), "--out", str(out), "--json"]
    with tempfile.TemporaryFile("w+") as answer:
        process = subprocess.Popen([*command, *run_options], stdout=answer)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"error: the run ended with exit code {process.returncode}")
        answer.seek(0)
        summary = json.load(answer)
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes on Linux
    return {
        "peak_mb": round(usage.ru_maxrss * (1024 / 1000 if unit == 1e3 else 1) / unit, 1),
        "frames": summary["frames"],
        "frames_per_s": summary["frames_per_s"],
    }


if __name__ == "__main__":
    main()
