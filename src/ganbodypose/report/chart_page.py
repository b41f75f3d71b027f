"""Pages of figures and tables about an evaluation: one self-contained HTML file each.

Figures are drawn by matplotlib (extra `plots`), without a display, as SVG inside the page.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganbodypose.core import UserError, pip_install
from ganbodypose.protocols.robustness import Point, Robustness
from ganbodypose.report.plain_page import Section, table, write_page

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR_HEIGHT, _WIDTH = 0.26, 9.0  # inches
_MPJPE, _PA = "#1663b6", "#f2994a"
_COLORS = 10  # of Matplotlib's cycle; what comes after them is dashed


def require_plots() -> None:
    """UserError without matplotlib; ask before long work."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise UserError(f"Pages with figures need matplotlib: {pip_install('plots')}.") from None


def write_evaluation_page(path: Path, title: str, subject: str, scores: Mapping[str, Any]) -> Path:
    """`scores` as `ganbodypose evaluate --json` prints them: overall, by group and by joint."""
    sections = [Section("Overall", "", table(["", "value"], _plain_numbers(scores)))]
    groups = scores["by_group"]
    if groups:
        errors = {group: (s["mpjpe_mm"], s["pa_mpjpe_mm"]) for group, s in groups.items()}
        sections.append(Section("By group", "Error in mm.", _bars(errors)))
    joints = {
        joint.replace("_", " "): (error, scores["per_joint_pa_mpjpe_mm"][joint])
        for joint, error in scores["per_joint_mpjpe_mm"].items()
    }
    sections.append(Section("By joint", "Error in mm; the pelvis is the origin.", _bars(joints)))
    if "calibration_expected_mm" in scores:
        hint = "Mean over tenths of the joints, from the least to the largest expected error, mm."
        sections.append(Section("Expected against true error", hint, _calibration(scores)))
    return write_page(path, title, subject, sections, scores.get("notes", ()))


def write_robustness_page(path: Path, result: Robustness) -> Path:
    """Curves of error and pose quality over the level of each corruption."""
    rows = [_cells(point) for point in result.points]
    columns = ["corruption", "level", "no pose", "MPJPE mm", "PA-MPJPE mm", "expected mm", "quality"]
    agreement = [(name, f"{value:.2f}") for name, value in result.spearman_levels.items()]
    agreement.append(("single frames, all corruptions", f"{result.spearman_frames:.2f}"))
    hint = "Rank correlation of the error with the lack of quality; 1: the quality falls whenever the error grows."
    sections = [
        Section(
            "Error",
            f"Mean error of a joint (mm), against {result.truth}.",
            robustness_curves(result, "mpjpe_mm"),
        ),
        Section(
            "Pose quality", "It should fall where the error grows.", robustness_curves(result, "pose_quality")
        ),
        Section("Does the quality tell?", hint, table(["over the levels of", "agreement"], agreement)),
        Section("All numbers", "", table(columns, rows)),
    ]
    return write_page(path, "Robustness", f"{result.subject} on {result.source}", sections)


def _cells(point: Point) -> tuple[str, ...]:
    errors = (point.mpjpe_mm, point.pa_mpjpe_mm, point.expected_error_mm)
    return (
        point.corruption,
        str(point.level),
        f"{point.missing:.0%}",
        *(f"{error:.1f}" for error in errors),
        f"{point.pose_quality:.3f}",
    )


def _plain_numbers(scores: Mapping[str, Any]) -> list[tuple[str, str]]:
    numbers = {name: value for name, value in scores.items() if isinstance(value, (int, float))}
    return [
        (name, f"{v:.1f}" if name.endswith(("_mm", "_s", "_s2")) else f"{v:.4g}")
        for name, v in numbers.items()
    ]


def _bars(errors: Mapping[str, tuple[float, float]]) -> str:
    def draw(axes: Axes) -> None:
        place = range(len(errors))
        for k, (label, color) in enumerate((("MPJPE", _MPJPE), ("PA-MPJPE", _PA))):
            offset = [p + 0.4 * k - 0.2 for p in place]
            axes.barh(offset, [pair[k] for pair in errors.values()], 0.38, color=color, label=label)
        axes.set_yticks(list(place), list(errors))
        axes.margins(y=0.02)
        axes.invert_yaxis()
        axes.set_xlabel("mm")
        axes.grid(axis="x", alpha=0.4)
        axes.legend(loc="lower right", frameon=False)

    return svg_figure(draw, 1.2 + 2 * _BAR_HEIGHT * len(errors))


def _calibration(scores: Mapping[str, Any]) -> str:
    def draw(axes: Axes) -> None:
        expected, actual = scores["calibration_expected_mm"], scores["calibration_actual_mm"]
        end = max([*expected, *actual, 1.0])
        axes.plot([0, end], [0, end], color="#999", linestyle=":", label="perfect")
        axes.plot(expected, actual, "o-", color=_MPJPE, label="measured")
        axes.set_xlabel("expected error, mm")
        axes.set_ylabel("true error, mm")
        axes.grid(alpha=0.4)
        axes.legend(frameon=False)

    return svg_figure(draw, 4.2)


def robustness_curves(result: Robustness, value: str) -> str:
    """SVG: `value`, mpjpe_mm or pose_quality, over the level of each corruption."""

    def draw(axes: Axes) -> None:
        for number, name in enumerate(result.corruptions):
            points = result.curve(name)
            style = ("o-", "s--")[number // _COLORS % 2]
            axes.plot([p.level for p in points], [getattr(p, value) for p in points], style, label=name)
        axes.set_xlabel("level (0: as it is)")
        axes.set_ylabel("MPJPE, mm" if value == "mpjpe_mm" else "pose quality")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.4)
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)

    return svg_figure(draw, 4.4)


def svg_figure(draw: Callable[[Axes], None], height: float) -> str:
    """What `draw` draws, `height` inches high; UserError without matplotlib."""
    require_plots()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    draw(figure.add_subplot())
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]
