"""`ganbodypose convert`: between any two formats, every option, every error one sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ganbodypose import cli
from ganbodypose.core import FrameResult, PersonResult, PoseSequence
from ganbodypose.geometry.camera import assumed_camera
from ganbodypose.io import formats
from ganbodypose.io.results import ResultsWriter

Convert = Callable[..., tuple[int, str, str]]


@pytest.fixture
def convert(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Convert:
    """`ganbodypose convert` with these arguments, in this process -> exit code, output, errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ganbodypose", "convert", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return run


@pytest.fixture
def poses(tmp_path: Path) -> Path:
    """A results file of 6 frames at 20 Hz: person 1 in all, person 2 in the last 3; T-pose, 5 m away."""
    path = tmp_path / "poses.npz"
    with ResultsWriter(path, assumed_camera((64, 48)), 20.0, (64, 48), {}) as writer:
        for k in range(6):
            people = (1, 2) if k > 2 else (1,)
            writer.append(FrameResult(k, k / 20, tuple(_person(track, k) for track in people)))
    return path


def _person(track: int, frame: int) -> PersonResult:
    return PersonResult(
        track_id=track,
        keypoints_2d_px=np.zeros((17, 2)),
        keypoints_2d_confidence=np.ones(17),
        joints_3d_m=_T_POSE,
        root_camera_m=np.array([track, 0.1 * frame, 5.0]),
        expected_error_m=np.where(np.arange(17) == 13, 0.2, 0.02),  # the left wrist is poor
        pose_quality=0.2 if frame == 0 else 0.8,
        bbox_px=np.zeros(4),
    )


# Facing the camera, so that the person's left is at larger x; camera frame, y down.
_T_POSE = np.array(
    [[0, 0, 0], [-0.1, 0, 0], [-0.1, 0.4, 0], [-0.1, 0.8, 0], [0.1, 0, 0], [0.1, 0.4, 0], [0.1, 0.8, 0],
     [0, -0.25, 0], [0, -0.5, 0], [0, -0.6, -0.05], [0, -0.7, 0], [0.2, -0.5, 0], [0.45, -0.5, 0],
     [0.7, -0.5, 0], [-0.2, -0.5, 0], [-0.45, -0.5, 0], [-0.7, -0.5, 0]]
)  # fmt: skip


def camera_joints(sequence: PoseSequence) -> np.ndarray:
    return sequence.joints_3d_m.astype(float) + sequence.root_camera_m[:, None]


# Those that hold positions; each is read for two others and written from two others.
_FORMATS = [ending for ending in formats.FORMATS if ending not in (".mot", ".json", ".usd", ".usdc")]
_PAIRS = [(a, _FORMATS[(k + by) % len(_FORMATS)]) for by in (1, 4) for k, a in enumerate(_FORMATS)]


@pytest.mark.parametrize(("first", "second"), _PAIRS)
def test_any_two_formats(convert: Convert, poses: Path, tmp_path: Path, first: str, second: str) -> None:
    a, b = tmp_path / f"a{first}", tmp_path / f"b{second}"
    assert convert(poses, a, "--person", 1)[0] == 0
    code, out, err = convert(a, b)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == str(b)
    expected, back = formats.read(poses).person(1), formats.read(b)
    np.testing.assert_allclose(camera_joints(back), camera_joints(expected), atol=1e-3)
    np.testing.assert_allclose(back.time_s, expected.time_s, atol=1e-3)
    assert back.fps == pytest.approx(20)


def test_person(convert: Convert, poses: Path, tmp_path: Path) -> None:
    code, out, _ = convert(poses, tmp_path / "a.trc")
    assert code == 0
    assert "person 1 of 2" in out
    convert(poses, tmp_path / "b.trc", "--person", 2)
    back = formats.read(tmp_path / "b.trc")
    np.testing.assert_allclose(back.root_camera_m[:, 0], 2, atol=1e-6)
    np.testing.assert_array_equal(back.frame_index, [3, 4, 5])


def test_gates(convert: Convert, poses: Path, tmp_path: Path) -> None:
    _, out, _ = convert(poses, tmp_path / "a.csv", "--min-quality", 0.5, "--max-error", 0.1, "--person", 1)
    missing = np.isnan(formats.read(tmp_path / "a.csv").joints_3d_m).all(-1)
    expected = np.zeros((6, 17), bool)
    expected[0], expected[:, 13] = True, True
    np.testing.assert_array_equal(missing, expected)
    assert "quality below 0.5" in out and "error above 0.1 m" in out


