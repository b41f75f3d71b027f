"""Recordings of a Kinect v2 beside another system.

UI-PRMD: what the Kinect measured, refined or not, against the Vicon's joints of the same repetition. The two have
neither clock nor frame in common, so a prediction is compared after one rotation and one time lag per repetition,
both the best for it. Joints of the Kinect are not those of the Vicon to some centimetres; that counts.

Keraal: what is lifted from 2D detections in a real video, against the Kinect's joints of the same frames. The Kinect's
camera is not calibrated to the video's: one rotation per recording. The Kinect errs by centimetres itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from ganbodypose.core import Camera, Clip, Keypoints2D, UserError
from ganbodypose.datasets.keraal import SIZE_WH, read_keraal
from ganbodypose.datasets.mocap import read_mocap
from ganbodypose.datasets.registry import KERAAL_FPS
from ganbodypose.datasets.uiprmd import Repetition, read_uiprmd
from ganbodypose.datasets.views import LEVEL_R_CAM_WORLD
from ganbodypose.geometry.camera import assumed_camera, project
from ganbodypose.geometry.procrustes import fit_similarity
from ganbodypose.metrics.pose import root_relative
from ganbodypose.protocols.score import Pair
from ganbodypose.protocols.trial import Prediction, Trial
from ganbodypose.skeletons import H36M_17

# Whom the published networks have never seen: the Vicon joints of the others are training or validation data.
TEST_SUBJECTS = (9, 10)
MAX_LAG_S = 0.5
# The sensor's depth camera, level at the height of a table.
CAMERA = Camera(
    np.array([[365.5, 0, 255.5], [0, 365.5, 211.5], [0, 0, 1]]),
    (512, 424),
    R_cam_world=LEVEL_R_CAM_WORLD,
    t_cam_world=LEVEL_R_CAM_WORLD @ [0.0, 0.0, -0.8],
)


def uiprmd_trials(data: Path, subjects: Collection[int] = TEST_SUBJECTS) -> Iterator[Trial]:
    """Every repetition that both systems recorded; group: the movement. truth_m is the Vicon's at the Kinect's frame
    rate, in its own frame and from its own start, NaN after its end."""
    vicon = {_key(clip): clip for clip in read_mocap(_path(data, "mocap", "uiprmd_vicon.npz"))}
    for repetition in read_uiprmd(_path(data, "uiprmd", "uiprmd_kinect17_30hz.npz")):
        if repetition.subject in subjects and repetition.clip.name in vicon:
            yield _trial(repetition, vicon[repetition.clip.name])


def keraal_trials(data: Path) -> Iterator[Trial]:
    """Every recording as each 2D detector saw it (group: OP OpenPose, AP AlphaPose, BP BlazePose), without depth."""
    folder = next((path for path in (data / "keraal", data) if any(path.glob("*-Kinect-*.txt"))), data)
    for recording in read_keraal(folder, KERAAL_FPS):
        clip = recording.clip
        truth_m, valid = clip.joints_m @ LEVEL_R_CAM_WORLD.T, np.ones(len(clip.joints_m), bool)
        for detector, keypoints in recording.keypoints.items():
            yield Trial(
                f"{clip.name}/{detector}",
                keypoints.to(H36M_17),
                assumed_camera(SIZE_WH),
                clip.fps,
                truth_m,
                valid,
                detector,
                clip.subject,
            )


def best_rotation_and_lag(trial: Trial, prediction: Prediction) -> Pair:
    """The prediction against the truth at the lag, and after the rotation, that fit it best."""
    return _best_fit(trial, prediction, round(MAX_LAG_S * trial.fps))


def best_rotation(trial: Trial, prediction: Prediction) -> Pair:
    """The prediction against the truth of the same frames after the rotation that fits it best."""
    return _best_fit(trial, prediction, 0)


def _best_fit(trial: Trial, prediction: Prediction, longest: int) -> Pair:
    """Over all lags up to `longest` frames."""
    predicted, truth = root_relative(prediction.joints_m), root_relative(trial.truth_m)
    pairs = [_at_lag(predicted, truth, lag) for lag in range(-longest, longest + 1)]
    errors = [np.nanmean(np.linalg.norm(p - t, axis=-1)) if len(rows) else np.inf for p, t, rows in pairs]
    fitted, target, rows = pairs[int(np.argmin(errors))]
    cut = lambda values: None if values is None else values[rows]  # noqa: E731
    return Pair(fitted, target, rows, cut(prediction.expected_error_m), cut(prediction.pose_quality))


def _at_lag(predicted: np.ndarray, truth: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frames `rows` of the prediction, turned by one rotation, and the truth `lag` frames later."""
    rows: np.ndarray = np.arange(len(predicted))
    rows = rows[(rows + lag >= 0) & (rows + lag < len(truth))]
    rows = rows[np.isfinite(truth[rows + lag]).all((1, 2))] if len(rows) else rows
    source, target = predicted[rows], truth[rows + lag]
    if len(rows) < len(predicted) / 2:
        return source, target, rows[:0]
    turned = fit_similarity(source.reshape(1, -1, 3), target.reshape(1, -1, 3), scale=False).R[0]
    return source @ turned.T, target, rows


def _trial(repetition: Repetition, vicon: Clip) -> Trial:
    kinect = repetition.clip
    xyz = kinect.joints_m.astype(np.float64) @ LEVEL_R_CAM_WORLD.T + CAMERA.t_cam_world
    depth = xyz[..., 2] - xyz[:, :1, 2]
    keypoints = Keypoints2D(project(CAMERA, xyz), np.ones(depth.shape), depth_m=depth)
    return Trial(
        kinect.name,
        keypoints,
        CAMERA,
        kinect.fps,
        _resampled(vicon, kinect.fps, len(xyz)),
        np.ones(len(xyz), bool),
        kinect.action,
        kinect.subject,
        own_3d_m=xyz,
    )


def _resampled(clip: Clip, fps: float, frames: int) -> np.ndarray:
    """Joints [frames,17,3] at another rate, linear in time; NaN after the clip's end."""
    at = np.arange(frames) / fps * clip.fps
    low = np.minimum(at.astype(int), len(clip.joints_m) - 1)
    high = np.minimum(low + 1, len(clip.joints_m) - 1)
    part = (at - low)[:, None, None]
    joints = clip.joints_m[low] * (1 - part) + clip.joints_m[high] * part
    return np.where((at <= len(clip.joints_m) - 1)[:, None, None], joints, np.nan)


def _key(clip: Clip) -> str:
    return clip.name if clip.name.endswith(("_cor", "_inc")) else f"{clip.name}_cor"


def _path(data: Path, folder: str, name: str) -> Path:
    path = data / folder / name
    if not path.is_file():
        raise UserError(f"{path} is missing; name the folder that holds mocap/ and uiprmd/ with --data.")
    return path
