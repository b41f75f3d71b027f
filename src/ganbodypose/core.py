"""The few value types that travel everywhere.

Units: metres, seconds, radians, pixels. Pixel (0, 0) is the centre of the top-left pixel.
Camera frame (OpenCV): x right, y down, z forward. World: right-handed, z up.
`x_cam = R_cam_world @ x_world + t_cam_world`. Missing is NaN, never 0. Confidence is in [0, 1].
Every type is frozen and validated once, where it is built.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ganbodypose.skeletons import H36M_17, Skeleton, skeleton_map


class UserError(Exception):
    """Something the user can mend; the message is one sentence: what is wrong with what, how to mend it."""


class OrderError(UserError):
    """The rows of a recording are not in the order of time."""


def pip_install(extra: str) -> str:
    """The command that brings an extra's packages into the Python that is running: the shell's own `pip` is often
    another one's. Double quotes serve every shell."""
    return f'{sys.executable} -m pip install "gan-bodypose[{extra}]"'


def how_many(count: int, one: str, many: str | None = None) -> str:
    """ "1 frame", "2 frames"; `many` where it takes more than an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def average_fps(steps: float, duration_s: float) -> float:
    """Frames a second, where `steps` lead from the first frame to the last; NaN where no time passes between them."""
    return float(steps / duration_s) if steps > 0 and duration_s > 0 else float("nan")


@contextmanager
def naming(source: object) -> Iterator[None]:
    """Whatever a UserError inside is about, it is about `source`: its sentence then begins with that."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{source}: {error}") from error


def _array(value: Any, name: str, shape: tuple[int | None, ...], dtype: type = np.float64) -> np.ndarray:
    """`value` as an array whose trailing axes match `shape` (None is any length)."""
    array: np.ndarray = np.asarray(value, dtype=dtype)
    tail = array.shape[-len(shape) :] if shape else ()
    if array.ndim < len(shape) or any(n is not None and n != m for n, m in zip(shape, tail, strict=True)):
        raise ValueError(f"{name} must have shape [..., {', '.join(map(str, shape))}], got {array.shape}")
    return array


@dataclass(frozen=True)
class Camera:
    """A pinhole camera with OpenCV distortion.

    matrix [3,3] px; distortion [k1,k2,p1,p2,k3] (any OpenCV length of 4, 5 or 8; zeros: none);
    size_wh the image it belongs to; R_cam_world [3,3] and t_cam_world [3] m, or None where the pose in the
    world is unknown. `assumed` is True where the intrinsics are a guess.
    """

    matrix: np.ndarray
    size_wh: tuple[int, int]
    distortion: np.ndarray = field(default_factory=lambda: np.zeros(5))
    R_cam_world: np.ndarray | None = None
    t_cam_world: np.ndarray | None = None
    assumed: bool = False

    def __post_init__(self) -> None:
        matrix = _array(self.matrix, "camera matrix", (3, 3))
        if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or min(matrix[0, 0], matrix[1, 1]) <= 0:
            raise ValueError("camera matrix must be one finite 3x3 matrix with positive focal lengths")
        object.__setattr__(self, "matrix", matrix)
        distortion = np.asarray(self.distortion, dtype=np.float64).ravel()
        if distortion.size not in (4, 5, 8) or not np.isfinite(distortion).all():
            raise ValueError(f"distortion must be 4, 5 or 8 finite numbers, got {distortion.size}")
        object.__setattr__(self, "distortion", distortion)
        if (self.R_cam_world is None) != (self.t_cam_world is None):
            raise ValueError("give both R_cam_world and t_cam_world, or neither")
        if self.R_cam_world is not None:
            object.__setattr__(self, "R_cam_world", _array(self.R_cam_world, "R_cam_world", (3, 3)))
            object.__setattr__(self, "t_cam_world", _array(self.t_cam_world, "t_cam_world", (3,)))


@dataclass(frozen=True)
class VideoFrame:
    """One decoded picture: rgb uint8 [H,W,3], its number in the source, its presentation time in seconds."""

    rgb: np.ndarray
    index: int
    time_s: float


