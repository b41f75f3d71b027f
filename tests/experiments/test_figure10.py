import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.experiments import figure10
from ganbodypose.experiments.figure10 import MODELS, NOISE_SCALES, Curve, Figure10
from ganbodypose.training.detector_noise import NoiseLevel


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Training that only writes its log: what was trained, and on how large a bias."""
    asked: list[tuple[str, float]] = []

    def learn(lesson, _data, run):
        run.mkdir(parents=True, exist_ok=True)
        asked.append((lesson.model, lesson.noise.bias))
        rows = [f"{i},{60 * i},100,{0.2 * i}" for i in range(1, 4)]
        (run / "validation.csv").write_text("\n".join(["step,cpu_s,mpjpe_mm,pck150", *rows]))

    monkeypatch.setattr(figure10, "learn", learn)
    return asked


def picture(folder: Path) -> str:
    path = folder / "grey.png"
    cv2.imwrite(str(path), np.full((120, 160, 3), 128, np.uint8))
    return str(path)


def test_three_models_and_four_noise_levels_are_drawn(learned: list, tmp_path: Path) -> None:
    figure = figure10.make_figure10(tmp_path, tmp_path, 3.0, picture(tmp_path))
    assert [model for model, _ in learned[:3]] == list(MODELS)
    bias = NoiseLevel().bias
    assert learned[3:] == [("live", pytest.approx(bias * scale)) for scale in NOISE_SCALES]
    assert figure.models[0].cpu_minutes == [1, 2, 3]
    np.testing.assert_allclose(figure.models[0].accuracy, [0.2, 0.4, 0.6])
    png, _ = figure10.write_figure10(figure, tmp_path / "out")
    drawn = cv2.imread(str(png))
    assert drawn.shape[0] > 600 and drawn.std() > 10


def test_pictures_are_as_noisy_as_they_say(tmp_path: Path) -> None:
    spread = [rgb.std() for rgb in figure10.noisy_pictures(picture(tmp_path))]
    assert spread[0] == 0 and spread[1] == pytest.approx(25, rel=0.05) and spread == sorted(spread)


def test_without_a_picture_there_are_two_panels(tmp_path: Path) -> None:
    curve = Curve("x", [1.0], [0.5])
    assert figure10.write_figure10(Figure10([curve], [curve], []), tmp_path)[0].stat().st_size > 5000


def test_noise_grows_in_size_not_in_frequency() -> None:
    loud = figure10.scaled(NoiseLevel(), 2.0)
    assert loud.burst == 2 * NoiseLevel().burst and loud.burst_rate == NoiseLevel().burst_rate


def test_a_log_of_another_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "validation.csv").write_text("step,cpu_s,mpjpe_mm\n1,2,3\n")
    with pytest.raises(UserError, match="no accuracy"):
        figure10.read_curve("x", tmp_path / "validation.csv")


def test_what_would_fail_fails_before_the_training(
    learned: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"none\.png"):
        figure10.make_figure10(tmp_path, tmp_path, 3.0, str(tmp_path / "none.png"))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UserError, match=r"gan-bodypose\[plots\]"):
        figure10.make_figure10(tmp_path, tmp_path, 3.0)
    assert learned == []
