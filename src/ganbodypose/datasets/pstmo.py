"""MPI-INF-3DHP as P-STMO prepares it: data_train_3dhp.npz and data_test_3dhp.npz (2D px, 3D mm, camera frame).

Shan et al., ECCV 2022; both files hold one pickled dict, `data`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.datasets.checks import entry, field_error, numbers, same_length
from ganbodypose.datasets.mpi_inf_3dhp import camera_view
from ganbodypose.datasets.safe_pickle import load_npz_member
from ganbodypose.datasets.views import ViewClip
from ganbodypose.skeletons import MPI_INF_3DHP_17


def read_pstmo_train(path: str | Path) -> Iterator[ViewClip]:
    """Every sequence as each camera saw it, in the file's order; the frame rate is the file's."""
    path = Path(path)
    for sequence, value in _sequences(path):
        field = f"data[{sequence!r}]"
        if not isinstance(value, (list, tuple, np.ndarray)) or len(value) != 2:
            raise field_error(path, field, "must be the pair [cameras, frame rate]")
        cameras, fps = value
        rate = float(numbers(path, fps, f"{field}[1]", ()))
        if not 0 < rate < np.inf:
            raise field_error(path, f"{field}[1]", f"must be a positive frame rate, not {rate:g}")
        if not isinstance(cameras, dict):
            raise field_error(path, f"{field}[0]", f"must be a dict, not {type(cameras).__name__}")
        subject, _, number = sequence.partition(" ")
        for camera, content in cameras.items():
            name = f"{subject}/{number}/{camera}"
            yield _view(path, content, f"{field}[0][{camera!r}]", name, subject, rate)


def read_pstmo_test(path: str | Path, fps: float) -> Iterator[ViewClip]:
    """The test sequences; `valid` says which frames count. The file states no frame rate: `fps` must be given."""
    path = Path(path)
    for name, content in _sequences(path):
        field = f"data[{name!r}]"
        valid = np.ravel(entry(path, content, "valid", field))
        yield _view(
            path, content, field, name, name, fps, numbers(path, valid, f"{field}['valid']", (None,)) > 0
        )


def _sequences(path: Path) -> Iterator[tuple[str, Any]]:
    data = load_npz_member(path, "data")
    if not isinstance(data, dict):
        raise field_error(path, "data", f"must be a dict of sequences, not {type(data).__name__}")
    return ((str(name), value) for name, value in data.items())


def _view(
    path: Path, content: Any, field: str, name: str, subject: str, fps: float, valid: np.ndarray | None = None
) -> ViewClip:
    key_2d, key_3d = f"{field}['data_2d']", f"{field}['data_3d']"
    xy_px = numbers(path, entry(path, content, "data_2d", field), key_2d, (None, 17, 2))
    xyz_mm = numbers(path, entry(path, content, "data_3d", field), key_3d, (None, 17, 3))
    columns = [(key_3d, xyz_mm), (key_2d, xy_px)]
    same_length(path, columns if valid is None else [*columns, (f"{field}['valid']", valid)])
    return camera_view(name, subject, fps, xy_px, xyz_mm, MPI_INF_3DHP_17, valid=valid)