def picture_size(frame: VideoFrame) -> tuple[int, int]:
    """Width and height in pixels; UserError where pictures come as something else, say as bare arrays."""
    if not isinstance(frame, VideoFrame):
        raise UserError(
            "Pictures must come as ganbodypose.VideoFrame(rgb, index, time_s), since motion needs their times, not "
            f"as {type(frame).__name__}."
        )
    rgb = frame.rgb
    known = isinstance(rgb, np.ndarray) and rgb.dtype == np.uint8 and rgb.ndim == 3 and rgb.shape[2] == 3
    if not (known and rgb.size):
        raise UserError(
            "A picture must be an array of uint8 [height, width, 3], red first (OpenCV has blue first: "
            "cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))."
        )
    return rgb.shape[1], rgb.shape[0]


def one_video(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """The pictures as they come; UserError where one is of another size than the first, or no later than the last."""
    size_wh, last_s = None, -np.inf
    for frame in frames:
        here = picture_size(frame)
        size_wh = size_wh or here
        if here != size_wh:
            raise UserError(
                f"Picture {frame.index} is {here[0]}x{here[1]}, the first is {size_wh[0]}x{size_wh[1]}; they must be "
                "of one size."
            )
        if not (isinstance(frame.time_s, int | float | np.number) and last_s < frame.time_s < np.inf):
            raise UserError(
                f"The time of picture {frame.index} is {frame.time_s} s; times must be numbers that rise from one "
                "picture to the next."
            )
        last_s = frame.time_s
        yield frame


@dataclass(frozen=True)
class Keypoints2D:
    """Keypoints of one person or many: xy_px [...,J,2], confidence [...,J], depth_m [...,J] or None.

    depth_m is a detector's or sensor's depth along the viewing axis, relative to the pelvis; NaN: unknown.
    """

    xy_px: np.ndarray
    confidence: np.ndarray
    skeleton: Skeleton = H36M_17
    depth_m: np.ndarray | None = None

    def __post_init__(self) -> None:
        joints = len(self.skeleton)
        object.__setattr__(self, "xy_px", _array(self.xy_px, "xy_px", (joints, 2)))
        object.__setattr__(self, "confidence", _array(self.confidence, "confidence", (joints,)))
        if self.depth_m is not None:
            object.__setattr__(self, "depth_m", _array(self.depth_m, "depth_m", (joints,)))

    def to(self, target: Skeleton) -> Keypoints2D:
        """The same person in another convention (`skeleton_map`); confidence is the least of the sources'."""
        if target == self.skeleton:
            return self
        weights = skeleton_map(self.skeleton, target)
        unknown = np.isnan(weights)
        sources = np.where(unknown | (weights == 0), np.inf, self.confidence[..., None, :])
        confidence = np.where(unknown.any(-1), 0.0, sources.min(-1))
        depth = None if self.depth_m is None else _map_joints(weights, self.depth_m[..., None])[..., 0]
        return Keypoints2D(_map_joints(weights, self.xy_px), confidence, target, depth)


def _map_joints(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """weights [K,J] @ values [...,J,C]; a missing value spoils only the joints that are made from it."""
    missing = np.isnan(values)
    sums = weights @ np.where(missing, 0.0, values)
    return np.where((weights != 0).astype(float) @ missing > 0, np.nan, sums)


@dataclass(frozen=True)
class Poses3D:
    """Joints in metres: xyz_m [...,J,3]; `frame` is 'camera' or 'world'."""

    xyz_m: np.ndarray
    skeleton: Skeleton = H36M_17
    frame: str = "camera"

    def __post_init__(self) -> None:
        if self.frame not in ("camera", "world"):
            raise ValueError(f"frame must be 'camera' or 'world', got {self.frame!r}")
        object.__setattr__(self, "xyz_m", _array(self.xyz_m, "xyz_m", (len(self.skeleton), 3)))


@dataclass(frozen=True)
class Clip:
    """One recording of one person: joints_m [T,17,3] in the world frame (z up), at a constant rate."""

    name: str
    joints_m: np.ndarray
    fps: float
    subject: str = ""
    action: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        joints = _array(self.joints_m, "joints_m", (None, len(H36M_17), 3), np.float32)
        object.__setattr__(self, "joints_m", joints)
        if not self.fps > 0:
            raise ValueError(f"clip {self.name}: fps must be positive, got {self.fps}")


@dataclass(frozen=True)
class Detection:
    """One person found in one picture, in the detector's own skeleton; bbox_px is x0 y0 x1 y1."""

    keypoints: Keypoints2D
    bbox_px: np.ndarray
    score: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "bbox_px", _array(self.bbox_px, "bbox_px", (4,)))


@dataclass(frozen=True)
class PersonResult:
    """One person in one frame; shapes, units and frames as in the results file (`io.results`)."""

    track_id: int
    keypoints_2d_px: np.ndarray  # [17,2] image pixels
    keypoints_2d_confidence: np.ndarray  # [17]
    joints_3d_m: np.ndarray  # [17,3] camera frame, relative to the pelvis
    root_camera_m: np.ndarray  # [3] pelvis in the camera frame
    expected_error_m: np.ndarray  # [17]
    pose_quality: float  # [0,1]
    bbox_px: np.ndarray  # [4] x0 y0 x1 y1


@dataclass(frozen=True)
class FrameResult:
    """Everything known about one frame."""

    frame_index: int
    time_s: float
    persons: tuple[PersonResult, ...]

    def person(self, track_id: int) -> PersonResult | None:
        return next((p for p in self.persons if p.track_id == track_id), None)


@dataclass(frozen=True)
class PoseSequence:
    """The results file in memory: N rows, one per person and frame (keys and shapes: `io.results`).

    Times and frame numbers of each person increase from row to row, which every measure, filter and format takes for
    granted; OrderError where they do not.
    """

    frame_index: np.ndarray  # [N] int64
    time_s: np.ndarray  # [N] float64
    track_id: np.ndarray  # [N] int64
    keypoints_2d_px: np.ndarray  # [N,17,2] float32
    keypoints_2d_confidence: np.ndarray  # [N,17] float32
    joints_3d_m: np.ndarray  # [N,17,3] float32
    root_camera_m: np.ndarray  # [N,3] float32
    expected_error_m: np.ndarray  # [N,17] float32
    pose_quality: np.ndarray  # [N] float32
    bbox_px: np.ndarray  # [N,4] float32
    joint_names: tuple[str, ...]
    camera_matrix: np.ndarray  # [3,3] float64
    fps: float
    image_size_wh: tuple[int, int]
    meta: Mapping[str, Any]

    ROW_FIELDS = (
        "frame_index",
        "time_s",
        "track_id",
        "keypoints_2d_px",
        "keypoints_2d_confidence",
        "joints_3d_m",
        "root_camera_m",
        "expected_error_m",
        "pose_quality",
        "bbox_px",
    )

    def __post_init__(self) -> None:
        order = np.argsort(self.track_id, kind="stable")
        track_id, time_s, frame = (self.track_id[order], self.time_s[order], self.frame_index[order])
        wrong = ~np.isfinite(time_s)
        wrong[1:] |= (np.diff(track_id) == 0) & ~((np.diff(time_s) > 0) & (np.diff(frame) > 0))
        if wrong.any():
            row = order[np.argmax(wrong)]
            raise OrderError(
                "times and frame numbers of a person must be finite and increase, but those of person "
                f"{self.track_id[row]} do not at frame {self.frame_index[row]}; export it again."
            )

    def __len__(self) -> int:
        return len(self.frame_index)

    @property
    def track_ids(self) -> tuple[int, ...]:
        """Ids, the person with most frames first."""
        ids, counts = np.unique(self.track_id, return_counts=True)
        return tuple(int(i) for i in ids[np.argsort(-counts, kind="stable")])

    def person(self, track_id: int) -> PoseSequence:
        """Only the rows of one person, in their order in the recording."""
        return self.rows(np.flatnonzero(self.track_id == track_id))

    def rows(self, indices: np.ndarray) -> PoseSequence:
        """Only these rows, in this order."""
        return replace(self, **{name: getattr(self, name)[indices] for name in self.ROW_FIELDS})


@dataclass(frozen=True)
class ModelCard:
    """What a trained model is, what it was trained on and how well it did; stored beside its weights."""

    name: str
    licence: str
    data: tuple[str, ...]
    command: str
    seed: int
    scores: Mapping[str, Any]
    sha256: str = ""
