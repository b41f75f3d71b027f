"""The trials of each dataset, with the splits and frame counts of its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ganbodypose.core import Camera, UserError
from ganbodypose.datasets import human36m, mpi_inf_3dhp, pairs, pstmo, threedpw, videopose3d
from ganbodypose.datasets.mocap import split_table
from ganbodypose.datasets.views import LEVEL_R_CAM_WORLD, ViewClip
from ganbodypose.geometry.camera import assumed_camera, world_to_camera
from ganbodypose.protocols.trial import Trial

# By the book: what published methods report on.
H36M_TEST_FRAMES = 543_344  # S9 and S11, four cameras, 50 Hz, without S11 Directions
MPI_INF_3DHP_VALID_FRAMES = 603 + 540 + 505 + 553 + 276 + 452  # TS1 to TS6
THREEDPW_TEST_FRAMES = 35_515
_H36M_INPUT = "cpn_ft_h36m_dbb"
_MPI_INF_3DHP_FPS = 25.0  # the test files state none
_PAIRS_FRAMES = 40  # the first frames of every clip that is that long


def human36m_trials(data: Path, detections: str = _H36M_INPUT) -> Iterator[Trial]:
    """S9 and S11 from VideoPose3D's files, one trial per recording and camera; group: the action."""
    folder = _folder(data, "h36m", "data_3d_h36m.npz")
    positions, seen = folder / "data_3d_h36m.npz", folder / f"data_2d_h36m_{detections}.npz"
    cameras = human36m.load_cameras(_h36m_cameras(data, folder))
    views = videopose3d.read_videopose3d_views(positions, seen, cameras, human36m.TEST_SUBJECTS)
    for number, view in enumerate(views):
        name = human36m.CAMERAS[number % len(human36m.CAMERAS)]
        assert view.camera is not None
        yield _trial(view, view.camera, f"{view.clip.name}/{name}", view.clip.action)


def _h36m_cameras(data: Path, folder: Path) -> Path:
    choices = [place / "camera-parameters.json" for place in (folder, data / "h36m_cameras", data)]
    return next((path for path in choices if path.is_file()), choices[0])


def mpi_inf_3dhp_trials(data: Path) -> Iterator[Trial]:
    """TS1 to TS6, valid frames only, bodies of one height (`univ_annot3`); group: the sequence.

    From the official annot_data.mat, or else from P-STMO's data_test_3dhp.npz.
    """
    prepared = _find(data, "mpi_inf_3dhp", "data_test_3dhp.npz")
    if prepared is not None:
        for view in pstmo.read_pstmo_test(prepared, _MPI_INF_3DHP_FPS):
            size_wh = mpi_inf_3dhp.TEST_SIZES_WH.get(view.clip.name, mpi_inf_3dhp.TRAIN_SIZE_WH)
            yield _trial(view, assumed_camera(size_wh))
        return
    folder = _folder(data, "mpi_inf_3dhp", "TS1")
    there = [name for name in mpi_inf_3dhp.TEST_SEQUENCES if (folder / name).is_dir()]
    metric = mpi_inf_3dhp.read_test(folder, _MPI_INF_3DHP_FPS, there, universal=False)
    scored = mpi_inf_3dhp.read_test(folder, _MPI_INF_3DHP_FPS, there)
    for true, view in zip(metric, scored, strict=True):
        camera = _fitted_camera(true, mpi_inf_3dhp.TEST_SIZES_WH[view.clip.name])
        yield _trial(view, camera)


def _fitted_camera(view: ViewClip, size_wh: tuple[int, int]) -> Camera:
    """The lens that projects the file's 3D joints to its 2D joints, by least squares; assumed where none does."""
    xyz = view.clip.joints_m @ LEVEL_R_CAM_WORLD.T
    rays, px = (xyz[..., :2] / xyz[..., 2:]).reshape(-1, 2), view.keypoints.xy_px.reshape(-1, 2)
    usable = np.isfinite(px).all(-1) & (xyz[..., 2].ravel() > 0)
    if usable.sum() < 3:
        return assumed_camera(size_wh)
    (fx, cx), (fy, cy) = (np.polyfit(rays[usable, axis], px[usable, axis], 1) for axis in (0, 1))
    if min(fx, fy) <= 0:
        return assumed_camera(size_wh)
    return Camera(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), size_wh)


def threedpw_trials(data: Path) -> Iterator[Trial]:
    """The test sequences, frames with a valid camera only; group: the sequence. Joints of the SMPL skeleton, not the
    14 that the official metric regresses from its mesh."""
    folder = _find(data, "3dpw", "sequenceFiles/test") or _find(data, "3dpw", "test") or data
    for view in threedpw.read_3dpw(folder):
        assert view.camera is not None and view.cam_from_world is not None
        ends = np.concatenate([view.clip.joints_m, np.ones_like(view.clip.joints_m[..., :1])], -1)
        truth = np.einsum("tij,tkj->tki", view.cam_from_world, ends)[..., :3]
        sequence = view.clip.name.rpartition("/")[0]
        yield _trial(view, view.camera, group=sequence, truth_m=truth)


def pairs_trials(data: Path) -> Iterator[Trial]:
    """Rendered clips whose motion is in the test split, as the real detector saw them; group: the motion's archive.
    The first 40 frames of every clip that is as long."""
    path = _find(data, "pairs", "train_full.npz")
    if path is None:
        raise UserError(f"No pairs/train_full.npz lies in {data}; name the folder with --data.")
    split = split_table(data / "mocap")
    for rendered in pairs.read_pairs(path):
        view, enough = rendered.view, len(rendered.view.clip.joints_m) >= _PAIRS_FRAMES
        if split.get(rendered.motion) == "test" and enough:
            assert view.camera is not None
            group = rendered.motion.partition(":")[0]
            yield _trial(view, view.camera, group=group, own_3d_m=rendered.detector_m).first(_PAIRS_FRAMES)


def _trial(
    view: ViewClip,
    camera: Camera,
    name: str = "",
    group: str = "",
    truth_m: np.ndarray | None = None,
    own_3d_m: np.ndarray | None = None,
) -> Trial:
    """`view` with its truth in the camera frame: by the camera's pose, or else that of a level camera."""
    clip = view.clip
    if truth_m is None:
        known = camera.R_cam_world is not None
        truth_m = world_to_camera(camera, clip.joints_m) if known else clip.joints_m @ LEVEL_R_CAM_WORLD.T
    valid = np.ones(len(truth_m), bool) if view.valid is None else view.valid
    return Trial(
        name or clip.name,
        view.keypoints,
        camera,
        clip.fps,
        truth_m,
        valid,
        group or clip.name,
        clip.subject,
        own_3d_m,
    )


def _find(data: Path, usual_folder: str, name: str) -> Path | None:
    """`name` in `data` itself or in the folder where it usually lies there."""
    return next((p for p in (data / name, data / usual_folder / name) if p.exists()), None)


def _folder(data: Path, usual_folder: str, name: str) -> Path:
    path = _find(data, usual_folder, name)
    if path is None:
        raise UserError(f"No {name} lies in {data} or {data / usual_folder}; name its folder with --data.")
    return path.parent
