"""Files appear under their name only when they are complete."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ganbodypose.core import UserError
from ganbodypose.io.atomic import cannot_write, replacing


def test_name_appears_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with replacing(path) as part:
        part.write_text("new")
        assert part.suffix == ".json"
        assert part.parent == tmp_path
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_else_s_file_is_built_on(tmp_path: Path) -> None:
    """Neither one that the user calls so nor that of another writer of the same file."""
    path, similar = tmp_path / "a.json", tmp_path / "a.part.json"
    similar.write_text("the user's")
    with replacing(path) as first, replacing(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"
    assert similar.read_text() == "the user's"
    assert sorted(tmp_path.iterdir()) == [path, similar]


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / f"{'ä' * 125}.json"
    with replacing(path) as part:
        part.write_text("new")
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_error_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(error), replacing(path) as part:
        part.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_failed_write_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(UserError) as error, replacing(path) as part:
        part.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(error.value) == f"{path} cannot be written: the disk is full; free some space."
    assert list(tmp_path.iterdir()) == []


def test_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(UserError, match=r"a\.json cannot be written"), replacing(tmp_path / "a.json") as part:
        part.write_text("new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOENT, "folder does not exist"), (errno.EACCES, "permissions"), (errno.EROFS, "read-only")],
)
def test_advice(code: int, words: str) -> None:
    assert words in str(cannot_write(Path("a"), OSError(code, "")))


def test_unknown_error_keeps_the_system_s_words() -> None:
    assert str(cannot_write(Path("a"), OSError(errno.EIO, "I/O error"))) == "a cannot be written: I/O error."
