"""Average precision of keypoints: COCO's OKS mAP, and the paper's per-joint mAP (head, shoulder, knee, wrist, ankle).

2D follows the COCO keypoint evaluation (Lin et al. 2014; cocodataset.org/#keypoints-eval) to the last rule: 20
detections per picture, similarity thresholds .50:.05:.95, 101 recall points, crowds and people without labelled
keypoints ignored. The paper names its per-joint mAP without defining it. Here, in 2D, it is the same evaluation with
only that joint; in 3D, where there is one person, see `joint_map_3d`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ganbodypose.skeletons import COCO_17, H36M_17, Skeleton

SIMILARITIES = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
MAX_DETECTIONS = 20
AREAS_PX = {"all": (0.0, 1e10), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
# How far annotators differ on each keypoint of COCO_17, as a share of the person's scale.
SIGMAS = (
    np.array(
        [0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89]
    )
    / 10
)
PAPER_JOINTS = ("head", "shoulder", "knee", "wrist", "ankle")
_HEAD_PARTS = ("nose", "eye", "ear", "head")
MAP_THRESHOLDS_M = np.linspace(0.015, 0.150, 10)


@dataclass(frozen=True)
class LabelledPeople:
    """Of one picture: xy_px [G,17,2], labelled [G,17] bool, area_px [G], bbox_xywh [G,4], crowd [G] bool."""

    xy_px: np.ndarray
    labelled: np.ndarray
    area_px: np.ndarray
    bbox_xywh: np.ndarray
    crowd: np.ndarray


@dataclass(frozen=True)
class DetectedPeople:
    """In one picture: xy_px [D,17,2], score [D]."""

    xy_px: np.ndarray
    score: np.ndarray


Picture = tuple[LabelledPeople, DetectedPeople]


def object_keypoint_similarity(labels: LabelledPeople, detected_px: np.ndarray) -> np.ndarray:
    """OKS [D,G] in [0,1]; a person without labels is compared by how far keypoints lie outside twice its box."""
    away = detected_px[:, None] - labels.xy_px
    low = labels.bbox_xywh[:, :2] - labels.bbox_xywh[:, 2:]
    high = labels.bbox_xywh[:, :2] + 2 * labels.bbox_xywh[:, 2:]
    outside = np.maximum(0, low[:, None] - detected_px[:, None]) + np.maximum(
        0, detected_px[:, None] - high[:, None]
    )
    known = np.asarray(labels.labelled.any(-1))
    away = np.where(known[:, None, None], away, outside)
    exponent = (away**2).sum(-1) / (2 * SIGMAS) ** 2 / (labels.area_px[:, None] + np.spacing(1)) / 2
    counted = labels.labelled | ~known[:, None]
    return (np.exp(-exponent) * counted).sum(-1) / np.maximum(counted.sum(-1), 1)


def coco_scores(pictures: Sequence[Picture]) -> dict[str, float]:
    """ap, ap50, ap75, ap_medium, ap_large, ar, ar50, ar75, ar_medium, ar_large; NaN where nobody is labelled."""
    scores = {}
    for area, limits in AREAS_PX.items():
        precision, recall = _precision_recall(pictures, limits)
        suffix = "" if area == "all" else f"_{area}"
        scores[f"ap{suffix}"], scores[f"ar{suffix}"] = float(precision.mean()), float(recall.mean())
        if area == "all":
            for percent, k in ((50, 0), (75, 5)):
                scores[f"ap{percent}"], scores[f"ar{percent}"] = float(precision[k]), float(recall[k])
    return scores


def joint_map_2d(pictures: Sequence[Picture]) -> dict[str, float]:
    """The paper's Table 1 columns, in [0,1]: AP over .50:.95 with one kind of joint, and `total`, their mean."""
    scores = {}
    for name, joints in joint_kinds(COCO_17).items():
        only = np.isin(np.arange(len(COCO_17)), joints)
        alone = [(_only_joints(labels, only), detected) for labels, detected in pictures]
        scores[name] = float(_precision_recall(alone, AREAS_PX["all"])[0].mean())
    return scores | {"total": _mean(scores)}


def joint_map_3d(errors_m: np.ndarray, confidence: np.ndarray | None = None) -> dict[str, float]:
    """The paper's Table 1 columns for poses of one person, in [0,1]; `total` is their mean.

    errors_m [T,17] of H36M_17 joints: NaN where there is no truth, infinite where no joint was given; confidence
    [T,17]: higher is surer (minus the expected error); without it all joints rank alike. A joint is found where its
    error is below a threshold; the average precision over the ranking is averaged over ten thresholds, 15 to 150 mm.
    """
    ranked = np.zeros_like(errors_m) if confidence is None else confidence
    scores = {
        name: _joint_ap(errors_m[:, joints].ravel(), ranked[:, joints].ravel())
        for name, joints in joint_kinds(H36M_17).items()
    }
    return scores | {"total": _mean(scores)}


