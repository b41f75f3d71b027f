import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ganbodypose.baselines.registry import NETWORKS
from ganbodypose.cli import app
from ganbodypose.core import UserError
from ganbodypose.experiments import tables
from ganbodypose.experiments.cost import Cost, measure
from ganbodypose.experiments.options import PaperOptions
from ganbodypose.experiments.paper import make
from ganbodypose.experiments.table import APART, PUBLISHED, Column, Row, Table
from ganbodypose.model.cost import count_parameters

ERROR_MM = {"live": 60.0, "vibe": 90.0}


def some_table() -> Table:
    rows = [
        Row("theirs", {"a": 1.0}, PUBLISHED, "H36M"),
        Row("x", {"a": 2.0, "b": 5.0}),
        Row("y", {"a": 3.0, "b": math.nan}),
        Row("z", {"a": 4.0, "b": 4.0}),
        Row("longer", {"a": 0.5}, APART),
        Row("x", {"a": 9.0}, on="3DPW"),
        Row("y", {"a": 8.0}, on="3DPW"),
    ]
    columns = [Column("a", "A", "low"), Column("b", "B", "high", 2), Column("c", "C")]
    return Table("table9", "Table 9", columns, rows, ["a note"])


def test_only_measured_values_are_marked_best_and_published_ones_are_named() -> None:
    lines = some_table().markdown().splitlines()
    assert lines[2:] == [
        "| method | source | A | B | C |",
        "|---|---|---|---|---|",
        "| theirs | published, H36M | 1.0 | - | - |",
        "| x | measured | **2.0** | **5.00** | - |",
        "| y | measured | 3.0 | - | - |",
        "| z | measured | 4.0 | 4.00 | - |",
        "| longer | measured, apart | 0.5 | - | - |",
        "| x | measured, 3DPW | 9.0 | - | - |",
        "| y | measured, 3DPW | **8.0** | - | - |",
        "",
        "- a note",
    ]


@pytest.fixture
def without_work(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """No training, no judging, no measuring; what was asked for."""
    asked: list[tuple] = []

    def train(models, minutes, _data, folder):
        asked.append((tuple(models), minutes))
        return [folder / model for model in models]

    def scores(run: Path, dataset: str, *_):
        error = ERROR_MM.get(run.name, 100.0)
        joint_map = dict.fromkeys(("head", "shoulder", "knee", "wrist", "ankle", "total"), error / 200)
        accuracy = {
            "mpjpe_mm": error,
            "pa_mpjpe_mm": error - 20,
            "auc": 1 - error / 150,
            "joint_map": joint_map,
        }
        return accuracy | {"model": run.name, "cpu_minutes": 30.0, "frames": 960, "dataset": dataset}

    monkeypatch.setattr(tables, "train_equally", train)
    monkeypatch.setattr(tables, "scores_of", scores)
    monkeypatch.setattr(tables, "cost_of", lambda *_: Cost(2_000_000, 6e6, 0.002, 300.0, 8.0, 50.0))
    return asked


@pytest.mark.parametrize("name", ["table1", "table2", "table3", "table4"])
def test_each_table_has_the_paper_s_rows_beside_ours(name: str, without_work: list, tmp_path: Path) -> None:
    result = make(name, PaperOptions(tmp_path, tmp_path, minutes=30.0), lambda _: None)
    published = [row for row in result.as_json["rows"] if row["source"] == PUBLISHED]
    measured = [row for row in result.as_json["rows"] if row["source"] != PUBLISHED]
    assert len(published) == {"table1": 10, "table2": 4, "table3": 4, "table4": 6}[name]
    assert len(measured) == len(tables.MODELS[name])
    assert without_work == ([] if name == "table4" else [(tables.MODELS[name], 30.0)])
    assert json.loads((tmp_path / f"{name}.json").read_text()) == result.as_json
    assert (tmp_path / f"{name}.md").read_text() == result.text
    if name != "table4":
        assert f"{len(measured) * 0.5:.2f} hours together" in result.text


@pytest.mark.usefixtures("without_work")
def test_speed_and_accuracy_agree_in_our_rows(tmp_path: Path) -> None:
    options = PaperOptions(tmp_path, tmp_path, minutes=1.0, models=("live", "vibe"))
    rows = {row["method"]: row["values"] for row in make("table2", options, lambda _: None).as_json["rows"]}
    ours, theirs = rows["GAN-BodyPose live (ours)"], rows["GAN-BodyPose"]
    assert ours["frames_per_s"] == pytest.approx(1000 / ours["frame_ms"])
    assert ours["auc_of_mpjpe_percent"] == pytest.approx(ours["auc_percent"]) == pytest.approx(60.0)
    assert theirs["auc_of_mpjpe_percent"] == pytest.approx(60.1, abs=0.05) and theirs["auc_percent"] == 81.4


def test_what_is_missing_is_explained(tmp_path: Path) -> None:
    for name, said in (
        ("table1", "--minutes"),
        ("figure10", "--minutes"),
        ("table5", "choose one of table1"),
    ):
        with pytest.raises(UserError, match=said):
            make(name, PaperOptions(tmp_path, tmp_path), lambda _: None)
    with pytest.raises(UserError, match="no protocol 'nothing'"):
        make("table1", PaperOptions(tmp_path, tmp_path, datasets=("nothing",), minutes=1), lambda _: None)
    with pytest.raises(UserError, match="no network 'vibes'"):
        make("table1", PaperOptions(tmp_path, tmp_path, models=("live", "vibes"), minutes=1), lambda _: None)
    assert not any(tmp_path.iterdir())


@pytest.mark.usefixtures("without_work")
def test_on_the_command_line(tmp_path: Path) -> None:
    command = ["paper", "table3", "--data", str(tmp_path), "--out", str(tmp_path), "--minutes", "1", "--json"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["name"] == "table3"


@pytest.mark.parametrize("model", ["simple_baseline", "lstm_3d"])
def test_measured_cost_is_plausible(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganbodypose.experiments.cost._RUNS", 1)
    cost = measure(model, None)
    assert cost.parameters == count_parameters(NETWORKS[model]())
    assert cost.size_mb == pytest.approx(4 * cost.parameters / 1e6, rel=0.05)
    assert 0 < cost.frame_s < 0.1 and cost.memory_mb > 50 and cost.epoch_s is None
    # A frame goes once through (nearly) every weight.
    assert cost.flops_per_frame == pytest.approx(2 * cost.parameters, rel=0.05)
