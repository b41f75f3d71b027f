"""Pages of figures about evaluations."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.metrics.evaluate import evaluate_poses
from ganbodypose.protocols.robustness import CLEAN, Frames, summarise
from ganbodypose.report.chart_page import (
    require_plots,
    robustness_curves,
    write_evaluation_page,
    write_robustness_page,
)

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(0, 0.4, (30, 17, 3))
PRED = TRUTH + RNG.normal(0, 0.05, TRUTH.shape)


def test_an_evaluation(tmp_path: Path) -> None:
    scores = evaluate_poses(PRED, TRUTH, np.full((30, 17), 0.05) + RNG.random((30, 17)) / 100)
    groups = {"<walk>": scores, "run": scores}
    path = write_evaluation_page(
        tmp_path / "a.html", "A & B", "live", scores | {"by_group": groups, "notes": ["Few."]}
    )
    page = path.read_text()
    assert page.count("<svg") == 3 and "A &amp; B" in page and "Few." in page
    assert "left wrist" in page and "http-equiv" not in page and "<script" not in page


def test_a_robustness_page(tmp_path: Path) -> None:
    frames = Frames(PRED, TRUTH, np.full(30, 0.7), np.full((30, 17), 0.05))
    conditions = [((CLEAN, 0), frames), (("fog", 1), frames), (("fog", 2), frames)]
    page = write_robustness_page(
        tmp_path / "r.html", summarise("live", "x.mp4", "truth", conditions)
    ).read_text()
    assert page.count("<svg") == 2 and "x.mp4" in page and "agreement" in page and "fog" in page


def test_no_two_corruptions_look_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = pytest.importorskip("matplotlib.figure")
    frames = Frames(PRED, TRUTH, np.full(30, 0.7), np.full((30, 17), 0.05))
    names = [f"corruption-{number}" for number in range(12)]
    conditions = [((CLEAN, 0), frames), *(((name, 1), frames) for name in names)]
    drawn: list[tuple[str, str]] = []

    def read(draw: Callable[[Any], None], height: float) -> str:
        del height
        axes = figure.Figure().add_subplot()
        draw(axes)
        drawn.extend((str(line.get_color()), str(line.get_linestyle())) for line in axes.get_lines())
        return ""

    monkeypatch.setattr("ganbodypose.report.chart_page.svg_figure", read)
    robustness_curves(summarise("live", "x.mp4", "truth", conditions), "mpjpe_mm")
    assert len(set(drawn)) == len(names)


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UserError, match=r'-m pip install "gan-bodypose\[plots\]"'):
        require_plots()
