"""MPI-INF-3DHP: the training sequences (annot.mat) and the test sequences (annot_data.mat, HDF5).

Mehta et al., 3DV 2017; licensed by its authors. All 3D is in the camera frame, so every clip is in the world of a
level camera (`views.level_world`). Joints map by name from its 28 or 17 to the 17 of Human3.6M.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import Camera, Clip, Keypoints2D, Poses3D, UserError, pip_install
from ganbodypose.datasets.checks import entry, field_error, numbers, read_mat, same_length
from ganbodypose.datasets.views import ViewClip, found, level_camera, level_world
from ganbodypose.skeletons import H36M_17, MPI_INF_3DHP_17, MPI_INF_3DHP_28, Skeleton, skeleton_map

TRAIN_SUBJECTS = tuple(f"S{n}" for n in range(1, 9))
TEST_SEQUENCES = tuple(f"TS{n}" for n in range(1, 7))
CAMERAS = (0, 1, 2, 4, 5, 6, 7, 8)  # chest height: those that the published methods use
TRAIN_SIZE_WH = (2048, 2048)
TEST_SIZES_WH = {name: (1920, 1080) if name in ("TS5", "TS6") else (2048, 2048) for name in TEST_SEQUENCES}
_AT_50_FPS = {("S1", "Seq2"), ("S3", "Seq1"), ("S3", "Seq2"), ("S5", "Seq1"), ("S5", "Seq2")}
_BROKEN_HDF5 = (OSError, ValueError, RuntimeError, KeyError, TypeError)  # what h5py raises for damaged files


def train_fps(subject: str, sequence: str) -> float:
    """Frames per second, from the dataset's own `mpii_get_sequence_info.m`."""
    return 50.0 if (subject, sequence) in _AT_50_FPS else 25.0


def read_train(
    folder: str | Path,
    subjects: Collection[str] = TRAIN_SUBJECTS,
    cameras: Collection[int] = CAMERAS,
    universal: bool = False,
) -> Iterator[ViewClip]:
    """`folder`/S*/Seq*/annot.mat as each camera saw it, one file at a time.

    universal: bodies scaled to one height (`univ_annot3`) instead of true lengths (`annot3`); a scaled body is not
    where its camera saw it, so it has no camera. The cameras' lenses come from camera.calibration beside annot.mat;
    without that file `ViewClip.camera` is None. UserError when a file or a field is missing or malformed.
    """
    for subject in subjects:
        paths = sorted(Path(folder).glob(f"{subject}/Seq*/annot.mat"))
        if not paths:
            raise UserError(
                f"No Seq*/annot.mat lies in {Path(folder) / subject}; give the folder of MPI-INF-3DHP."
            )
        for path in paths:
            yield from _train_sequence(path, cameras, universal)


def _train_sequence(path: Path, cameras: Collection[int], universal: bool) -> Iterator[ViewClip]:
    subject, sequence = path.parent.parent.name, path.parent.name
    content = read_mat(path)
    lenses = {} if universal else load_calibration(path.with_name("camera.calibration"))
    key_3d = "univ_annot3" if universal else "annot3"
    for camera in cameras:
        xy_px = _per_camera(path, content, "annot2", camera, 2)
        xyz_mm = _per_camera(path, content, key_3d, camera, 3)
        same_length(path, [(key_3d, xyz_mm), ("annot2", xy_px)])
        name = f"{subject}/{sequence}/{camera}"
        fps = train_fps(subject, sequence)
        yield camera_view(name, subject, fps, xy_px, xyz_mm, MPI_INF_3DHP_28, lenses.get(camera))


