"""Rows of the published networks, measured again on the page that is there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ganbodypose.core import UserError
from ganbodypose.experiments import renewal, robustness
from ganbodypose.experiments.options import PaperOptions
from ganbodypose.experiments.renewal import renew_published

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The project's own page."""
    (tmp_path / "results").mkdir()
    for name in ("results.md", "results.json"):
        shutil.copyfile(DOCS / name, tmp_path / name)
    return tmp_path / "results.md"


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = {"mpjpe_mm": 12.34, "pa_mpjpe_mm": 5.6, "acceleration_error_mm_per_s2": 1500.0}
    monkeypatch.setattr(renewal, "published_scores", lambda *_: scores)
    monkeypatch.setattr(robustness, "sections", lambda *_: [])


def test_only_the_rows_of_that_dataset_change(page: Path) -> None:
    before = page.read_text().splitlines()
    renew_published(PaperOptions(page.parent, page.parent, datasets=("pairs",)), lambda _: None)
    after = page.read_text().splitlines()
    assert len(before) == len(after)
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        f"| {name} as published | measured, apart | 12.3 | 5.6 | - | - | 1.50 | - | - | - | - |"
        for name in ("live", "studio")
    ]
    known = {
        table["name"]: table["rows"]
        for table in json.loads(page.with_suffix(".json").read_text())["accuracy"]
    }
    values = {row["method"]: row["values"] for row in known["accuracy-pairs"]}
    assert values["live as published"]["mpjpe_mm"] == 12.34
    assert {row["method"]: row["values"] for row in known["accuracy-mocap"]}["live as published"][
        "mpjpe_mm"
    ] > 50


@pytest.mark.usefixtures("page")
def test_what_is_not_there_cannot_be_renewed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="to renew: make them by 'all' first"):
        renew_published(PaperOptions(tmp_path, tmp_path / "elsewhere", datasets=("pairs",)), lambda _: None)
    with pytest.raises(UserError, match="no row 'live as published' for coco"):
        renew_published(PaperOptions(tmp_path, tmp_path, datasets=("coco",)), lambda _: None)
