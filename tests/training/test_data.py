"""Which files the data of a split come from."""

from pathlib import Path

from ganbodypose.training.data import pair_files


def test_what_is_rendered_trains_and_calibrates_but_is_not_judged_on(tmp_path: Path) -> None:
    archive, shard = tmp_path / "train_full.npz", tmp_path / "mine" / "pairs_000000.npz"
    shard.parent.mkdir()
    for path in (archive, shard):
        path.touch()
    assert pair_files(tmp_path, "train") == pair_files(tmp_path, "val") == [archive, shard]
    assert pair_files(tmp_path, "test") == [archive]


def test_shards_in_linked_folders_count(tmp_path: Path) -> None:
    elsewhere, pairs = tmp_path / "elsewhere", tmp_path / "pairs"
    elsewhere.mkdir()
    pairs.mkdir()
    (elsewhere / "pairs_000000.npz").touch()
    (pairs / "linked").symlink_to(elsewhere, target_is_directory=True)
    assert pair_files(pairs, "train") == [pairs / "linked" / "pairs_000000.npz"]