def camera_view(
    name: str,
    subject: str,
    fps: float,
    xy_px: np.ndarray,
    xyz_cam_mm: np.ndarray,
    skeleton: Skeleton,
    camera: Camera | None = None,
    valid: np.ndarray | None = None,
) -> ViewClip:
    """What one camera saw, from xy_px [T,J,2] and xyz_cam_mm [T,J,3] in its own frame and the file's skeleton."""
    joints_m = skeleton_map(skeleton, H36M_17) @ Poses3D(xyz_cam_mm, skeleton).xyz_m / 1000
    clip = Clip(name, level_world(joints_m), fps, subject, "", "mpi_inf_3dhp")
    return ViewClip(clip, Keypoints2D(*found(xy_px), skeleton).to(H36M_17), camera, valid)


def _per_camera(path: Path, content: dict[str, Any], key: str, camera: int, axes: int) -> np.ndarray:
    """[T,28,axes] of one camera."""
    cells = entry(path, content, key, "")
    if cells.dtype != object or cells.ndim != 2 or cells.shape[1] != 1 or camera >= len(cells):
        raise field_error(
            path, key, f"must be a cell array [cameras,1] with camera {camera}, not {cells.shape}"
        )
    values = numbers(path, cells[camera, 0], f"{key}[{camera}]", (None, 28 * axes))
    return values.reshape(-1, 28, axes)


def load_calibration(path: str | Path) -> dict[int, Camera]:
    """Camera number -> the camera of `level_world`, from camera.calibration; empty when there is no such file."""
    path = Path(path)
    if not path.is_file():
        return {}
    cameras: dict[int, Camera] = {}
    number: int | None = None
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, rest = line.strip().partition(" ")
        try:
            if key == "name":
                number = int(rest)
            elif key == "intrinsic" and number is not None:
                matrix = np.array(rest.split(), float).reshape(4, 4)[:3, :3]
                cameras[number] = level_camera(matrix, TRAIN_SIZE_WH)
        except ValueError as error:
            expected = "a whole number" if key == "name" else "4x4 numbers with positive focal lengths"
            raise field_error(path, key, f"must be {expected}, not {rest.strip()!r}") from error
    if not cameras:
        raise field_error(path, "intrinsic", "is missing")
    return cameras


def read_test(
    folder: str | Path, fps: float, sequences: Collection[str] = TEST_SEQUENCES, universal: bool = True
) -> Iterator[ViewClip]:
    """`folder`/TS*/annot_data.mat, one file at a time; `valid` is the dataset's `valid_frame`.

    universal: `univ_annot3`, which the official metric uses, instead of `annot3`. The files state no frame rate:
    `fps` must be given. Needs the extra `datasets` (h5py). UserError when that or a field is missing.
    """
    for name in sequences:
        path = Path(folder) / name / "annot_data.mat"
        key_3d = "univ_annot3" if universal else "annot3"
        arrays = _read_hdf5(path, ("annot2", key_3d, "valid_frame"))
        xy_px = numbers(path, arrays["annot2"], "annot2", (None, 1, 17, 2))[:, 0]
        xyz_mm = numbers(path, arrays[key_3d], key_3d, (None, 1, 17, 3))[:, 0]
        valid = numbers(path, arrays["valid_frame"].ravel(), "valid_frame", (None,)) > 0
        same_length(path, [(key_3d, xyz_mm), ("annot2", xy_px), ("valid_frame", valid)])
        yield camera_view(name, name, fps, xy_px, xyz_mm, MPI_INF_3DHP_17, valid=valid)


def _read_hdf5(path: Path, fields: Collection[str]) -> dict[str, np.ndarray]:
    try:
        import h5py
    except ImportError:
        raise UserError(f"{path} is an HDF5 file, which needs h5py: {pip_install('datasets')}.") from None
    if not path.is_file():
        raise UserError(f"{path} is missing; give the folder that holds MPI-INF-3DHP's TS1 to TS6.")
    try:
        with h5py.File(path, "r") as content:
            missing = [field for field in fields if not isinstance(content.get(field), h5py.Dataset)]
            if missing:
                raise field_error(path, missing[0], "is missing")
            return {field: np.asarray(content[field]) for field in fields}
    except _BROKEN_HDF5 as error:
        raise UserError(f"{path} is not an HDF5 file (MATLAB 7.3), or it is damaged ({error}).") from error
