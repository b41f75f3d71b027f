"""`ganbodypose assess`: lines for people, one object for programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from ganbodypose import cli
from ganbodypose.io import formats
from ganbodypose.io.formats.tracks import Track, sequence_of


def _run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["ganbodypose", "assess", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0), *capsys.readouterr()


@pytest.fixture
def standing_file(tmp_path: Path) -> Path:
    path = tmp_path / "standing.npz"
    joints = np.repeat(np.random.default_rng(0).normal(size=(1, 17, 3)), 30, 0)
    formats.write(path, sequence_of(Track(joints, np.full((30, 17), 0.02), 30.0)))
    return path


def test_json_is_one_object(
    standing_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = _run(monkeypatch, capsys, standing_file, "--json")
    assert (code, err) == (0, "")
    (one,) = json.loads(out)["assessments"]
    assert one["source"] == str(standing_file)
    assert one["repetitions"]["count"]["value"] == 0


def test_a_missing_file_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = _run(monkeypatch, capsys, tmp_path / "none.npz")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1 and "none.npz" in err