def test_fps(convert: Convert, poses: Path, tmp_path: Path) -> None:
    _, out, _ = convert(poses, tmp_path / "a.trc", "--fps", 40)
    back = formats.read(tmp_path / "a.trc")
    assert (len(back), back.fps) == (11, 40)
    np.testing.assert_allclose(back.root_camera_m[:, 1], np.arange(11) * 0.05, atol=1e-6)
    assert "resampled to 40 Hz" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("absent.npz", "a.trc"), "does not exist"),
        (("poses.npz", "a.docx"), "no known ending"),
        (("poses.docx", "a.trc"), "no known ending"),
        (("poses.npz", "no/such/a.trc"), "folder does not exist"),
        (("poses.npz", "a.trc", "--person", "9"), "Person 9"),
        (("poses.npz", "a.trc", "--min-quality", "3"), "within 0 and 1"),
        (("poses.npz", "a.trc", "--max-error", "-1"), "positive length"),
        (("poses.npz", "a.trc", "--fps", "0"), "positive number"),
        (("poses.npz", "a.csv", "--fps", "10"), "frames and times: no --fps"),
        (("poses.npz", "caf\udce9.c3d"), "is no name in UTF-8; give another"),
    ],
)
def test_errors_are_one_sentence(
    convert: Convert, poses: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(poses.parent)
    code, out, err = convert(*arguments)
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith("error: ") and sentence in line
    assert [path.name for path in poses.parent.iterdir()] == ["poses.npz"]


def test_a_file_for_one_person_tells_of_no_other(convert: Convert, poses: Path, tmp_path: Path) -> None:
    repairing = ("--gaps", "repair", "--smooth", 6)
    _, out, _ = convert(poses, tmp_path / "walk.trc", *repairing)
    assert "person 1 of 2" in out and "person 2" not in out
    _, out, _ = convert(poses, tmp_path / "walk.csv", *repairing)
    assert "person 1: " in out and "person 2: " in out


def test_joints_below_the_gate_are_repaired_on_request_and_the_file_says_so(
    convert: Convert, poses: Path, tmp_path: Path
) -> None:
    missing, repaired = tmp_path / "missing.npz", tmp_path / "repaired.npz"
    gated = ("--person", 1, "--max-error", 0.1)  # all of the left wrist
    assert convert(poses, missing, *gated)[0] == 0
    assert np.isnan(formats.read(missing).joints_3d_m[:, 13]).all()
    sequence = formats.read(poses).person(1)
    sequence.expected_error_m[[0, 1, 4, 5], 13] = 0.02
    formats.write(poses, sequence)
    code, out, _ = convert(poses, repaired, *gated, "--gaps", "repair", "--smooth", 6, "--hold-feet")
    back = formats.read(repaired)
    assert code == 0
    assert np.isfinite(back.joints_3d_m).all()
    assert (back.expected_error_m[2:4, 13] >= 0.02).all()
    for words in ("2 missing joints in 2 frames interpolated", "faster than 6 Hz", "feet are held still"):
        assert words in out
        assert any(words in note for note in back.meta["repair"])


def test_the_source_is_never_overwritten(convert: Convert, poses: Path) -> None:
    before = poses.read_bytes()
    code, _, err = convert(poses, poses, "--person", 2)
    assert (code, poses.read_bytes()) == (1, before)
    assert "is the source itself, which would be lost" in err


@pytest.mark.parametrize("header", ["frame,landmark,x,y,z", ",".join(f"X{j}, Y{j}" for j in range(33))])
def test_a_table_of_landmarks_needs_the_size_of_the_pictures(
    convert: Convert, tmp_path: Path, header: str
) -> None:
    (tmp_path / "mp.csv").write_text(f"{header}\n")
    code, _, err = convert(tmp_path / "mp.csv", tmp_path / "a.trc")
    assert code == 1
    assert "give the size of their pictures" in err


def test_an_absent_source_is_named_though_the_target_is_there(
    convert: Convert, poses: Path, tmp_path: Path
) -> None:
    code, _, err = convert(tmp_path / "absent.npz", poses)
    assert code == 1
    assert "absent.npz does not exist" in err


def test_a_folder_of_results_names_the_file_in_it(convert: Convert, poses: Path, tmp_path: Path) -> None:
    code, _, err = convert(tmp_path, tmp_path / "a.bvh")
    assert code == 1
    assert f"give {poses}" in err


@pytest.mark.parametrize("ending", [".bvh", ".trc", ".c3d", ".glb", ".usda"])
def test_on_the_floor(convert: Convert, poses: Path, tmp_path: Path, ending: str) -> None:
    """Person 1 stands on y = 0 above the origin; who else is there keeps the place beside."""
    target = tmp_path / f"a{ending}"
    code, out, _ = convert(poses, target, "--on-floor")
    assert code == 0
    assert "the floor is y = 0 and person 1 begins above the origin" in out
    moved, before = formats.read(target), formats.read(poses)
    first = moved.person(1)
    ankles = (first.joints_3d_m + first.root_camera_m[:, None])[:, [3, 6]]
    # The recorded one sinks by 0.1 m a frame: a tenth of the six frames are half a step; ankles are over the soles.
    np.testing.assert_allclose(-ankles[..., 1].max(), 0.07 - 0.05, atol=0.01)
    np.testing.assert_allclose(first.root_camera_m[0, [0, 2]], 0, atol=0.01)
    if len(moved.track_ids) > 1:
        apart = [s.person(2).root_camera_m[0] - s.person(1).root_camera_m[3] for s in (moved, before)]
        np.testing.assert_allclose(*apart, atol=0.01)


def test_places_before_the_camera_stay_there(convert: Convert, poses: Path, tmp_path: Path) -> None:
    code, _, err = convert(poses, tmp_path / "a.csv", "--on-floor")
    assert code == 1
    assert "no --on-floor" in err
    assert not (tmp_path / "a.csv").exists()
