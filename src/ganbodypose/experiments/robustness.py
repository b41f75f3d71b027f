"""What corruption does to the published network: on pairs against the truth, on a video against its clean result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ganbodypose.corruption.pictures import PICTURE_CORRUPTIONS
from ganbodypose.experiments.accuracy import kept
from ganbodypose.experiments.options import PaperOptions, Say
from ganbodypose.jobs.robustness import RobustnessOptions, robustness_on_dataset
from ganbodypose.jobs.robustness_video import robustness_on_videos
from ganbodypose.lift.model_files import model_card
from ganbodypose.protocols.robustness import Point, Robustness
from ganbodypose.report.chart_page import robustness_curves

MODEL, DATASET = "live", "pairs"
VIDEO_S = 2.0


@dataclass(frozen=True)
class Section:
    """figure: the name of its file of curves."""

    title: str
    figure: str
    result: Robustness

    def markdown(self) -> str:
        """One line for each corruption: error at each level, pose quality at both ends, and whether they agree."""
        levels = [point.level for point in self.result.curve(self.result.corruptions[0])]
        head = ["MPJPE, mm, at level", *map(str, levels), "quality, first to last", "agreement over levels"]
        lines = [f"## {self.title}", "", f"![{self.title}](results/{self.figure}.svg)", ""]
        lines += ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
        lines += [f"| {name} | " + " | ".join(self._cells(name)) + " |" for name in self.result.corruptions]
        return "\n".join(
            [
                *lines,
                "",
                f"`{self.result.subject}` on {self.result.source}, errors against {self.result.truth}. Agreement: rank "
                "correlation of the error with the lack of pose quality, 1 being perfect; over single frames of all "
                f"corruptions together {self.result.spearman_frames:.2f}.",
                "",
            ]
        )

    def _cells(self, corruption: str) -> list[str]:
        points = self.result.curve(corruption)
        return [
            *(f"{point.mpjpe_mm:.0f}" for point in points),
            f"{points[0].pose_quality:.2f} to {points[-1].pose_quality:.2f}",
            f"{self.result.spearman_levels[corruption]:.2f}",
        ]

    def curves(self) -> str:
        """SVG of the errors."""
        return robustness_curves(self.result, "mpjpe_mm")


def sections(options: PaperOptions, say: Say) -> list[Section]:
    """Keypoints of the rendered people where they are among the datasets, pictures of the video where there is one."""
    found = []
    if DATASET in options.datasets:
        say(f"corrupting the keypoints of {DATASET}")
        result = _kept(
            options, DATASET, lambda: robustness_on_dataset(DATASET, options.data, RobustnessOptions())
        )
        found.append(Section("Robustness: corrupted keypoints", "robustness-keypoints", result))
    if (video := options.picture) is not None:
        say(f"corrupting the pictures of {video}")
        chosen = RobustnessOptions(tuple(PICTURE_CORRUPTIONS), seconds=VIDEO_S)
        result = _kept(options, video, lambda: robustness_on_videos([video], chosen))
        found.append(Section("Robustness: corrupted pictures", "robustness-pictures", result))
    return found


def _kept(options: PaperOptions, source: str, measure: Callable[[], Robustness]) -> Robustness:
    key = {"sha256": model_card(MODEL).sha256, "source": source}
    path = options.scores_folder / f"robustness-{source.replace('/', '_')}.json"
    return _from_json(kept(path, key, lambda: measure().as_json()))


def _from_json(value: dict[str, Any]) -> Robustness:
    points = tuple(Point(**point) for point in value["points"])
    names = ("subject", "source", "truth", "spearman_levels", "spearman_frames")
    return Robustness(points=points, **{name: value[name] for name in names})
