"""Keypoints of another tool, lifted without the video."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ganbodypose import load
from ganbodypose.core import PoseSequence, UserError
from ganbodypose.geometry.camera import assumed_camera, project
from ganbodypose.geometry.kinematics import NODES, forward_kinematics
from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.io import formats
from ganbodypose.io.formats import WriteOptions
from ganbodypose.jobs.convert import convert
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.run import run_video
from ganbodypose.quality.repair.repair import RepairOptions
from ganbodypose.skeletons import H36M_17, OPENPOSE_25

SIZE_WH = (1280, 720)
FPS = 25
FRAMES = 40
LENGTHS = np.array(
    [0, 0.13, 0.45, 0.45, 0.13, 0.45, 0.45, 0.24, 0.25, 0.11, 0.11, 0.15, 0.28, 0.25, 0.15, 0.28, 0.25]
)
RENAMED = {"mid_hip": "pelvis", "neck": "thorax", "nose": "neck_nose"}


def squatting(x_m: float) -> np.ndarray:
    """[T,17,3] in the camera frame: somebody 5 m away, arms down, who bends and straightens the knees."""
    rotations = np.broadcast_to(np.eye(3), (FRAMES, len(NODES), 3, 3)).copy()
    names = [node.name for node in NODES]
    bend = (1 - np.cos(np.arange(FRAMES) / FPS * 2 * np.pi))[:, None] / 2
    for side, sign in (("left", 1), ("right", -1)):
        rotations[:, names.index(f"{side}_shoulder")] = rotvec_to_matrix(np.array([0, 0, -1.3 * sign]))
        rotations[:, names.index(f"{side}_hip")] = rotvec_to_matrix(bend * [-0.9, 0, 0])
        rotations[:, names.index(f"{side}_knee")] = rotvec_to_matrix(bend * [1.5, 0, 0])
    joints = forward_kinematics(rotations, LENGTHS, np.tile([x_m, 0.0, -5.0], (FRAMES, 1)))
    return joints * [1, -1, -1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """OpenPose's files of two people, listed in changing order."""
    camera = assumed_camera(SIZE_WH)
    people = [project(camera, squatting(x)) for x in (-0.8, 0.8)]
    folder = tmp_path / "json"
    folder.mkdir()
    for k in range(FRAMES):
        entries = [{"person_id": [-1], "pose_keypoints_2d": openpose(xy[k])} for xy in people]
        contents = {"version": 1.3, "people": entries[:: -1 if k % 2 else 1]}
        (folder / f"walk_{k:012d}_keypoints.json").write_text(json.dumps(contents))
    return folder


def openpose(xy: np.ndarray) -> list[float]:
    """[17,2] -> BODY_25, flat; eyes, ears and feet not found."""
    flat: list[float] = []
    for joint in OPENPOSE_25.joints:
        name = RENAMED.get(joint, joint)
        flat += [*xy[H36M_17.index(name)], 0.9] if name in H36M_17.joints else [0, 0, 0]
    return flat


def test_two_people_are_lifted(folder: Path, tmp_path: Path) -> None:
    options = RunOptions(size_wh=SIZE_WH, fps=FPS, fov_deg=55.0, height_m=1.75)
    summary = run_video(folder, tmp_path / "out", options)
    assert set(summary.files) == {"poses", "report"}
    assert summary.frames_per_person == {1: FRAMES, 2: FRAMES}
    sequence = load(tmp_path / "out" / "poses.npz")
    assert sequence.meta["detector"] == {"name": "openpose", "sha256": {}}
    assert (sequence.fps, sequence.image_size_wh) == (FPS, SIZE_WH)
    for track_id in (1, 2):
        person = sequence.person(track_id)
        x_m = np.sign(person.root_camera_m[0, 0]) * 0.8
        truth = squatting(x_m)
        np.testing.assert_allclose(person.time_s, np.arange(FRAMES) / FPS)
        assert np.abs(person.root_camera_m - truth[:, 0])[10:].max() < 0.8
        error = np.linalg.norm(person.joints_3d_m - (truth - truth[:, :1]), axis=-1)
        assert error[10:].mean() < 0.15


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (RunOptions(fps=FPS), "give their size, e.g. --size"),
        (RunOptions(size_wh=SIZE_WH), "carries no times; give its frame rate"),
        (RunOptions(size_wh=SIZE_WH, fps=FPS, start_s=60), "nothing between the given start and end"),
    ],
)
def test_what_is_needed_is_said(folder: Path, tmp_path: Path, options: RunOptions, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        run_video(folder, tmp_path / "out", options)
    assert not (tmp_path / "out").exists()


def test_a_video_has_its_own_size(make_video: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="for keypoints only"):
        run_video(make_video(), tmp_path / "out", RunOptions(size_wh=SIZE_WH))


def test_keypoints_become_any_file(folder: Path, tmp_path: Path) -> None:
    """OpenPose to TRC, and through COCO results, which hold 2D only, to a table: lifted on the way each time."""

    def converted(source: Path, name: str) -> PoseSequence:
        options = WriteOptions(fps=FPS)
        notes = convert(source, tmp_path / name, options, RepairOptions(fill=False), SIZE_WH)
        assert notes[0].startswith("2D keypoints are lifted to 3D")
        return formats.read(tmp_path / name)

    points = converted(folder, "walk.trc")
    x_m = np.sign(points.root_camera_m[0, 0]) * 0.8
    assert np.abs(points.root_camera_m - squatting(x_m)[:, 0])[10:].max() < 0.8
    with pytest.raises(UserError, match="give the size of their pictures"):
        converted(folder, "walk.json")  # written, but not to be read as a recording
    table = converted(tmp_path / "walk.json", "walk.csv")
    assert table.track_ids == (1, 2)
    knee = H36M_17.index("left_knee")
    seen = project(assumed_camera(SIZE_WH), squatting(np.sign(table.person(1).root_camera_m[0, 0]) * 0.8))
    np.testing.assert_allclose(table.person(1).keypoints_2d_px[:, knee], seen[:, knee], atol=0.1)


def test_a_folder_of_keypoints_needs_a_size(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="give the size of their pictures"):
        convert(folder, tmp_path / "walk.trc", WriteOptions(), RepairOptions(fill=False))
    assert not (tmp_path / "walk.trc").exists()
