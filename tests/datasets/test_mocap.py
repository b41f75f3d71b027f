"""The reader on files made here, the fixed split on the recorded data."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.datasets.mocap import mocap_files, read_mocap, read_split, split_of, split_table
from ganbodypose.skeletons import H36M_17

NAMES = [
    "Pelvis",
    "RHip",
    "RKnee",
    "RAnkle",
    "LHip",
    "LKnee",
    "LAnkle",
    "Spine",
    "Thorax",
    "NeckNose",
    "HeadTop",
]
NAMES += ["LShoulder", "LElbow", "LWrist", "RShoulder", "RElbow", "RWrist"]


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """Writes an archive of two clips (3 and 4 frames); arguments replace fields, None leaves one out."""

    def write(file: str = "some", **changes: Any) -> Path:
        fields: dict[str, Any] = {
            "poses": np.arange(7 * 51, dtype=np.float32).reshape(7, 17, 3) / 100,
            "clip_start": np.array([0, 3]),
            "clip_len": np.array([3, 4]),
            "clip_name": np.array(["walk", "run"]),
            "subject": np.array(["anna", "bert"]),
            "action": np.array(["walking", ""]),
            "fps": np.float32(50),
            "joint_names": np.array(NAMES),
            "up": "z",
            "units": "m",
        } | changes
        path = tmp_path / f"{file}.npz"
        np.savez(path, **{key: value for key, value in fields.items() if value is not None})
        return path

    return write


def test_clips_in_their_order(archive: Callable[..., Path]) -> None:
    walk, run = read_mocap(archive())
    assert (walk.name, walk.subject, walk.action, walk.source) == ("walk", "anna", "walking", "some")
    assert (run.name, run.subject, run.action, run.fps) == ("run", "bert", "", 50)
    assert walk.joints_m.shape == (3, 17, 3) and run.joints_m.shape == (4, 17, 3)
    assert run.joints_m[0, 0, 0] == np.float32(3 * 51 / 100)


def test_joints_are_found_by_name(archive: Callable[..., Path]) -> None:
    order = np.random.default_rng(0).permutation(17)
    straight = next(read_mocap(archive()))
    shuffled = next(
        read_mocap(
            archive(
                poses=np.arange(7 * 51, dtype=np.float32).reshape(7, 17, 3)[:, order] / 100,
                joint_names=np.array(NAMES)[order],
            )
        )
    )
    np.testing.assert_array_equal(straight.joints_m, shuffled.joints_m)
    own = next(read_mocap(archive(joint_names=np.array(H36M_17.joints))))
    np.testing.assert_array_equal(straight.joints_m, own.joints_m)


@pytest.mark.parametrize(
    ("field", "value", "expectation"),
    [
        ("poses", None, "missing"),
        ("poses", np.zeros((7, 16, 3), np.float32), "17,3"),
        ("poses", np.zeros((7, 17, 3), int), "floats"),
        ("clip_start", np.array([0, 4]), "7 frames"),
        ("clip_start", np.array([-1, 3]), "7 frames"),
        ("clip_start", np.array([0.0, 3.0]), "integers"),
        ("clip_len", np.array([3]), "one entry per clip"),
        ("clip_len", np.array([0, 4]), "7 frames"),
        ("clip_name", np.array(["walk"]), "one per clip"),
        ("subject", np.array([1, 2]), "text"),
        ("action", None, "missing"),
        ("fps", np.float32(0), "positive"),
        ("fps", np.float32(np.nan), "positive"),
        ("fps", np.array([50, 50]), "positive"),
        ("joint_names", np.array([*NAMES[:16], "Tail"]), "h36m_17"),
        ("joint_names", np.array([*NAMES[:16], "Pelvis"]), "h36m_17"),
        ("joint_names", np.array([*NAMES, "Tail"]), "h36m_17"),
        ("joint_names", np.array([*NAMES, "Pelvis"]), "h36m_17"),
        ("up", "y", "'z'"),
        ("units", "mm", "'m'"),
        ("subject", np.array(["anna", None], dtype=object), "Python objects"),
    ],
)
def test_malformed_fields(archive: Callable[..., Path], field: str, value: Any, expectation: str) -> None:
    path = archive(**{field: value})
    with pytest.raises(UserError) as error:
        list(read_mocap(path))
    message = str(error.value)
    assert str(path) in message and expectation in message
    assert repr(field) in message


def test_files_that_are_no_archive(tmp_path: Path, archive: Callable[..., Path]) -> None:
    text, single, short = tmp_path / "text.npz", tmp_path / "single.npy", archive("short")
    text.write_text("hello")
    np.save(single, np.zeros(3))
    short.write_bytes(short.read_bytes()[:2000])
    empty = tmp_path / "empty.npz"
    empty.write_bytes(b"")
    for path in (tmp_path / "missing.npz", tmp_path, text, single, short, empty):
        with pytest.raises(UserError) as error:
            read_mocap(path)
        assert str(path) in str(error.value)


@pytest.mark.parametrize("compressed", [False, True])
def test_damaged_data_inside_an_archive(archive: Callable[..., Path], compressed: bool) -> None:
    path = archive()
    if compressed:
        np.savez_compressed(path, **np.load(path))
    content = bytearray(path.read_bytes())
    content[300:400] = bytes(100)  # within the poses
    path.write_bytes(content)
    with pytest.raises(UserError, match="poses"):
        list(read_mocap(path))


@pytest.mark.parametrize(
    ("file", "index", "name", "subject", "expected"),
    [
        ("cmu_iclone_s05-07", 3, "05_04", "cmu05", "test"),
        ("cmu_amc_s01-03", 0, "01_01", "cmu01", "train"),
        ("cmu_amc_s01-03", 20, "02_01", "cmu02", "val"),
        ("cmu_amc_s01-03", 29, "03_04", "cmu03", "test"),
        ("uiprmd_vicon", 0, "m01_s07_e01_cor", "uiprmd07", "train"),
        ("uiprmd_vicon", 0, "m01_s08_e01_cor", "uiprmd08", "val"),
        ("uiprmd_vicon", 1, "m01_s09_e01_inc", "uiprmd09", "test"),
        ("uiprmd_vicon", 2, "m01_s10_e01_cor", "uiprmd10", "test"),
        ("deepmimic", 0, "humanoid3d_backflip", "deepmimic", "test"),
        ("deepmimic", 6, "humanoid3d_getup_facedown", "deepmimic", "val"),
        ("deepmimic", 7, "humanoid3d_getup_faceup", "deepmimic", "train"),
        ("deepmimic", 18, "humanoid3d_walk", "deepmimic", "duplicate"),
        ("reactidle", 5, "006_acted", "idle008", "train"),
        ("cmu_daz_dance_martial", 5, "indian_07.c", "cmu_indian", "train"),
        ("cmu_expmap_mixed", 1, "test/jumping/jumping_1", "cmu_mixed", "train"),
        ("cmu_expmap_mixed", 25, "train/basketball/basketball_2", "cmu_mixed", "duplicate"),
    ],
)
def test_split_of(file: str, index: int, name: str, subject: str, expected: str) -> None:
    assert split_of(file, index, name, subject) == expected


def test_read_split_takes_each_clip_once(archive: Callable[..., Path], tmp_path: Path) -> None:
    archive("deepmimic")  # index 0: test, index 1: validation
    archive("other")
    assert [c.name for c in read_split(tmp_path, "test")] == ["walk"]
    assert [c.name for c in read_split(tmp_path, "val")] == ["run"]
    assert [(c.source, c.name) for c in read_split(tmp_path, "train")] == [
        ("other", "walk"),
        ("other", "run"),
    ]
    table = {"deepmimic:walk": "test", "deepmimic:run": "val", "other:walk": "train", "other:run": "train"}
    assert split_table(tmp_path) == table


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=str(tmp_path)):
        list(read_split(tmp_path, "train"))
    with pytest.raises(ValueError, match="split must be"):
        list(read_split(tmp_path, "tests"))  # type: ignore[arg-type]


def test_the_recorded_data_are_split_as_fixed(data_dir: Path) -> None:
    table = split_table(data_dir / "mocap")
    assert Counter(table.values()) == {"train": 1554, "test": 376, "val": 215, "duplicate": 13}
    by_file = Counter((key.partition(":")[0], split) for key, split in table.items())
    assert by_file["cmu_iclone_s05-07", "test"] == 58
    assert (by_file["deepmimic", "test"], by_file["deepmimic", "val"]) == (6, 5)
    assert by_file["cmu_expmap_mixed", "duplicate"] == 11


def test_the_recorded_clips_are_people(data_dir: Path) -> None:
    for path in mocap_files(data_dir / "mocap"):
        clip = next(read_mocap(path))
        assert clip.fps == 50 and clip.source == path.stem
        pelvis, head, ankle = (
            clip.joints_m[:, H36M_17.index(j)] for j in ("pelvis", "head_top", "left_ankle")
        )
        thigh = clip.joints_m[:, H36M_17.index("left_knee")] - clip.joints_m[:, H36M_17.index("left_hip")]
        assert 0.3 < np.median(np.linalg.norm(thigh, axis=-1)) < 0.6
        if path.stem != "deepmimic":  # whose first clip is a backflip
            assert np.median(head[:, 2]) > np.median(pelvis[:, 2]) > np.median(ankle[:, 2])


def test_duplicates_are_the_same_movement_as_a_held_out_clip(data_dir: Path) -> None:
    """Joint angles do not depend on the body: those of the left-out clip and of the test clip agree."""
    names = {"cmu_expmap_mixed": "train/basketball/basketball_2", "cmu_iclone_s05-07": "06_03"}
    left_out, held_out = (
        next(clip for clip in read_mocap(data_dir / "mocap" / f"{file}.npz") if clip.name == name)
        for file, name in names.items()
    )
    for joints in (("left_shoulder", "left_elbow", "left_wrist"), ("right_hip", "right_knee", "right_ankle")):
        a, b = (_angle(clip.joints_m, *H36M_17.indices(*joints)) for clip in (left_out, held_out))
        assert np.corrcoef(a[1:], b[:-1])[0, 1] > 0.999  # one frame apart


def _angle(xyz: np.ndarray, a: int, b: int, c: int) -> np.ndarray:
    u, v = xyz[:, a] - xyz[:, b], xyz[:, c] - xyz[:, b]
    return np.arccos((u * v).sum(-1) / np.linalg.norm(u, axis=-1) / np.linalg.norm(v, axis=-1))