def joint_kinds(skeleton: Skeleton) -> dict[str, list[int]]:
    """The paper's kinds of joint -> the joints of `skeleton` that belong to each."""
    return {
        kind: [
            j
            for j, name in enumerate(skeleton.joints)
            if kind in name or (kind == "head" and any(part in name.split("_") for part in _HEAD_PARTS))
        ]
        for kind in PAPER_JOINTS
    }


def interpolated_precision(found: np.ndarray, wanted: int) -> tuple[float, float]:
    """Average precision over `RECALLS` and final recall, of found [N] (0 to 1 each), best ranked first."""
    if not wanted:
        return float("nan"), float("nan")
    hits = np.cumsum(found)
    recall, precision = hits / wanted, hits / (np.arange(1, len(found) + 1) + np.spacing(1))
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, RECALLS, side="left")
    reached = np.append(best_from_here, 0.0)[np.minimum(at, len(found))]
    return float(reached.mean()), float(recall[-1]) if len(found) else 0.0


def _joint_ap(errors_m: np.ndarray, confidence: np.ndarray) -> float:
    wanted, given = int((~np.isnan(errors_m)).sum()), np.isfinite(errors_m)
    order = np.argsort(-confidence[given], kind="stable")
    ranked = errors_m[given][order]
    # Of joints that rank alike none comes first: they are found at the rate of their group.
    _, group, size = np.unique(confidence[given][order], return_inverse=True, return_counts=True)
    rates = [np.bincount(group, ranked < t) / size for t in MAP_THRESHOLDS_M]
    return float(np.mean([interpolated_precision(rate[group], wanted)[0] for rate in rates]))


def _only_joints(labels: LabelledPeople, only: np.ndarray) -> LabelledPeople:
    return LabelledPeople(
        labels.xy_px, labels.labelled & only, labels.area_px, labels.bbox_xywh, labels.crowd
    )


def _precision_recall(
    pictures: Sequence[Picture], area_px: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Average precision and final recall at each of `SIMILARITIES`."""
    matched = [_match(labels, detected, area_px) for labels, detected in pictures]
    wanted = sum(m.wanted for m in matched)
    score = np.concatenate([m.score for m in matched]) if matched else np.empty(0)
    order = np.argsort(-score, kind="stable")
    found = np.concatenate([m.found for m in matched], 1)[:, order] if matched else np.empty((10, 0), bool)
    ignored = np.concatenate([m.ignored for m in matched], 1)[:, order] if matched else found
    curves = [interpolated_precision(f[~i], wanted) for f, i in zip(found, ignored, strict=True)]
    return np.array([c[0] for c in curves]), np.array([c[1] for c in curves])


@dataclass(frozen=True)
class _Matched:
    """score [D]; found and ignored [10,D] at each similarity; how many people there are to find."""

    score: np.ndarray
    found: np.ndarray
    ignored: np.ndarray
    wanted: int


def _match(labels: LabelledPeople, detected: DetectedPeople, area_px: tuple[float, float]) -> _Matched:
    """Each detection, best first, takes the most similar person that is still free."""
    best = np.argsort(-detected.score, kind="stable")[:MAX_DETECTIONS]
    xy_px = detected.xy_px[best]
    unwanted = labels.crowd | ~labels.labelled.any(-1) | _out_of_range(labels.area_px, area_px)
    people = np.argsort(unwanted, kind="stable")  # those who count come first
    similarity = object_keypoint_similarity(labels, xy_px)[:, people]
    found = np.zeros((len(SIMILARITIES), len(best)), bool)
    ignored = np.zeros_like(found)
    small_or_large = _out_of_range(np.ptp(xy_px, axis=1).prod(-1), area_px)
    for k, least in enumerate(SIMILARITIES):
        partner = _assign(similarity, least, unwanted[people], labels.crowd[people])
        taken = partner >= 0
        ignored[k] = np.where(taken, unwanted[people][partner] if len(people) else False, small_or_large)
        found[k] = taken & ~ignored[k]
    return _Matched(detected.score[best], found, ignored, int((~unwanted).sum()))


def _assign(similarity: np.ndarray, least: float, unwanted: np.ndarray, crowd: np.ndarray) -> np.ndarray:
    """The person of each detection [D], -1 for none; a crowd can be taken many times."""
    free = np.ones(similarity.shape[1], bool)
    partner = np.full(len(similarity), -1)
    for d, row in enumerate(similarity):
        for group in (~unwanted, unwanted):  # somebody who counts is preferred to a better match who does not
            candidates = np.flatnonzero(group & (free | crowd) & (row >= min(least, 1 - 1e-10)))
            if candidates.size:
                # of equals the last, as COCO's evaluation does
                partner[d] = candidates[np.flatnonzero(row[candidates] == row[candidates].max())[-1]]
                free[partner[d]] = False
                break
    return partner


def _out_of_range(area: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    return (area < limits[0]) | (area > limits[1])


def _mean(scores: Mapping[str, float]) -> float:
    return float(np.mean(list(scores.values())))
