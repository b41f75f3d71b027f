"""`ganbodypose evaluate`"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ganbodypose.cli import app

RUNNER = CliRunner()
PLAIN_NAMES = {"mpjpe_mm", "pa_mpjpe_mm", "pck150", "auc", "frames", "failed_frames", "protocol", "subject"}


def test_json_is_one_object_with_plain_names(data_dir: Path) -> None:
    done = RUNNER.invoke(
        app, ["evaluate", "--protocol", "pairs", "--own-3d", "--data", str(data_dir), "--json"]
    )
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout, parse_constant=pytest.fail)
    assert scores.keys() >= PLAIN_NAMES and scores["protocol"] == "pairs"


def test_a_table(data_dir: Path, tmp_path: Path) -> None:
    command = ["evaluate", "--protocol", "pairs", "--own-3d", "--data", str(data_dir), "--out", str(tmp_path)]
    done = RUNNER.invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "deepmimic" in done.stdout and "frames have no pose" in done.stdout
    assert json.loads((tmp_path / "evaluation.json").read_text())["mpjpe_mm"] > 50


def test_predictions_and_own_3d_exclude_each_other(tmp_path: Path) -> None:
    command = ["evaluate", "--protocol", "pairs", "--own-3d", "--predictions", "x", "--data", str(tmp_path)]
    done = RUNNER.invoke(app, command)
    assert done.exit_code != 0 and "either --predictions or --own-3d" in str(done.exception)
