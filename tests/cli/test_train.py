"""`ganbodypose train`: what was trained before is not lost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ganbodypose import cli
from ganbodypose.core import UserError
from ganbodypose.training.config import TrainConfig

pytest.importorskip("torch")


def test_windows_make_room_for_each_other() -> None:
    config = TrainConfig(**TrainConfig.share_of_motion(rendered=18, borrowed=5))
    assert (config.motion_windows, config.pair_windows, config.borrowed_windows) == (21, 18, 5)
    assert TrainConfig(**TrainConfig.share_of_motion(TrainConfig.pair_windows)) == TrainConfig()


@pytest.mark.parametrize(("rendered", "borrowed"), [(44, 0), (20, 24), (-1, 0), (12, -2)])
def test_motion_must_remain(rendered: int, borrowed: int) -> None:
    with pytest.raises(UserError, match="0 or more, and 43 at most together"):
        TrainConfig.share_of_motion(rendered, borrowed)


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
