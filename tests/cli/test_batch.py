"""`ganbodypose batch`: its options reach the job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from ganbodypose import cli
from ganbodypose.batch.run import BatchOptions
from ganbodypose.core import UserError


def test_a_recording_is_done_as_run_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[BatchOptions] = []

    def run_batch(*arguments: Any) -> None:
        given.append(arguments[2])
        raise UserError("seen")

    monkeypatch.setattr("ganbodypose.batch.run.run_batch", run_batch)
    words = ["batch", "a.mp4", "--out", str(tmp_path), "--mode", "studio", "--persons", "2", "--retries", "0"]
    monkeypatch.setattr(sys, "argv", ["ganbodypose", *words])
    with pytest.raises(SystemExit):
        cli.main()
    assert (given[0].pose.mode, given[0].pose.persons, given[0].retries) == ("studio", 2, 0)
