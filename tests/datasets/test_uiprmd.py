"""UI-PRMD's archives: some written here, and the real ones."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.datasets.mocap import read_mocap
from ganbodypose.datasets.uiprmd import read_uiprmd, read_uiprmd_vicon
from ganbodypose.skeletons import H36M_17


def write(folder: Path, **changes: Any) -> Path:
    fields: dict[str, Any] = {
        "poses": np.arange(5 * 51, dtype=np.float32).reshape(5, 17, 3),
        "clip_start": np.array([0, 2]),
        "clip_len": np.array([2, 3]),
        "subject": np.array([1, 10]),
        "movement": np.array([1, 7]),
        "episode": np.array([3, 4]),
        "correct": np.array([1, 0]),
        "fps": np.float32(30),
        "joint_names": np.array(H36M_17.joints),
        "up": "z",
    } | changes
    path = folder / "kinect.npz"
    np.savez(path, **{key: value for key, value in fields.items() if value is not None})
    return path


def test_repetitions(tmp_path: Path) -> None:
    first, second = read_uiprmd(write(tmp_path))
    assert (first.clip.name, second.clip.name) == ("m01_s01_e03_cor", "m07_s10_e04_inc")
    assert (first.correct, second.correct) == (True, False)
    assert (second.subject, second.movement, second.episode) == (10, 7, 4)
    assert (second.clip.subject, second.clip.action, second.clip.fps) == (
        "uiprmd10",
        "shoulder abduction",
        30,
    )
    assert len(second.clip.joints_m) == 3 and second.clip.joints_m[0, 0, 0] == 2 * 51


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"movement": np.array([1, 11])}, "'movement' has the unknown value 11"),
        ({"correct": np.array([1, 2])}, "'correct' has the unknown value 2"),
        ({"subject": np.array([1])}, r"'subject' must be integers \[2\]"),
        ({"episode": np.array([1.0, 2.0])}, r"'episode' must be integers \[2\], not float64"),
        ({"correct": None}, "'correct' is missing"),
        ({"up": "y"}, "'up' must be 'z'"),
        ({"clip_len": np.array([2, 9])}, "'clip_start' and 'clip_len' must lie within the 5 frames"),
    ],
)
def test_malformed(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write(tmp_path, **changes)
    with pytest.raises(UserError, match=f"{path}: field {message}"):
        list(read_uiprmd(path))


def test_the_real_archive(data_dir: Path) -> None:
    repetitions = list(read_uiprmd(data_dir / "uiprmd" / "uiprmd_kinect17_30hz.npz"))
    assert len(repetitions) == 2000 and sum(len(r.clip.joints_m) for r in repetitions) == 151158
    assert Counter((r.subject, r.movement, r.correct) for r in repetitions) == {
        (s, m, c): 10 for s in range(1, 11) for m in range(1, 11) for c in (True, False)
    }
    pelvis, head = H36M_17.indices("pelvis", "head_top")
    for repetition in repetitions[::97]:
        up = repetition.clip.joints_m[:, head, 2] - repetition.clip.joints_m[:, pelvis, 2]
        assert 0.4 < np.median(up) < 0.9


def test_vicon_and_kinect_repetitions_go_by_the_same_names(data_dir: Path) -> None:
    vicon = {clip.name: clip.subject for clip in read_mocap(data_dir / "mocap" / "uiprmd_vicon.npz")}
    kinect = {
        r.clip.name: r.clip.subject for r in read_uiprmd(data_dir / "uiprmd" / "uiprmd_kinect17_30hz.npz")
    }
    assert len(vicon) == 1857 and vicon.items() <= kinect.items()


def write_vicon(folder: Path, names: list[str]) -> Path:
    path = folder / "vicon.npz"
    count = len(names)
    np.savez(
        path,
        poses=np.zeros((2 * count, 17, 3), np.float32),
        clip_start=2 * np.arange(count),
        clip_len=np.full(count, 2),
        clip_name=np.array(names),
        subject=np.array(["uiprmd01"] * count),
        action=np.array([""] * count),
        fps=np.float32(50),
        joint_names=np.array(H36M_17.joints),
        up="z",
        units="m",
    )
    return path


def test_labels_are_read_from_vicon_names(tmp_path: Path) -> None:
    first, second = read_uiprmd_vicon(write_vicon(tmp_path, ["m01_s01_e07_cor", "m10_s09_e03_inc"]))
    assert (first.movement, first.subject, first.episode, first.correct) == (1, 1, 7, True)
    assert (second.movement, second.subject, second.episode, second.correct) == (10, 9, 3, False)


@pytest.mark.parametrize("name", ["m01_s01_e07", "m11_s01_e07_cor", "walk"])
def test_other_vicon_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="is not named like"):
        list(read_uiprmd_vicon(write_vicon(tmp_path, [name])))


def test_the_real_vicon_archive(data_dir: Path) -> None:
    found = list(read_uiprmd_vicon(data_dir / "mocap" / "uiprmd_vicon.npz"))
    assert len(found) == 1857
    assert {one.subject for one in found} == set(range(1, 11))
    assert {one.movement for one in found} == set(range(1, 11))
