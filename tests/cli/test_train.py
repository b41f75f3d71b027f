"""`ganbodypose train`: what was trained before is not lost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ganbodypose import cli

pytest.importorskip("torch")


def test_a_run_is_not_begun_anew_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = tmp_path / "checkpoint.pt"
    checkpoint.write_bytes(b"hours of work")
    arguments = ["--preset", "simple_baseline", "--data", tmp_path, "--out", tmp_path, "--steps", 1]
    monkeypatch.setattr(sys, "argv", ["ganbodypose", "train", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert f"{tmp_path} holds a run: go on with it (--resume)" in capsys.readouterr().err
    assert checkpoint.read_bytes() == b"hours of work"
