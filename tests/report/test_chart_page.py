"""Pages of figures about evaluations."""

import sys
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.metrics.evaluate import evaluate_poses
from ganbodypose.protocols.robustness import CLEAN, Frames, summarise
from ganbodypose.report.chart_page import require_plots, write_evaluation_page, write_robustness_page

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


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UserError, match=r'-m pip install "gan-bodypose\[plots\]"'):
        require_plots()
