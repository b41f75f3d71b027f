"""Predictions of any tool, in every form that is read."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from ganbodypose.core import Camera, FrameResult, Keypoints2D, PersonResult, UserError
from ganbodypose.io import formats
from ganbodypose.io.results import ResultsWriter
from ganbodypose.protocols.predictions import PredictionFiles
from ganbodypose.protocols.trial import Prediction, Trial
from ganbodypose.skeletons import H36M_17

FRAMES = 5
POSES = np.random.default_rng(0).normal(0, 0.3, (FRAMES, 17, 3))
POSES -= POSES[:, :1]


def trial(name: str = "S9/Photo/54138969", valid: np.ndarray | None = None) -> Trial:
    keypoints = Keypoints2D(np.zeros((FRAMES, 17, 2)), np.ones((FRAMES, 17)))
    camera = Camera(np.diag([1000.0, 1000, 1]), (1000, 1000))
    return Trial(name, keypoints, camera, 30.0, POSES, np.ones(FRAMES, bool) if valid is None else valid)


def predicted(path: Path, asked: Trial | None = None) -> Prediction:
    return PredictionFiles(path).predict([asked or trial()])[0]


def results_file(path: Path, frames: list[int]) -> Path:
    """One person, and in the first frame another one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ResultsWriter(path, trial().camera, 30.0, (1000, 1000), {}) as writer:
        for frame in frames:
            people = [person(frame, 7), person(frame, 9)] if frame == frames[0] else [person(frame, 7)]
            writer.append(FrameResult(frame, frame / 30, tuple(people)))
    return path


def person(frame: int, track_id: int) -> PersonResult:
    joints = POSES[frame] if track_id == 7 else POSES[frame] + 1
    unseen = np.zeros((17, 2))
    return PersonResult(
        track_id, unseen, np.ones(17), joints, np.zeros(3), np.full(17, 0.04), 0.7, np.zeros(4)
    )


def test_a_results_file(tmp_path: Path) -> None:
    """The longest track, placed by frame number; frames without a pose are failures."""
    prediction = predicted(results_file(tmp_path / "poses.npz", [0, 1, 3]))
    np.testing.assert_allclose(prediction.joints_m[[0, 1, 3]], POSES[[0, 1, 3]], atol=1e-6)
    assert np.isnan(prediction.joints_m[[2, 4]]).all()
    assert prediction.expected_error_m is not None and prediction.pose_quality is not None
    assert prediction.expected_error_m[3, 5] == pytest.approx(0.04)
    assert prediction.pose_quality[1] == pytest.approx(0.7)


@pytest.mark.parametrize("kind", [".trc", ".csv"])
def test_files_of_other_programs(tmp_path: Path, kind: str) -> None:
    """From a folder with one file per trial; the camera's axes are kept, up to the format's rounding."""
    source = results_file(tmp_path / "poses.npz", list(range(FRAMES)))
    folder = tmp_path / "rival"
    target = folder / f"S9_Photo_54138969{kind}"
    folder.mkdir()
    formats.convert(source, target, formats.WriteOptions(track_id=7))
    joints = predicted(folder).joints_m
    np.testing.assert_allclose(joints - joints[:, :1], POSES, atol=2e-4)


def test_folders_in_folders(tmp_path: Path) -> None:
    results_file(tmp_path / "S9/Photo/54138969/poses.npz", list(range(FRAMES)))
    np.testing.assert_allclose(predicted(tmp_path).joints_m, POSES, atol=1e-6)


def test_json(tmp_path: Path) -> None:
    """Millimetres, joints in any order, null for what is missing."""
    path = tmp_path / "rival.json"
    names = list(reversed(H36M_17.joints))
    rows = (POSES[:, ::-1] * 1000).tolist()
    rows[2][16] = [None] * 3  # the pelvis of frame 2
    path.write_text(json.dumps({"units": "mm", "joint_names": names, "trials": {trial().name: rows}}))
    joints = predicted(path).joints_m
    assert np.isnan(joints[2, 0]).all()
    np.testing.assert_allclose(joints[:2], POSES[:2])
    (tmp_path / "S9_Photo_54138969.json").write_text(json.dumps({"poses": POSES.tolist()}))
    np.testing.assert_allclose(predicted(tmp_path).joints_m, POSES)


def test_only_valid_frames_may_be_given(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    valid = np.array([1, 0, 1, 1, 0], bool)
    np.savez(path, TS1=POSES[valid])
    joints = predicted(path, trial("TS1", valid)).joints_m
    np.testing.assert_allclose(joints[valid], POSES[valid])
    assert np.isnan(joints[~valid]).all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not a JSON file"),
        ("[]", "must be a JSON object"),
        ("{}", "field 'trials' is missing"),
        ('{"trials": {"a": 3}}', r"\['a'\]\" must be numbers \[any,17,3\]"),
        ('{"trials": {"a": [[["x"]]]}}', r"\['a'\]\" must be numbers"),
        ('{"trials": {}, "units": "inch"}', "has no predictions for"),
        ('{"trials": {"a": []}, "units": "inch"}', "'units' must be 'm' or 'mm', not 'inch'"),
        ('{"trials": {"a": []}, "joint_names": ["nose"]}', "'joint_names' must name the 17 joints"),
    ],
)
def test_malformed_json(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "rival.json"
    path.write_text(content)
    with pytest.raises(UserError, match=f"{path}.*{message}"):
        predicted(path)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no predictions at .*nothing"):
        predicted(tmp_path / "nothing.npz")
    with pytest.raises(UserError, match=r"No predictions for 'S9/Photo/54138969' lie in .*expected"):
        predicted(tmp_path)
    np.savez(tmp_path / "p.npz", other=POSES)
    with pytest.raises(UserError, match=r"p.npz has no predictions for 'S9.*; it has other"):
        predicted(tmp_path / "p.npz")
    np.savez(tmp_path / "q.npz", TS1=POSES[:3])
    with pytest.raises(UserError, match=r"'TS1' must have 5 poses, one per frame .* not 3"):
        predicted(tmp_path / "q.npz", trial("TS1"))
    savemat(tmp_path / "r.mat", {"other": np.zeros(3)})
    with pytest.raises(UserError, match="must have the variables TS1 to TS6"):
        predicted(tmp_path / "r.mat")
    (tmp_path / "s.npz").write_bytes(b"no archive")
    with pytest.raises(UserError, match=r"s.npz is not a NumPy .npz archive"):
        predicted(tmp_path / "s.npz")
