"""netCDF, Parquet and glTF files that are whole, but hold values of another kind or size than expected."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pygltflib
import pytest
import xarray
from pyarrow import parquet

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats import gltf_reading, read, write


def _numbered(*numbers: Any) -> Callable[[xarray.Dataset], xarray.Dataset]:
    return lambda data: data.drop_vars("frame_index").assign_coords(frame_index=numbers)


def _in_frames(data: xarray.Dataset, fps: float | None) -> xarray.Dataset:
    """As `movement` has it where it was not told the rate, and, against its habit, with one."""
    counted = data.assign_coords(time=np.arange(data.sizes["time"])).assign_attrs(time_unit="frames")
    counted.attrs = {key: value for key, value in counted.attrs.items() if key != "fps"}
    return counted.assign_attrs(fps=fps) if fps else counted


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_numbered("other", [1]), "one number for each time"),
        (_numbered(("time", "space"), np.zeros((2, 3), int)), "one number for each time"),
        (_numbered((), 3), "one number for each time"),
        (lambda data: data.isel(individuals=slice(0, 0)), "holds nobody"),
        (lambda data: data.assign_attrs(fps=-5.0), "-5 pictures a second"),
        (lambda data: data.assign_attrs(fps=[1.0, 2.0]), "is no poses dataset"),
        (lambda data: _in_frames(data, None), "times in frames but no rate; give it the attribute 'fps'"),
    ],
)
def test_netcdf(
    moving: PoseSequence, tmp_path: Path, change: Callable[[xarray.Dataset], xarray.Dataset], words: str
) -> None:
    write(tmp_path / "a.nc", moving)
    whole = xarray.load_dataset(tmp_path / "a.nc", engine="h5netcdf").isel(time=slice(0, 2))
    change(whole).to_netcdf(tmp_path / "strange.nc", engine="h5netcdf")
    with pytest.raises(UserError, match=rf"strange\.nc.*{words}"):
        read(tmp_path / "strange.nc")


def test_netcdf_with_times_in_frames(moving: PoseSequence, tmp_path: Path) -> None:
    write(tmp_path / "a.nc", moving)
    counted = _in_frames(xarray.load_dataset(tmp_path / "a.nc", engine="h5netcdf"), 50)
    counted.to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    np.testing.assert_allclose(read(tmp_path / "b.nc").time_s, np.arange(5) / 50)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".nc"])
def test_one_rate_whatever_the_table(moving: PoseSequence, tmp_path: Path, ending: str) -> None:
    """The average over the frames that passed, for times may be rounded and frames may be missing."""
    times_s = np.array([0, 0.033, 0.067, 0.1, 0.2])
    sequence = replace(moving, time_s=times_s, frame_index=np.array([0, 1, 2, 3, 6]), fps=float("nan"))
    write(tmp_path / f"a{ending}", sequence)
    if ending == ".parquet":  # which notes the rate
        table = parquet.read_table(tmp_path / "a.parquet").replace_schema_metadata(None)
        parquet.write_table(table, tmp_path / "a.parquet")
    assert read(tmp_path / f"a{ending}").fps == pytest.approx(30)


def test_parquet_with_a_joint_twice(moving: PoseSequence, tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", moving)
    table = parquet.read_table(tmp_path / "a.parquet")
    parquet.write_table(pyarrow.concat_tables([table, table.slice(18, 1)]), tmp_path / "b.parquet")
    words = r"b\.parquet, row 86, gives right_hip of person 1 in frame 1 a second time"
    with pytest.raises(UserError, match=words):
        read(tmp_path / "b.parquet")


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ('{"fps": "x", "image_size_wh": [1, 2]}', "the rate must be numbers"),
        ('{"fps": [30], "image_size_wh": [1, 2]}', "the rate must be one number"),
        ('{"fps": -3, "image_size_wh": [1, 2]}', "-3 pictures a second"),
        ('{"fps": 30, "image_size_wh": ["a", 2]}', "must be a whole number, not 'a'"),
        ('{"fps": 30, "image_size_wh": [-1, 2]}', "-1x2 pixels"),
        ("[]", "metadata of another kind"),
    ],
)
def test_parquet_metadata(moving: PoseSequence, tmp_path: Path, metadata: str, words: str) -> None:
    write(tmp_path / "a.parquet", moving)
    table = parquet.read_table(tmp_path / "a.parquet").replace_schema_metadata({b"ganbodypose": metadata})
    parquet.write_table(table, tmp_path / "strange.parquet")
    with pytest.raises(UserError, match=rf"strange\.parquet.*{words}"):
        read(tmp_path / "strange.parquet")


def test_gltf_with_a_number_too_large_for_a_person(moving: PoseSequence, tmp_path: Path) -> None:
    write(tmp_path / "a.glb", moving)
    file = pygltflib.GLTF2().load_binary(str(tmp_path / "a.glb"))
    for node in file.nodes:
        node.extras = {"track_id": 1 << 70}
    file.save_binary(str(tmp_path / "strange.glb"))
    assert read(tmp_path / "strange.glb").track_ids == (1,)


def test_gltf_with_more_nodes_in_frames_than_memory_holds(
    moving: PoseSequence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.glb", moving)
    monkeypatch.setattr(gltf_reading, "_MOST_PLACES", 10)
    with pytest.raises(UserError, match="more than 10 places"):
        read(tmp_path / "a.glb")


@pytest.mark.skipif(sys.platform != "linux", reason="others do not limit addresses")
def test_c3d_for_which_its_library_takes_gigabytes(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "fuzz" / "corpus" / "c3d" / "050fdff5a156", tmp_path / "a.c3d")
    with pytest.raises(UserError, match="too much memory"):
        read(tmp_path / "a.c3d")
