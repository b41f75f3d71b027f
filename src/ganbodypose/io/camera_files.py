"""Camera calibrations from files.

TOML as anipose and Pose2Sim write it (Calib.toml): one table per camera with `size` [w, h], `matrix` 3x3,
`distortions`, and optionally `rotation` (Rodrigues vector, world to camera) and `translation` (m).
OpenCV FileStorage YAML, JSON or XML under the usual names of its keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import Camera, UserError
from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.io.text import parse_json_object, parse_toml, read_limited

_MATRIX_KEYS = ("camera_matrix", "cameraMatrix", "Camera_Matrix", "K", "mtx", "intrinsic_matrix", "matrix")
_DISTORTION_KEYS = (
    "distortion_coefficients",
    "Distortion_Coefficients",
    "dist_coeffs",
    "distCoeffs",
    "dist",
    "distortion",
    "distortions",
    "D",
)
_WIDTH_KEYS, _HEIGHT_KEYS = (
    ("image_width", "image_Width", "width"),
    ("image_height", "image_Height", "height"),
)
_SIZE_KEYS = ("image_size", "imageSize", "size")
_PINHOLE_COEFFICIENTS = 8
# What ROS, Kalibr and RealSense call the lens model of `core.Camera`.
_PINHOLE_MODELS = ("", "none", "plumb_bob", "rational_polynomial", "radtan", "brown_conrady")
_LONGEST = 1 << 22  # characters: thousands of cameras


def load_camera(path: str | Path, name: str | None = None) -> Camera:
    """The camera in the file at `path`; `name` chooses one of several (TOML: the table or its `name`), and so does the
    path itself: 'Calib.toml#cam_01'.

    UserError when the file cannot be read, is malformed, lacks a value, or holds several cameras and no name
    is given.
    """
    path, name = file_and_name(Path(path), name)
    text = _read_text(path)
    suffix = path.suffix.lower()
    if suffix == ".toml":
        fields, label = _toml_camera(path, text, name)
    elif suffix in (".json", ".yaml", ".yml", ".xml"):
        fields, label = (
            _parse_json(path, text) if suffix == ".json" else _parse_storage(path, text),
            str(path),
        )
    else:
        raise UserError(f"{path} must be a camera file ending in .toml, .yaml, .yml, .json or .xml.")
    return _camera(fields, label)


def file_and_name(path: Path, name: str | None = None) -> tuple[Path, str | None]:
    """'Calib.toml#cam_01' as file and camera, unless a file is called so."""
    file, mark, camera = path.name.rpartition("#")
    if name is not None or not file or not mark or path.exists():
        return path, name
    return path.with_name(file), camera


def _read_text(path: Path) -> str:
    try:
        return read_limited(path, "camera", _LONGEST)
    except OSError as error:
        raise UserError(f"The camera file {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"The camera file {path} is not a text file.") from error


def _toml_camera(path: Path, text: str, name: str | None) -> tuple[Mapping[str, Any], str]:
    """The fields of the chosen table, and what to call it in messages."""
    try:
        document = parse_toml(text)
    except ValueError as error:
        raise UserError(f"The camera file {path} is not valid TOML: {error}.") from error
    # anipose and Pose2Sim add a table [metadata]; a camera is a table that says something about its lens.
    tables = {
        key: table
        for key, table in document.items()
        if isinstance(table, dict) and table.keys() & {"size", "matrix", "distortions"}
    }
    if not tables:
        raise UserError(
            f"{path} holds no camera: a table [name] with size, matrix and distortions is expected."
        )
    if name is None and len(tables) > 1:
        raise UserError(
            f"{path} holds {len(tables)} cameras ({', '.join(tables)}); choose one of them by name: "
            f"{path}#{next(iter(tables))}."
        )
    chosen = [key for key, table in tables.items() if name is None or name in (key, table.get("name"))]
    if len(chosen) != 1:
        raise UserError(f"{path} holds no single camera {name!r}, but these: {', '.join(tables)}.")
    return tables[chosen[0]], f"{path}, camera {chosen[0]!r}"


def _parse_json(path: Path, text: str) -> Mapping[str, Any]:
    try:
        return parse_json_object(text)
    except ValueError as error:
        raise UserError(
            f"The camera file {path} must hold one JSON object with the camera's values ({error})."
        ) from error


def _parse_storage(path: Path, text: str) -> Mapping[str, Any]:
    import cv2  # heavy, and only for these files

    try:
        # The calibrator of ROS leaves the first line out.
        text = text if text.lstrip().startswith(("%YAML", "<?xml")) else f"%YAML:1.0\n{text}"
        storage = cv2.FileStorage(text, cv2.FileStorage_READ | cv2.FileStorage_MEMORY)
        return {key: _plain(storage.getNode(key)) for key in list(storage.root().keys())}
    except (cv2.error, SystemError) as error:  # malformed text: which of the two depends on OpenCV's version
        raise UserError(
            f"The camera file {path} is not an OpenCV FileStorage file, or it is damaged."
        ) from error


def _plain(node: Any) -> Any:
    """An OpenCV FileNode as dict, list, number or text."""
    if node.isMap():
        return {key: _plain(node.getNode(key)) for key in list(node.keys())}
    if node.isSeq():
        return [_plain(node.at(i)) for i in range(node.size())]
    return node.string() if node.isString() else node.real()


def _camera(fields: Mapping[str, Any], label: str) -> Camera:
    _require_pinhole(fields, label)
    matrix = _numbers(fields, _MATRIX_KEYS, label)
    if matrix.size != 9 or not np.allclose(matrix.reshape(3, 3)[2], [0, 0, 1]):
        raise UserError(
            f"{label}: the camera matrix must be 3x3 with the last row 0 0 1, not {matrix.tolist()}."
        )
    size, distortion = _size(fields, label), _distortion(fields, label)
    R_cam_world, t_cam_world = _world_pose(fields, label)
    try:
        return Camera(matrix.reshape(3, 3), size, distortion, R_cam_world, t_cam_world)
    except ValueError as error:
        raise UserError(f"{label}: {error}.") from error


def _require_pinhole(fields: Mapping[str, Any], label: str) -> None:
    """Coefficients of other lens models look the same, and would bend the picture the wrong way."""
    model = str(fields.get("distortion_model") or "")
    if model.lower() not in _PINHOLE_MODELS or fields.get("fisheye") or fields.get("fisheye_model"):
        raise UserError(
            f"{label}: the lens model {model or 'fisheye'} is not supported; undistort the video first."
        )


def _distortion(fields: Mapping[str, Any], label: str) -> np.ndarray:
    """The coefficients; OpenCV's thin-prism and tilt terms only when they are zero."""
    values: np.ndarray = _numbers(fields, _DISTORTION_KEYS, label).ravel()
    if values.size in (12, 14) and not values[_PINHOLE_COEFFICIENTS:].any():
        values = values[:_PINHOLE_COEFFICIENTS]
    return values


