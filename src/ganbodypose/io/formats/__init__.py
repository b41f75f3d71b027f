"""Recordings in the file formats of other tools; the format is known by the file's ending.

    read(path) -> PoseSequence      write(path, sequence, options) -> notes      convert(source, target, options)

Writers are atomic. A note is one clause that says what was done to the data (units, axes, what was left out).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganbodypose.core import OrderError, PoseSequence, UserError
from ganbodypose.io import results
from ganbodypose.io.formats.bvh import read_bvh, write_bvh
from ganbodypose.io.formats.c3d import read_c3d, write_c3d
from ganbodypose.io.formats.coco_results import write_coco
from ganbodypose.io.formats.csv_table import read_csv, write_csv
from ganbodypose.io.formats.depth_sensor import read_depth_sensor
from ganbodypose.io.formats.gltf import write_glb
from ganbodypose.io.formats.gltf_reading import read_glb
from ganbodypose.io.formats.mot import read_mot, write_mot
from ganbodypose.io.formats.netcdf import read_netcdf, write_netcdf
from ganbodypose.io.formats.parquet import read_parquet, write_parquet
from ganbodypose.io.formats.tracks import NoPelvisError, WriteOptions, select
from ganbodypose.io.formats.trc import read_trc, write_trc
from ganbodypose.io.formats.usd import read_usd, write_usd
from ganbodypose.io.text import printable

__all__ = ["FORMATS", "Format", "WriteOptions", "convert", "known_format", "read", "write"]

Notes = tuple[str, ...]


@dataclass(frozen=True)
class Format:
    """How to read and how to write one kind of file; one_person: it holds no more; y_up: it holds places in a room,
    at even times, rather than before the camera, frame by frame."""

    read: Callable[[Path], PoseSequence]
    write: Callable[[Path, PoseSequence, WriteOptions], Notes]
    one_person: bool = False
    y_up: bool = False


def _write_results(path: Path, sequence: PoseSequence, options: WriteOptions) -> Notes:
    chosen = select(sequence, options)
    results.save(path, chosen.sequence)
    return chosen.notes


FORMATS = {
    ".npz": Format(results.load, _write_results),
    ".csv": Format(read_csv, write_csv),
    ".trc": Format(read_trc, write_trc, one_person=True, y_up=True),
    ".bvh": Format(read_bvh, write_bvh, one_person=True, y_up=True),
    ".c3d": Format(read_c3d, write_c3d, y_up=True),
    ".mot": Format(read_mot, write_mot, one_person=True, y_up=True),
    ".glb": Format(read_glb, write_glb, y_up=True),
    ".usda": Format(read_usd, write_usd, y_up=True),
    ".usdc": Format(read_usd, write_usd, y_up=True),
    ".usd": Format(read_usd, write_usd, y_up=True),
    ".parquet": Format(read_parquet, write_parquet),
    ".nc": Format(read_netcdf, write_netcdf),
    ".json": Format(read_depth_sensor, write_coco),
}


def read(path: str | Path) -> PoseSequence:
    """The recording in a file of any known format; UserError when the file or its format is not known, its rate or
    size cannot be, its times do not increase, or somebody's pelvis is never known but other joints are."""
    try:
        sequence = known_format(path).read(Path(path))
    except (OrderError, NoPelvisError) as error:
        raise UserError(f"{path}: {error}") from error
    _require_possible_rate_and_size(sequence, path)
    return sequence


def _require_possible_rate_and_size(sequence: PoseSequence, path: str | Path) -> None:
    """Where they are unknown they are NaN and 0."""
    fps, (width, height) = sequence.fps, sequence.image_size_wh
    if not (np.isnan(fps) or 0 < fps < np.inf) or min(width, height) < 0:
        raise UserError(
            f"{path}: {fps:g} pictures a second of {width}x{height} pixels cannot be; export it again."
        )


def write(path: str | Path, sequence: PoseSequence, options: WriteOptions | None = None) -> Notes:
    """Write a file in the format of its ending; returns the notes. UserError where the options do not fit it."""
    kind, options = known_format(path), options or WriteOptions()
    if options.fps is not None and not kind.y_up:
        raise UserError(f"A {Path(path).suffix} holds the recording's own frames and times: no --fps.")
    if (shown := printable(str(path))) != str(path):  # the libraries of half of the formats cannot open it
        raise UserError(f"{shown} is no name in UTF-8; give another.")
    if options.on_floor and not kind.y_up:
        raise UserError(
            f"A {Path(path).suffix} holds places before the camera, which stay there: no --on-floor."
        )
    return kind.write(Path(path), sequence, options)


def convert(source: str | Path, target: str | Path, options: WriteOptions | None = None) -> Notes:
    """Read one file and write the other; returns the notes. Both formats are checked before anything is read."""
    known_format(source)
    known_format(target)
    return write(target, read(source), options)


def known_format(path: str | Path) -> Format:
    """The format of the file's ending; UserError where there is none."""
    if Path(path).is_dir():
        raise UserError(f"{path} is a folder; give the file in it, poses.npz if a run made it.")
    try:
        return FORMATS[Path(path).suffix.lower()]
    except KeyError:
        known = ", ".join(FORMATS)
        raise UserError(f"{path} has no known ending; use one of {known}.") from None
