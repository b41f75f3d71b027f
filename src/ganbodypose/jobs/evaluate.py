"""One subject on one protocol: the field's numbers, by group and joint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganbodypose.core import UserError
from ganbodypose.detect import create_detector
from ganbodypose.io.atomic import make_folder, replacing
from ganbodypose.io.text import as_json_text
from ganbodypose.protocols import kinect, sources
from ganbodypose.protocols.lifting import LiftedBy
from ganbodypose.protocols.people_2d import annotations_in, coco_evaluation, detected_in, results_file
from ganbodypose.protocols.predictions import PredictionFiles
from ganbodypose.protocols.score import (
    Match,
    Outcome,
    Progress,
    run_trials,
    scores_by_the_book,
    silent,
    valid_frames,
)
from ganbodypose.protocols.trial import OwnDepth, Subject, Trial
from ganbodypose.report.chart_page import write_evaluation_page
from ganbodypose.training.filming import mocap_trials, perfect_2d_trials


@dataclass(frozen=True)
class Protocol:
    """title: one sentence for the head of a table; headline: the metric that papers quote; by_the_book: how many
    frames count there, None where nobody has said."""

    title: str
    trials: Callable[[Path], Iterator[Trial]]
    headline: str = "mpjpe_mm"
    match: Match = valid_frames
    mean_over_groups: bool = False
    by_the_book: int | None = None


def _human36m(title: str, headline: str) -> Protocol:
    return Protocol(
        title,
        sources.human36m_trials,
        headline,
        mean_over_groups=True,
        by_the_book=sources.H36M_TEST_FRAMES,
    )


PROTOCOLS = {
    "h36m-p1": _human36m("Human3.6M, S9 and S11: MPJPE, mean over 15 actions", "mpjpe_mm"),
    "h36m-p2": _human36m(
        "Human3.6M, S9 and S11: MPJPE after Procrustes alignment, mean over 15 actions", "pa_mpjpe_mm"
    ),
    "3dhp": Protocol(
        "MPI-INF-3DHP, TS1 to TS6: PCK at 150 mm and AUC on 14 joints",
        sources.mpi_inf_3dhp_trials,
        "pck150",
        by_the_book=sources.MPI_INF_3DHP_VALID_FRAMES,
    ),
    "3dpw": Protocol(
        "3DPW, test: PA-MPJPE of the SMPL joints",
        sources.threedpw_trials,
        "pa_mpjpe_mm",
        by_the_book=sources.THREEDPW_TEST_FRAMES,
    ),
    "mocap": Protocol("Motion capture, test split: simulated cameras and detections", mocap_trials),
    "mocap-perfect": Protocol(
        "Motion capture, test split: simulated cameras, perfect 2D, no depth", perfect_2d_trials
    ),
    "uiprmd": Protocol(
        "UI-PRMD, subjects 9 and 10: Kinect v2 against Vicon, after one rotation and time lag per repetition",
        kinect.uiprmd_trials,
        match=kinect.best_rotation_and_lag,
    ),
    "keraal": Protocol(
        "Keraal: OpenPose, AlphaPose and BlazePose in real video against a Kinect v2, after one rotation per recording",
        kinect.keraal_trials,
        match=kinect.best_rotation,
    ),
    "pairs": Protocol("Rendered people seen by the real detector, test split", sources.pairs_trials),
}


COCO = "coco"  # people in single pictures, which has neither trials nor 3D


@dataclass(frozen=True)
class Evaluation:
    """The result: `scores` is what --json prints, under plain names. outcome: what was compared, of 3D poses."""

    protocol: str
    title: str
    headline: str
    subject: str
    scores: dict[str, Any]
    notes: tuple[str, ...] = ()
    outcome: Outcome | None = None

    def as_json(self) -> dict[str, Any]:
        head = {"protocol": self.protocol, "subject": self.subject, "headline": self.headline}
        return head | self.scores | {"notes": list(self.notes)}


def evaluate(protocol: str, subject: Subject, data: Path, progress: Progress = silent) -> Evaluation:
    """`subject` on all trials of `protocol` that lie in `data`; UserError when they do not."""
    chosen = protocol_named(protocol)
    outcome = run_trials(chosen.trials(data), subject, chosen.match, progress, chosen.by_the_book)
    scores = scores_by_the_book(outcome, chosen.mean_over_groups)
    notes = _notes(chosen, scores)
    return Evaluation(protocol, chosen.title, chosen.headline, subject.name, scores, notes, outcome)


def evaluate_coco(
    data: Path, predictions: Path | None, detector: str, progress: Progress = silent
) -> Evaluation:
    """2D keypoints on COCO's validation pictures: of a file of results, or of a detector of this package."""
    if predictions is not None:
        find_people, subject = results_file(predictions), predictions.name
    else:
        annotations = annotations_in(data)
        images = annotations.parent.parent / annotations.stem.rpartition("_")[2]
        find_people, subject = detected_in(images, create_detector(detector)), detector
    scores = coco_evaluation(data, find_people, progress)
    return Evaluation(COCO, "COCO keypoints: OKS mAP", "ap", subject, scores)


def protocol_named(name: str) -> Protocol:
    if name not in PROTOCOLS:
        raise UserError(f"There is no protocol {name!r}; choose from {', '.join((*PROTOCOLS, COCO))}.")
    return PROTOCOLS[name]


def _notes(protocol: Protocol, scores: dict[str, Any]) -> tuple[str, ...]:
    """What stands between these numbers and the published ones."""
    book, frames = protocol.by_the_book, scores["frames"]
    if book is None or frames == book:
        return ()
    return (f"{frames} frames count, but published results are on {book}: these are not to be compared.",)


def subject_of(model: str = "live", predictions: Path | None = None, own_3d: bool = False) -> Subject:
    """Who is evaluated: the predictions in a file, the detector's own 3D, or else the lifting network `model`."""
    if predictions is not None and own_3d:
        raise UserError("Give either --predictions or --own-3d.")
    if predictions is not None:
        return PredictionFiles(predictions)
    return OwnDepth() if own_3d else LiftedBy(model)


def write_files(evaluation: Evaluation, folder: Path) -> list[Path]:
    """evaluation.json and, of 3D poses, evaluation.html in `folder`, which is made if missing."""
    path = make_folder(folder) / "evaluation.json"
    with replacing(path) as part:
        part.write_text(as_json_text(evaluation.as_json(), indent=1) + "\n", encoding="utf-8")
    if evaluation.outcome is None:
        return [path]
    scores = evaluation.scores | {"notes": evaluation.notes}
    return [
        path,
        write_evaluation_page(folder / "evaluation.html", evaluation.title, evaluation.subject, scores),
    ]
