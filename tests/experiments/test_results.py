"""The page of all results, with measurements that are made up."""

import json
from pathlib import Path

import pytest

from ganbodypose.core import UserError
from ganbodypose.experiments import results, robustness, tables
from ganbodypose.experiments.accuracy import kept
from ganbodypose.experiments.cost import Cost
from ganbodypose.experiments.figure10 import Curve, Figure10
from ganbodypose.experiments.options import PaperOptions
from ganbodypose.experiments.results import make_results
from ganbodypose.experiments.table import APART
from ganbodypose.protocols.robustness import Point, Robustness

JOINT_MAP = dict.fromkeys(("head", "shoulder", "knee", "wrist", "ankle", "total"), 0.5)


def accuracy(mpjpe: float) -> dict:
    return {
        "mpjpe_mm": mpjpe,
        "pa_mpjpe_mm": mpjpe - 20,
        "pck150": 0.8,
        "auc": 1 - mpjpe / 150,
        "acceleration_error_mm_per_s2": 9000.0,
        "joint_map": JOINT_MAP,
        "frames": 960,
        "spearman": float("nan"),
    }


def corrupted() -> Robustness:
    points = [
        Point(name, level, 10, 0.0, 50.0 + 10 * level, 40.0, 0.6 - 0.1 * level, 50.0)
        for name, level in (("clean", 0), *(("noise", k) for k in range(1, 6)))
    ]
    return Robustness("live", "pairs", "the truth", tuple(points), {"noise": 1.0}, 0.7)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def scores(run: Path, dataset: str, *_):
        error = {"live": 80.0, "vibe": 90.0}[run.name] + 10 * (dataset == "pairs")
        return accuracy(error) | {"model": run.name, "cpu_minutes": 3.0, "dataset": dataset}

    monkeypatch.setattr(tables, "scores_of", scores)
    monkeypatch.setattr(
        tables,
        "trained_already",
        lambda models, folder: [folder / m for m in models if m in ("live", "vibe")],
    )
    monkeypatch.setattr(tables, "cost_of", lambda *_: Cost(2_000_000, 6e6, 0.002, 300.0, 8.0, 50.0))
    monkeypatch.setattr(results, "reference_scores", lambda *_: [("longer", accuracy(60.0))])
    monkeypatch.setattr(results, "minutes_spent", lambda _: 90.0)
    monkeypatch.setattr(
        results, "make_figure10", lambda *_, **__: Figure10([Curve("a", [1.0], [0.5])], [], [])
    )
    section = robustness.Section("Robustness: keypoints", "robustness-keypoints", corrupted())
    monkeypatch.setattr(robustness, "sections", lambda *_: [section])


@pytest.mark.usefixtures("made_up")
def test_the_page_has_everything_and_says_what_is_missing(tmp_path: Path) -> None:
    options = PaperOptions(tmp_path, tmp_path, datasets=("mocap", "pairs"))
    result = make_results(options, lambda _: None)
    page = (tmp_path / "results.md").read_text()
    assert page == result.text and "1.5 CPU hours" in page and "for 3 minutes of CPU time" in page
    for part in (
        "Who is first",
        "28.5 frames/s",
        "59.8 mm",
        "Table 1",
        "Table 2",
        "Table 4",
        "Figure 10",
        "Robustness",
    ):
        assert part in page
    assert "first: 80.0 (live); next VIBE" in page and "Not trained yet:" in page and "MotionAGFormer" in page
    assert "## Table 3" not in page  # none of its networks is trained
    assert f"| longer | {APART} | 60.0 |" in page  # better than the best, but not marked as such
    assert "| noise | 50 | 60 | 70 | 80 | 90 | 100 | 0.60 to 0.10 | 1.00 |" in page
    known = json.loads((tmp_path / "results.json").read_text())
    assert known == result.as_json and known["accuracy"][0]["rows"][0]["values"]["spearman"] is None
    for link in (line for line in page.splitlines() if line.startswith("![")):
        assert (tmp_path / link.partition("(")[2].rstrip(")")).is_file(), link


def test_without_open_data_or_networks_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="open datasets"):
        results.open_datasets(tmp_path)
    with pytest.raises(UserError, match="--minutes"):
        make_results(PaperOptions(tmp_path, tmp_path, datasets=("mocap",)), lambda _: None)


def test_what_was_computed_is_kept_under_its_key(tmp_path: Path) -> None:
    calls: list[int] = []

    def compute() -> dict:
        calls.append(1)
        return {"value": len(calls)}

    for key, value in (({"steps": 1}, 1), ({"steps": 1}, 1), ({"steps": 2}, 2)):
        assert kept(tmp_path / "x" / "a.json", key, compute) == {"value": value}


def test_robustness_survives_its_file() -> None:
    value = json.loads(json.dumps(corrupted().as_json()))
    assert robustness._from_json(value) == corrupted()