def _size(fields: Mapping[str, Any], label: str) -> tuple[int, int]:
    if _first(fields, _SIZE_KEYS) is not None:
        size = _numbers(fields, _SIZE_KEYS, label).ravel()
    else:
        sides = [_numbers(fields, keys, label).ravel() for keys in (_WIDTH_KEYS, _HEIGHT_KEYS)]
        size = np.concatenate(sides)
    if size.size != 2 or not np.isfinite(size).all() or (size < 1).any() or (size != size.round()).any():
        raise UserError(f"{label}: the image size must be two whole numbers, width and height in pixels.")
    return int(size[0]), int(size[1])


def _world_pose(fields: Mapping[str, Any], label: str) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Rotation and translation, or None for both where the pose is not given."""
    if "rotation" not in fields and "translation" not in fields:
        return None, None
    rotation, translation = (_numbers(fields, (key,), label).ravel() for key in ("rotation", "translation"))
    for key, value in (("rotation", rotation), ("translation", translation)):
        if value.size != 3 or not np.isfinite(value).all():
            raise UserError(f"{label}: {key} must be three finite numbers, not {value.tolist()}.")
    # Intrinsics-only calibrations are written with zeros; a camera there would look straight up at the sky.
    if not rotation.any() and not translation.any():
        return None, None
    return rotvec_to_matrix(rotation), translation


def _first(fields: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((fields[key] for key in keys if key in fields), None)


def _numbers(fields: Mapping[str, Any], keys: tuple[str, ...], label: str) -> np.ndarray:
    """The value under the first of `keys` as floats; an OpenCV matrix is a mapping with rows, cols, data."""
    value = _first(fields, keys)
    if value is None:
        raise UserError(f"{label}: the value {' or '.join(keys[:3])} is missing.")
    try:
        if isinstance(value, Mapping):
            return np.asarray(value["data"], np.float64).reshape(int(value["rows"]), int(value["cols"]))
        return np.asarray(value, np.float64)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UserError(f"{label}: {keys[0]} must hold numbers in the shape of a matrix.") from error
