import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ganbodypose.core import Camera, UserError
from ganbodypose.datasets.pairs import at_joint_centres
from ganbodypose.io.atomic import part_path
from ganbodypose.skeletons import BLAZEPOSE_33, COCO_17, H36M_17, skeleton_map
from ganbodypose.training.pairs import render as rendering
from ganbodypose.training.pairs import shards
from ganbodypose.training.pairs.bank import PairBank
from ganbodypose.training.pairs.render import render
from ganbodypose.training.pairs.shards import RenderSettings, ShardRange, checked_split, missing_shards

SETTINGS = RenderSettings(seed=3, detector="blazepose-full", split="train", frames=6, clips_per_shard=4)
AHEAD = np.array([0, 0, 3.0])


def fake_clip(seed, frames, skeleton=BLAZEPOSE_33):
    """What shards keep of a clip; the person stands 3 m away and the detector is exact."""
    rng = np.random.default_rng(seed)
    joints = rng.normal(0, 0.3, (frames, 17, 3)) + AHEAD
    own = rng.normal(0, 0.3, (frames, len(skeleton), 3)) + AHEAD
    K = np.array([[500, 0, 319.5], [0, 500, 239.5], [0, 0, 1]])
    watched = SimpleNamespace(
        xy_px=own[..., :2] / own[..., 2:] * 500 + K[:2, 2],
        depth_m=own[..., 2] - 3,
        confidence=np.full(own.shape[:2], 0.9),
        world_m=own - AHEAD,
        found=np.ones(frames, bool),
    )
    shape = SimpleNamespace(height_m=1.7, age=30.0, phenotype={"weight": 0.5, "age": 0.6})
    wardrobe = SimpleNamespace(top="long", bottom="long", hair="short")
    motion = SimpleNamespace(name="deepmimic:walk", subject="s", action="walk", first=4, mirrored=False)
    shot = SimpleNamespace(
        camera=Camera(K, (640, 480)), fov_deg=65.0, elevation_deg=3.0, roll_deg=1.0, distance_m=3.0
    )
    actor = SimpleNamespace(shape=shape, clothes=SimpleNamespace(wardrobe=wardrobe))
    background = SimpleNamespace(kind="room", hiding=0)
    stage = SimpleNamespace(
        motion=motion, actor=actor, company=None, shot=shot, background=background, joints_camera_m=joints
    )
    return SimpleNamespace(stage=stage, watched=watched, cut_off=0.0)


@pytest.fixture
def made(monkeypatch):
    """Numbers of the clips that were made, in order, by a renderer that draws nothing."""
    numbers = []

    def make(seed, detector):
        del detector
        numbers.append(seed[1])
        return fake_clip(seed, SETTINGS.frames)

    workshop = SimpleNamespace(make=make), SimpleNamespace(skeleton=BLAZEPOSE_33)
    monkeypatch.setattr(rendering, "_workshop", lambda *_: workshop)
    return numbers


def test_a_run_goes_on_where_it_was_interrupted(made, tmp_path):
    assert render(tmp_path, 10, tmp_path, SETTINGS).made == 10
    whole = {path.name: path.read_bytes() for path in shards.shard_paths(tmp_path)}
    (tmp_path / "pairs_000004.npz").unlink()
    part_path(tmp_path / "pairs_000008.npz").write_bytes(b"what a killed run leaves")
    made.clear()
    assert render(tmp_path, 10, tmp_path, SETTINGS).made == 4 and made == [4, 5, 6, 7]
    assert {path.name: path.read_bytes() for path in shards.shard_paths(tmp_path)} == whole


def test_a_longer_run_adds_clips_and_keeps_whole_shards(made, tmp_path):
    render(tmp_path, 6, tmp_path, SETTINGS)
    assert missing_shards(tmp_path, 9, 4) == [ShardRange(4, 8), ShardRange(8, 9)]
    made.clear()
    progress = []
    summary = render(tmp_path, 9, tmp_path, SETTINGS, on_progress=lambda *state: progress.append(state))
    assert summary.made == 5 and made == [4, 5, 6, 7, 8] and progress == [(24, 30), (30, 30)]


@pytest.mark.usefixtures("made")
def test_a_folder_holds_pairs_of_one_kind(tmp_path):
    render(tmp_path, 2, tmp_path, SETTINGS)
    with pytest.raises(UserError, match="seed 3, not 4"):
        render(tmp_path, 2, tmp_path, replace(SETTINGS, seed=4))
    found = json.loads((tmp_path / "render.json").read_text())
    assert set(found["detector_sha256"]) == {"pose_detection", "pose_landmark_full"}


def test_nonsense_is_refused(made, tmp_path):
    with pytest.raises(UserError, match="1 or more"):
        render(tmp_path, 0, tmp_path, SETTINGS)
    with pytest.raises(UserError, match="Unknown split 'all'"):
        checked_split("all")
    assert not made


@pytest.mark.usefixtures("made")
def test_a_shard_tells_where_it_comes_from(tmp_path):
    render(tmp_path, 2, tmp_path, SETTINGS)
    with np.load(tmp_path / "pairs_000000.npz", allow_pickle=False) as shard:
        assert int(shard["seed"]) == 3 and str(shard["detector"]) == "blazepose-full"
        assert json.loads(str(shard["detector_sha256"]))["pose_landmark_full"].startswith("e9a5c5cb")
        assert shard["phen_labels"].tolist() == ["age", "weight"] and shard["clip_phen"].shape == (2, 2)
        assert shard["clip"].tolist() == [0] * 6 + [1] * 6 and shard["full_xy"].shape == (12, 33, 2)


def test_the_bank_reads_shards_of_any_detector(tmp_path):
    for number, skeleton in ((0, BLAZEPOSE_33), (4, COCO_17)):
        clips = [fake_clip((1, number), 6, skeleton)]
        shards.write_shard(tmp_path, ShardRange(number, number + 1), clips, skeleton.name, SETTINGS)
    paths = shards.shard_paths(tmp_path)
    bank = PairBank.joined([PairBank.read(path, np.array([True])) for path in paths])
    assert bank.length.tolist() == [6, 6] and bank.own_3d_m is None
    own = fake_clip((1, 4), 6, COCO_17).watched.xy_px
    expected = (skeleton_map(COCO_17, H36M_17) @ own - [319.5, 239.5]) / 500
    assert np.allclose(bank.xy[6:], expected, atol=2e-4)
    assert np.allclose(bank.window(np.array([[0, 5]])).dt_s, 0.04)


def test_banks_of_different_rates_do_not_mix(tmp_path):
    shards.write_shard(tmp_path, ShardRange(0, 1), [fake_clip((1, 0), 6)], "blazepose_33", SETTINGS)
    bank = PairBank.read(tmp_path / "pairs_000000.npz", np.array([True]))
    with pytest.raises(UserError, match="frame rates"):
        PairBank.joined([bank, replace(bank, dt_s=0.02)])


def test_joints_of_an_archive_that_names_no_skeleton_are_moved_to_the_joint_centres(tmp_path):
    shards.write_shard(tmp_path, ShardRange(0, 1), [fake_clip((1, 0), 6)], "blazepose_33", SETTINGS)
    with np.load(tmp_path / "pairs_000000.npz") as shard:
        np.savez(tmp_path / "unnamed.npz", **{k: shard[k] for k in shard.files if k != "skeleton"})
    named, unnamed = (
        PairBank.read(tmp_path / f"{name}.npz", np.array([True])).joints_m
        for name in ("pairs_000000", "unnamed")
    )
    assert not np.allclose(unnamed, named)
    np.testing.assert_allclose(unnamed, at_joint_centres(named))
