"""Arrays of .npz archives, read range by range."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.datasets.npy_column import NpyColumn

ROWS = np.random.default_rng(0).normal(size=(1000, 17, 3)).astype(np.float32)
RANGES = [(0, 10), (10, 400), (900, 1000), (5, 6), (500, 500)]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_ranges_in_any_order(tmp_path: Path, save: object) -> None:
    assert callable(save)
    save(tmp_path / "a.npz", other=np.arange(3), poses=ROWS)
    column = NpyColumn(tmp_path / "a.npz", "poses")
    assert column.shape == ROWS.shape and column.dtype == np.float32
    for (start, stop), rows in zip(RANGES, column.rows(RANGES), strict=True):
        np.testing.assert_array_equal(rows, ROWS[start:stop])


def test_one_range_at_a_time_is_in_memory(tmp_path: Path) -> None:
    big = np.zeros((400_000, 17, 3), np.float32)  # 82 MB
    np.savez_compressed(tmp_path / "a.npz", poses=big)
    del big
    ranges = [(k, k + 1000) for k in range(0, 400_000, 1000)]
    tracemalloc.start()
    frames = sum(len(rows) for rows in NpyColumn(tmp_path / "a.npz", "poses").rows(ranges))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert frames == 400_000 and peak < 3e6


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.asfortranarray(ROWS), "must be a C-ordered array"),
        (np.array([{}], object), "must be a C-ordered array of plain numbers"),
    ],
)
def test_arrays_that_cannot_be_read_so(tmp_path: Path, array: np.ndarray, message: str) -> None:
    np.savez(tmp_path / "a.npz", poses=array)
    with pytest.raises(UserError, match=f"a.npz: field 'poses' {message}"):
        NpyColumn(tmp_path / "a.npz", "poses")


def test_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, other=ROWS)
    with pytest.raises(UserError, match="field 'poses' is missing"):
        NpyColumn(path, "poses")
    np.savez_compressed(path, poses=ROWS)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(UserError, match="field 'poses' cannot be read"):
        NpyColumn(path, "poses")
    np.savez(path, poses=ROWS)
    with pytest.raises(UserError, match="ends too early"):
        list(NpyColumn(path, "poses").rows([(990, 1001)]))
