"""Datasets by name, mixes of them, and what a folder holds."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ganbodypose.cli import app
from ganbodypose.core import UserError
from ganbodypose.datasets.inventory import take_inventory
from ganbodypose.datasets.mix import Source, all_clips, draw_clips, read_mix
from ganbodypose.datasets.registry import DATASETS, datasets_in, read_clips, read_training_clips
from ganbodypose.skeletons import H36M_17

RNG = np.random.default_rng(0)


def write_archive(path: Path, lengths: list[int], subject: str = "a") -> Path:
    """A prepared motion-capture archive; the pelvis of each clip lies at its number."""
    starts = np.cumsum([0, *lengths[:-1]])
    poses = np.concatenate([np.full((n, 17, 3), k, np.float32) for k, n in enumerate(lengths)])
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        poses=poses,
        clip_start=starts,
        clip_len=np.array(lengths),
        clip_name=np.array([f"clip{k}" for k in range(len(lengths))]),
        subject=np.array([f"{subject}{k % 2}" for k in range(len(lengths))]),
        action=np.array([""] * len(lengths)),
        fps=np.float32(50),
        joint_names=np.array(H36M_17.joints),
        up="z",
        units="m",
    )
    return path


def test_every_dataset_is_known_by_its_own_files_only(tmp_path: Path) -> None:
    for name, dataset in DATASETS.items():
        folder = tmp_path / name
        path = folder / dataset.marks[0].replace("**/", "x/").replace("*", "1")
        path.parent.mkdir(parents=True)
        if name == "mocap":
            write_archive(path, [3])
        else:
            path.touch()
        assert [found.name for found in datasets_in(folder)] == [name]
    (tmp_path / "empty").mkdir()
    assert datasets_in(tmp_path / "empty") == []


def test_inventory_counts_and_names_what_is_missing(tmp_path: Path) -> None:
    write_archive(tmp_path / "mocap" / "one.npz", [100, 50])
    write_archive(tmp_path / "mocap" / "two.npz", [25], subject="b")
    (tmp_path / "h36m").mkdir()
    (tmp_path / "h36m" / "data_3d_h36m.npz").write_bytes(b"no archive")
    progress = []
    first, second = take_inventory(tmp_path, lambda done, total: progress.append((done, total)))
    assert (first.dataset, first.missing) == (
        "h36m-videopose3d",
        ["data_2d_h36m_*.npz", "camera-parameters.json"],
    )
    assert first.problem is not None and "data_3d_h36m.npz" in first.problem and not first.is_complete
    assert (second.clips, second.frames, second.seconds) == (3, 175, 3.5)
    assert second.subjects == ["a0", "a1", "b0"] and second.is_complete
    assert progress[-1] == (175, None)
    assert [found.dataset for found in take_inventory(tmp_path / "mocap" / "two.npz", lambda *_: None)] == [
        "mocap"
    ]


def test_unknown_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no dataset that is known"):
        take_inventory(tmp_path, lambda *_: None)
    with pytest.raises(UserError, match="does not exist"):
        take_inventory(tmp_path / "nothing", lambda *_: None)
    with pytest.raises(UserError, match="no dataset 'x'; choose from h36m"):
        read_clips("x", tmp_path)
    with pytest.raises(UserError, match="COCO keypoints holds single pictures"):
        read_clips("coco", tmp_path)


def test_the_recorded_data(data_dir: Path) -> None:
    found = {i.dataset: i for i in take_inventory(data_dir / "keraal", lambda *_: None)}
    assert found["keraal"].clips == 3 and found["keraal"].is_complete
    clip = next(iter(read_clips("mocap", data_dir / "mocap")))
    assert clip.joints_m.shape[1:] == (17, 3)


def test_data_check_prints_one_object(tmp_path: Path) -> None:
    write_archive(tmp_path / "one.npz", [100])
    done = CliRunner().invoke(app, ["data", "check", str(tmp_path), "--json"])
    assert done.exit_code == 0 and '"clips": 1' in done.stdout and '"complete": true' in done.stdout
    done = CliRunner().invoke(app, ["data", "check", str(tmp_path)])
    assert "1 clip, 100 frames, 0.0 minutes, 1 subject" in done.stdout


def test_sources_by_file(tmp_path: Path) -> None:
    path = tmp_path / "mix.toml"
    path.write_text(
        '[[source]]\nname = "mocap"\npath = "a"\nweight = 3\n[[source]]\nname = "bvh"\npath = "/b"\n'
    )
    assert read_mix(path) == [Source("mocap", tmp_path / "a", 3.0), Source("bvh", Path("/b"))]
    for text, message in (
        ("x", "is not a TOML file"),
        ("", "field 'source' is missing"),
        ("source = 3", "'source' must be one or more tables"),
        ('[[source]]\nname = "mocap"', r"source\[0\]\['path'\]\" is missing"),
        ('[[source]]\nname = "mocap"\npath = "a"\nweight = 0', "weight of mocap must be a positive number"),
        ('[[source]]\nname = "mocp"\npath = "a"', "no dataset 'mocp'"),
        ('[[source]]\nname = "mocap"\npath = 3', r"'source\[0\]' must have a name and a path in quotes"),
    ):
        path.write_text(text)
        with pytest.raises(UserError, match=message):
            read_mix(path)


def two_sources(tmp_path: Path) -> list[Source]:
    write_archive(tmp_path / "a" / "one.npz", [10] * 30, "a")
    write_archive(tmp_path / "b" / "two.npz", [5000, 10], "b")
    return [Source("mocap", tmp_path / "a", 1), Source("mocap", tmp_path / "b", 3)]


def test_all_clips_come_once(tmp_path: Path) -> None:
    clips = list(all_clips(two_sources(tmp_path)))
    assert len(clips) == 32 and [c.source for c in clips[::30]] == ["mocap:one", "mocap:two"]


def test_clips_are_drawn_by_weight_in_a_new_order(tmp_path: Path) -> None:
    sources = two_sources(tmp_path)
    drawn = list(islice(draw_clips(sources, np.random.default_rng(0), held=8, max_frames=100), 400))
    assert sum(clip.source == "two" for clip in drawn) == pytest.approx(300, abs=35)
    assert max(len(clip.joints_m) for clip in drawn) == 100
    ones = [clip.name for clip in drawn if clip.source == "one"]
    assert len(set(ones)) == 30 and ones[:30] != sorted(ones[:30])
    again = list(islice(draw_clips(sources, np.random.default_rng(0), held=8, max_frames=100), 400))
    assert [c.name for c in again] == [c.name for c in drawn]


def test_an_empty_source_is_told(tmp_path: Path) -> None:
    write_archive(tmp_path / "one.npz", [3])
    with pytest.raises(UserError, match="No motion"):
        next(draw_clips([Source("bvh", tmp_path)], RNG))


def test_what_is_kept_for_tests_is_not_trained_on(data_dir: Path) -> None:
    """By the fixed split: subjects 8 to 10 of UI-PRMD, CMU's 02 and 03, all of iClone."""
    mocap = {(c.source, c.subject) for c in read_training_clips("mocap", data_dir / "mocap")}
    assert ("uiprmd_vicon", "uiprmd07") in mocap and ("cmu_amc_s01-03", "cmu01") in mocap
    assert not mocap & {("uiprmd_vicon", f"uiprmd{k:02}") for k in (8, 9, 10)}
    assert not mocap & {("cmu_amc_s01-03", "cmu02"), ("cmu_amc_s01-03", "cmu03")}
    assert not any(source == "cmu_iclone_s05-07" for source, _ in mocap)
    kinect = {c.subject for c in read_training_clips("uiprmd", data_dir / "uiprmd")}
    assert kinect == {f"uiprmd{k:02}" for k in range(1, 8)}
    for name in ("3dhp-test", "pairs", "h36m-motionbert"):
        with pytest.raises(UserError, match="has no motion to train on"):
            read_training_clips(name, data_dir)
