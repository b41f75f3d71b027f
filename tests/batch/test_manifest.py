"""Lists of recordings: options for each line, and nothing that leads out of the folder of results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganbodypose.batch.inputs import find_recordings
from ganbodypose.batch.manifest import read_manifest
from ganbodypose.core import UserError
from ganbodypose.jobs.options import RunOptions


def _read(tmp_path: Path, name: str, text: str) -> list:
    (tmp_path / name).write_text(text)
    return read_manifest(tmp_path / name, RunOptions(persons=2))


def test_the_three_kinds_say_the_same(tmp_path: Path) -> None:
    text = _read(tmp_path, "list.txt", "# comment\na.mp4\n\ns3://lab/b.mp4\n")
    table = _read(tmp_path, "list.csv", "source,name\na.mp4,\ns3://lab/b.mp4,\n")
    lines = _read(tmp_path, "list.jsonl", '{"source": "a.mp4"}\n{"source": "s3://lab/b.mp4", "name": null}\n')
    assert text == table == lines
    assert [entry.source for entry in text] == [str(tmp_path / "a.mp4"), "s3://lab/b.mp4"]


def test_every_column_changes_its_option(tmp_path: Path) -> None:
    (tmp_path / "k.toml").write_text(
        '[c]\nname = "c"\nsize = [640.0, 480.0]\n'
        "matrix = [[500.0, 0.0, 320.0], [0.0, 500.0, 240.0], [0.0, 0.0, 1.0]]\ndistortions = [0.0, 0.0, 0.0, 0.0]\n"
    )
    row = {
        "source": "a.json",
        "name": "Ann 1",
        "height": 1.7,
        "persons": 1,
        "start": 1,
        "end": 2.5,
        "fps": 25,
    }
    row |= {"size": "640x480", "camera": "k.toml"}
    (entry,) = _read(tmp_path, "list.jsonl", json.dumps(row))
    wanted = RunOptions(
        height_m=1.7,
        persons=1,
        start_s=1.0,
        end_s=2.5,
        fps=25.0,
        size_wh=(640, 480),
        camera=tmp_path / "k.toml",
    )
    assert (entry.name, entry.options) == ("Ann 1", wanted)
    (entry,) = _read(tmp_path, "list.csv", "source,fov\na.mp4,70\n")
    assert entry.options == RunOptions(persons=2, fov_deg=70.0)


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/x", "..", ".", "a/b", "a\\b", ".hidden", "C:x", "x\n", "x" * 300, "CON\0", " ", "a."],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"list\.jsonl, line 2: the name"):
        _read(tmp_path, "list.jsonl", '{"source": "a.mp4"}\n' + json.dumps({"source": "b.mp4", "name": name}))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "video\na.mp4\n", "must have a column 'source'"),
        ("a.csv", "source\na.mp4,b\n", "line 2: more cells than columns"),
        ("a.csv", "source,heigth\na.mp4,1.8\n", "line 2: 'heigth' is not known"),
        ("a.csv", "source,height\na.mp4,tall\n", "line 2: height cannot be 'tall'"),
        ("a.csv", "source,height\na.mp4,9\n", "line 2: The body height must lie between"),
        ("a.csv", "source,camera\na.mp4,no.toml\n", "line 2: .*no.toml cannot be read"),
        ("a.jsonl", "{\n", "line 1: each line must be one JSON object .*Expecting"),
        ("a.jsonl", "[1]\n", "line 1: each line must be one JSON object"),
        ("a.jsonl", "{}\n", "line 1: the source is missing"),
        ("a.txt", "\n", "lists no recordings"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        _read(tmp_path, name, text)


@pytest.mark.parametrize(
    ("names", "said"),
    [(("one", "ONE"), "Two recordings have the name"), (("batch.html", "b"), "No recording can")],
)
def test_names_must_be_free(tmp_path: Path, names: tuple[str, str], said: str) -> None:
    rows = "".join(f"{k}.mp4,{name}\n" for k, name in enumerate(names))
    (tmp_path / "list.csv").write_text("source,name\n" + rows)
    with pytest.raises(UserError, match=said):
        find_recordings([str(tmp_path / "list.csv")], tmp_path / "out", RunOptions())
