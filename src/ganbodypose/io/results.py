"""The results file `poses.npz`: one row per person and frame, readable with `numpy.load(allow_pickle=False)`.

With N rows and the 17 joints of `skeletons.H36M_17`:

    frame_index              [N] int64          number of the decoded frame
    time_s                   [N] float64        presentation time
    track_id                 [N] int64          stable id of the person
    keypoints_2d_px          [N,17,2] float32   detected keypoints, image pixels
    keypoints_2d_confidence  [N,17] float32     in [0,1]
    joints_3d_m              [N,17,3] float32   from the pelvis; camera frame: x right, y down, z forward
    root_camera_m            [N,3] float32      pelvis in the camera frame (estimated)
    expected_error_m         [N,17] float32     calibrated expected error of the root-relative joint
    pose_quality             [N] float32        in [0,1]
    bbox_px                  [N,4] float32      x0 y0 x1 y1
    joint_names              [17] str
    camera_matrix            [3,3] float64      intrinsics used, given or assumed
    fps                      [] float64         average frame rate, NaN where unknown (fewer than two frames)
    image_size_wh            [2] int64          width, height of the frames
    meta_json                [] str             a JSON object: versions, model card, detector, options, source

Metres, seconds and pixels; missing is NaN.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ganbodypose.core import Camera, FrameResult, PersonResult, PoseSequence, UserError, average_fps, naming
from ganbodypose.io.atomic import cannot_write, replacing
from ganbodypose.io.npz import DAMAGED, check_npz
from ganbodypose.io.text import parse_json_object, printable
from ganbodypose.skeletons import H36M_17

_J = len(H36M_17)
ROW_DTYPE = np.dtype(
    [
        ("frame_index", np.int64),
        ("time_s", np.float64),
        ("track_id", np.int64),
        ("keypoints_2d_px", np.float32, (_J, 2)),
        ("keypoints_2d_confidence", np.float32, (_J,)),
        ("joints_3d_m", np.float32, (_J, 3)),
        ("root_camera_m", np.float32, (3,)),
        ("expected_error_m", np.float32, (_J,)),
        ("pose_quality", np.float32),
        ("bbox_px", np.float32, (4,)),
    ]
)
_ROW_NAMES = tuple(ROW_DTYPE.names or ())
_CONSTANTS: dict[str, tuple[np.dtype, tuple[int, ...]]] = {
    "joint_names": (np.dtype(str), (_J,)),
    "camera_matrix": (np.dtype(np.float64), (3, 3)),
    "fps": (np.dtype(np.float64), ()),
    "image_size_wh": (np.dtype(np.int64), (2,)),
    "meta_json": (np.dtype(str), ()),
}
_CHUNK_ROWS = 4096  # 2 MB of rows


class ResultsWriter:
    """Writes a results file row by row, in constant memory; use inside `with`.

    Rows go to an unnamed temporary file in the folder of `path`; `close` turns them into columns under a
    temporary name and renames that to `path`. Leaving `with` by an exception discards them, unless `close`
    was called before.

    fps     None: the average rate of the appended frames is written
    meta    goes to `meta_json`; `close` may add to it

    UserError where the folder cannot be written or the disk is full.
    """

    def __init__(
        self,
        path: str | Path,
        camera: Camera,
        fps: float | None,
        image_size_wh: tuple[int, int],
        meta: Mapping[str, Any],
    ) -> None:
        self.path = Path(path)
        self._camera, self._fps, self._size_wh, self._meta = camera, fps, image_size_wh, dict(meta)
        self._frames, self._first_s, self._last_s = 0, float("nan"), float("nan")
        self._closed = False
        try:
            self._rows = tempfile.TemporaryFile(dir=self.path.parent)  # noqa: SIM115 (closed by `discard`)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def append(self, result: FrameResult) -> None:
        """Add the persons of one frame; frames without anybody count for the frame rate."""
        if not self._frames:
            self._first_s = result.time_s
        self._frames += 1
        self._last_s = result.time_s
        rows = np.array([_row(result, person) for person in result.persons], ROW_DTYPE)
        try:
            self._rows.write(rows.tobytes())
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def close(self, extra_meta: Mapping[str, Any] | None = None) -> Path:
        """Write the file. Safe to call twice."""
        if self._closed:
            return self.path
        meta = {**self._meta, **(extra_meta or {})}
        fps = self._fps or average_fps(self._frames - 1, self._last_s - self._first_s)
        constants = _constants(self._camera.matrix, fps, self._size_wh, meta)
        try:
            self._rows.flush()
            _write_npz(self.path, self._column_chunks, self._count_rows(), constants)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        finally:
            self.discard()
        return self.path

    def discard(self) -> None:
        """Forget the rows; nothing is left under the final name."""
        self._closed = True
        with suppress(OSError):  # rows still buffered may not fit on a full disk; nobody wants them any more
            self._rows.close()

    def __enter__(self) -> ResultsWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.discard()

    def _count_rows(self) -> int:
        return self._rows.seek(0, os.SEEK_END) // ROW_DTYPE.itemsize

    def _column_chunks(self, name: str) -> Iterator[np.ndarray]:
        self._rows.seek(0)
        while data := self._rows.read(_CHUNK_ROWS * ROW_DTYPE.itemsize):
            yield np.frombuffer(data, ROW_DTYPE)[name]


def _row(result: FrameResult, person: PersonResult) -> tuple[Any, ...]:
    """In the order of ROW_DTYPE."""
    return (
        result.frame_index,
        result.time_s,
        person.track_id,
        person.keypoints_2d_px,
        person.keypoints_2d_confidence,
        person.joints_3d_m,
        person.root_camera_m,
        person.expected_error_m,
        person.pose_quality,
        person.bbox_px,
    )


def save(path: str | Path, sequence: PoseSequence) -> Path:
    """Write `sequence` as a results file; UserError where that is not possible."""
    path = Path(path)
    constants = _constants(sequence.camera_matrix, sequence.fps, sequence.image_size_wh, sequence.meta)
    _write_npz(path, lambda name: iter([getattr(sequence, name)]), len(sequence), constants)
    return path


def load(path: str | Path) -> PoseSequence:
    """The results file at `path`, as arrays; see the module's docstring for every key.

    UserError, naming the file and the key, where the file is not a results file.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise UserError(f"{path} is not a results file (.npz); give the poses.npz of a run.")
            check_npz(path)
            archive = np.load(file, allow_pickle=False)
            arrays = {name: _read(archive, name, path) for name in (*_ROW_NAMES, *_CONSTANTS)}
    except FileNotFoundError as error:
        raise UserError(f"Results file {path} does not exist; check the path.") from error
    except OSError as error:
        raise UserError(f"Results file {path} cannot be read: {error.strerror}.") from error
    except DAMAGED as error:
        raise UserError(f"{path} is damaged ({error}); run the video again.") from error
    return _sequence(arrays, path)


