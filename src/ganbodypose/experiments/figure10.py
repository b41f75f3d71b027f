"""Figure 10: pictures at several noise levels, and accuracy over training time for three models and for each level.

The noise of panel A is that of pictures; networks that lift keypoints meet it as the errors of a detector, so panel C
scales those. Accuracy is the share of joints within 150 mm on validation subjects, under the noise trained on.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import UserError, pip_install
from ganbodypose.experiments.runs import Lesson, has_ended, learn
from ganbodypose.experiments.tables import LABELS
from ganbodypose.io.atomic import replacing
from ganbodypose.io.video import open_video
from ganbodypose.training.detector_noise import NoiseLevel

MODELS = ("live", "sim_pose", "eca_hrnet")  # ours, and the stand-ins for the two that the paper cites
NOISE_SCALES = (0.5, 1.0, 2.0, 4.0)
PICTURE_NOISE = (0, 25, 50, 100)  # standard deviation, of 255
_LENGTHS = ("bias", "drift", "white", "burst")  # of `NoiseLevel`


@dataclass(frozen=True)
class Curve:
    """accuracy [N], a share of 1, after cpu_minutes [N] of training."""

    label: str
    cpu_minutes: Sequence[float]
    accuracy: Sequence[float]


@dataclass(frozen=True)
class Figure10:
    """models: panel B; noise_levels: panel C; pictures: panel A, RGB uint8, empty where no picture was given."""

    models: Sequence[Curve]
    noise_levels: Sequence[Curve]
    pictures: Sequence[np.ndarray]

    def as_json(self) -> dict[str, Any]:
        panel = lambda curves: [c.__dict__ for c in curves]  # noqa: E731
        return {"accuracy": "pck150", "models": panel(self.models), "noise_levels": panel(self.noise_levels)}


def make_figure10(
    data: Path,
    runs: Path,
    minutes: float | None,
    picture: str | None = None,
    points: int = 8,
    say: Callable[[str], object] = lambda _: None,
) -> Figure10:
    """Trains each network for `minutes` of CPU time into a folder in `runs`, or goes on where it was stopped; `points`
    per curve. Where minutes is None, the curves are those of networks trained before.

    What could fail does so before the training: UserError without matplotlib or where there is no such picture.
    """
    _matplotlib_figure()
    pictures = [] if picture is None else noisy_pictures(picture)

    def curve(label: str, model: str, scale: float) -> Curve | None:
        noise = scaled(NoiseLevel(), scale)
        run = runs / f"figure10-{model}-{scale:g}"
        if minutes is not None:
            say(f"training {model} at noise x {scale:g}")
            learn(Lesson(model, minutes, noise, points), data, run)
        return read_curve(label, run / "validation.csv") if minutes or has_ended(run) else None

    models = [curve(LABELS[model], model, 1.0) for model in MODELS]
    levels = [curve(f"noise x {scale:g}", "live", scale) for scale in NOISE_SCALES]
    return Figure10([c for c in models if c], [c for c in levels if c], pictures)


def scaled(noise: NoiseLevel, scale: float) -> NoiseLevel:
    """Every error `scale` times as large, as often as before."""
    return replace(noise, **{name: scale * getattr(noise, name) for name in _LENGTHS})


def read_curve(label: str, log: Path) -> Curve:
    """From the validation log of a run."""
    with log.open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or "pck150" not in rows[0]:
        raise UserError(f"{log} has no accuracy in it: it is not a run of Figure 10.")
    return Curve(label, [float(r["cpu_s"]) / 60 for r in rows], [float(r["pck150"]) for r in rows])


def noisy_pictures(source: str) -> list[np.ndarray]:
    """The first picture of a video or picture file, with more and more Gaussian noise."""
    with open_video(source) as video:
        rgb = next(iter(video)).rgb
    rng = np.random.default_rng(0)
    return [
        np.clip(np.round(rgb + level * rng.standard_normal(rgb.shape)), 0, 255).astype(np.uint8)
        for level in PICTURE_NOISE
    ]


def write_figure10(figure: Figure10, out: Path) -> list[Path]:
    """figure10.png and figure10.json in `out`; UserError without matplotlib."""
    out.mkdir(parents=True, exist_ok=True)
    with replacing(out / "figure10.json") as part:
        part.write_text(json.dumps(figure.as_json(), indent=1) + "\n")
    with replacing(out / "figure10.png") as part:
        _plot(figure, part)
    return [out / "figure10.png", out / "figure10.json"]


def _plot(figure: Figure10, path: Path) -> None:
    """Panel A above, B and C below; without pictures only B and C."""
    page = _matplotlib_figure()(figsize=(10, 7 if figure.pictures else 4.2), layout="constrained")
    rows: Any = page.subfigures(2, 1, height_ratios=(1, 1.6)) if figure.pictures else (None, page)
    if figure.pictures:
        _plot_pictures(rows[0], figure.pictures)
    left, right = rows[1].subplots(1, 2, sharey=True)
    _plot_curves(left, "B  Three models", figure.models)
    _plot_curves(right, "C  Ours at different noise levels", figure.noise_levels)
    left.set_ylabel("joints within 150 mm, %")
    page.savefig(path, format="png", dpi=120)


def _matplotlib_figure() -> Any:
    """matplotlib's class of figures that need no screen."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UserError(f"Plots need matplotlib: {pip_install('plots')}.") from None
    return Figure


def _plot_pictures(row: Any, pictures: Sequence[np.ndarray]) -> None:
    row.suptitle("A  Pictures at different noise levels")
    for axes, level, rgb in zip(row.subplots(1, len(pictures)), PICTURE_NOISE, pictures, strict=True):
        axes.imshow(rgb)
        axes.set_title(f"\u03c3 = {level}", fontsize=9)
        axes.set_axis_off()


def _plot_curves(axes: Any, title: str, curves: Sequence[Curve]) -> None:
    for curve in curves:
        axes.plot(
            curve.cpu_minutes, 100 * np.array(curve.accuracy), marker="o", markersize=3, label=curve.label
        )
    axes.set(title=title, xlabel="training time, CPU minutes", ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="lower right")