def _read(archive: Mapping[str, np.ndarray], name: str, path: Path) -> np.ndarray:
    """The array of one key, in the dtype and shape that the module's docstring gives it."""
    if name not in archive:
        raise UserError(f"{path} lacks {name!r}; it is not a results file of this program.")
    try:
        array = archive[name]
    except ValueError as error:  # an array of Python objects, or a broken header
        raise UserError(f"{path}: {name!r} cannot be read ({error}); run the video again.") from error
    dtype, shape = (
        (ROW_DTYPE[name].base, (-1, *ROW_DTYPE[name].shape)) if name in _ROW_NAMES else _CONSTANTS[name]
    )
    same_dtype = array.dtype.kind == "U" if dtype.kind == "U" else array.dtype.newbyteorder("=") == dtype
    same_shape = array.ndim == len(shape) and all(
        want in (-1, n) for want, n in zip(shape, array.shape, strict=True)
    )
    if not (same_dtype and same_shape):
        wanted = f"{dtype.name if dtype.kind != 'U' else 'str'} {list(shape)}".replace("-1", "N")
        raise UserError(f"{path}: {name!r} must be {wanted}, but is {array.dtype.name} {list(array.shape)}.")
    return array if dtype.kind == "U" else array.astype(dtype, copy=False)


def _sequence(arrays: Mapping[str, np.ndarray], path: Path) -> PoseSequence:
    rows = {name: arrays[name] for name in _ROW_NAMES}
    for name, column in rows.items():
        if len(column) != len(rows["frame_index"]):
            raise UserError(
                f"{path}: {name!r} has {len(column)} rows but 'frame_index' {len(rows['frame_index'])}."
            )
    joint_names = tuple(arrays["joint_names"].tolist())
    if joint_names != H36M_17.joints:
        raise UserError(f"{path}: 'joint_names' must be the 17 joints of {H36M_17.name} in their order.")
    width, height = arrays["image_size_wh"].tolist()
    meta = _parsed_meta(arrays["meta_json"].item(), path)
    with naming(path):
        return PoseSequence(
            **rows,
            joint_names=joint_names,
            camera_matrix=arrays["camera_matrix"],
            fps=float(arrays["fps"]),
            image_size_wh=(width, height),
            meta=meta,
        )


def _parsed_meta(text: str, path: Path) -> dict[str, Any]:
    try:
        return parse_json_object(text)
    except ValueError as error:
        raise UserError(f"{path}: 'meta_json' must be a JSON object ({error}).") from error


def _constants(
    camera_matrix: np.ndarray, fps: float, size_wh: tuple[int, int], meta: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    return {
        "joint_names": np.array(H36M_17.joints),
        "camera_matrix": np.asarray(camera_matrix, np.float64),
        "fps": np.array(fps, np.float64),
        "image_size_wh": np.array(size_wh, np.int64),
        "meta_json": np.array(printable(json.dumps(dict(meta), ensure_ascii=False))),
    }


def _write_npz(
    path: Path,
    column_chunks: Callable[[str], Iterable[np.ndarray]],
    rows: int,
    constants: Mapping[str, np.ndarray],
) -> None:
    """A .npz is a zip of .npy files; each is written in chunks, so that no whole column is ever in memory.

    Not compressed: that would save a sixth of the size and take five times as long to load.
    """
    with replacing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for name in _ROW_NAMES:
            field = ROW_DTYPE[name]
            _write_npy(archive, name, field.base, (rows, *field.shape), column_chunks(name))
        for name, array in constants.items():
            _write_npy(archive, name, array.dtype, array.shape, [array])


def _write_npy(
    archive: zipfile.ZipFile, name: str, dtype: np.dtype, shape: tuple[int, ...], chunks: Iterable[np.ndarray]
) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for chunk in chunks:
            file.write(chunk.astype(dtype, copy=False).tobytes())
