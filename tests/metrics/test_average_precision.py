"""OKS mAP against pycocotools on random crowds, and cases by hand."""

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from ganbodypose.metrics.average_precision import (
    DetectedPeople,
    LabelledPeople,
    Picture,
    coco_scores,
    interpolated_precision,
    joint_kinds,
    joint_map_2d,
    joint_map_3d,
    object_keypoint_similarity,
)
from ganbodypose.skeletons import COCO_17, H36M_17

COCO_NAMES = ("ap", "ap50", "ap75", "ap_medium", "ap_large", "ar", "ar50", "ar75", "ar_medium", "ar_large")


def crowd_scene(rng: np.random.Generator) -> Picture:
    """People of all sizes, some unlabelled, some crowds, detected more or less well, with false alarms."""
    people = int(rng.integers(0, 6))
    size = np.exp(rng.uniform(np.log(15), np.log(300), people))
    corner = rng.uniform(0, 300, (people, 2))
    xy = corner[:, None] + rng.random((people, 17, 2)) * size[:, None, None]
    labelled = rng.random((people, 17)) < 0.7
    labelled[rng.random(people) < 0.2] = False
    bbox = np.concatenate([corner, np.repeat(size[:, None], 2, 1)], 1)
    labels = LabelledPeople(xy, labelled, size**2 * 0.6, bbox, rng.random(people) < 0.15)
    error = size * np.exp(rng.uniform(np.log(0.005), np.log(0.3), people))
    seen = xy + rng.normal(size=xy.shape) * error[:, None, None]
    false_alarms = rng.uniform(0, 300, (int(rng.integers(0, 25)), 1, 2)) + rng.normal(0, 30, (1, 17, 2))
    detected = seen[rng.random(people) < 0.9]
    found = np.concatenate([detected, false_alarms])
    score = rng.random(len(found)) + (np.arange(len(found)) < len(detected))
    return labels, DetectedPeople(found, np.round(score, 1))  # rounded: scores tie


def reference(pictures: list[Picture]) -> dict[str, float]:
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for image, (labels, detected) in enumerate(pictures, start=1):
        for g in range(len(labels.xy_px)):
            points = np.concatenate([labels.xy_px[g], 2.0 * labels.labelled[g][:, None]], 1)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": 1,
                    "keypoints": points.ravel().tolist(),
                    "num_keypoints": int(labels.labelled[g].sum()),
                    "area": float(labels.area_px[g]),
                    "bbox": labels.bbox_xywh[g].tolist(),
                    "iscrowd": int(labels.crowd[g]),
                }
            )
        for xy, score in zip(detected.xy_px, detected.score, strict=True):
            keypoints = np.concatenate([xy, np.ones((17, 1))], 1).ravel().tolist()
            results.append(
                {"image_id": image, "category_id": 1, "keypoints": keypoints, "score": float(score)}
            )
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": i + 1} for i in range(len(pictures))],
            "annotations": annotations,
            "categories": [{"id": 1, "name": "person"}],
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return dict(zip(COCO_NAMES, evaluation.stats.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(6))
def test_all_ten_numbers_are_pycocotools(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pictures = [crowd_scene(rng) for _ in range(25)]
    ours, theirs = coco_scores(pictures), reference(pictures)
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, abs=1e-12), name
    assert 0.1 < ours["ap"] < 0.9


def one_person(offset_px: float, joint: int | None = None) -> Picture:
    """A person of 100 x 100 px whose keypoints, or one of them, were found off by the offset."""
    xy = np.random.default_rng(0).uniform(0, 100, (1, 17, 2))
    seen = xy.copy()
    seen[:, slice(None) if joint is None else joint, 0] += offset_px
    labels = LabelledPeople(
        xy, np.ones((1, 17), bool), np.array([1e4]), np.array([[0.0, 0, 100, 100]]), np.zeros(1, bool)
    )
    return labels, DetectedPeople(seen, np.ones(1))


def test_similarity_by_hand() -> None:
    labels, detected = one_person(10.0, COCO_17.index("left_wrist"))
    # d^2 / (2 area (2 sigma)^2) = 100 / (2 x 10^4 x 0.124^2)
    wrist = np.exp(-100 / (2 * 1e4 * (2 * 0.062) ** 2))
    assert object_keypoint_similarity(labels, detected.xy_px)[0, 0] == pytest.approx((16 + wrist) / 17)


def test_nobody_to_find_is_nan() -> None:
    assert np.isnan(coco_scores([])["ap"])


def test_a_joint_that_is_off_costs_its_own_column_only() -> None:
    scores = joint_map_2d([one_person(31.5, COCO_17.index("left_wrist"))])
    assert scores["wrist"] == pytest.approx(0.1)  # a similarity of 0.52 passes the first of ten thresholds
    assert all(scores[kind] == pytest.approx(1) for kind in ("head", "shoulder", "knee", "ankle"))
    assert scores["total"] == pytest.approx(4.1 / 5)


def test_kinds_of_joints() -> None:
    names = {kind: [H36M_17.joints[j] for j in joints] for kind, joints in joint_kinds(H36M_17).items()}
    assert names["head"] == ["neck_nose", "head_top"] and names["wrist"] == ["left_wrist", "right_wrist"]
    assert len(joint_kinds(COCO_17)["head"]) == 5


def test_interpolated_precision_by_hand() -> None:
    # Hit, miss, hit of two wanted: precision 1 up to recall 1/2 (51 points), 2/3 beyond (50 points).
    average, recall = interpolated_precision(np.array([True, False, True]), 2)
    assert average == pytest.approx((51 + 50 * 2 / 3) / 101) and recall == 1
    assert interpolated_precision(np.zeros(0, bool), 3) == (0, 0)


def test_3d_map_of_a_constant_error() -> None:
    # 50 mm passes 60, 75, ... 150 of the ten thresholds.
    scores = joint_map_3d(np.full((20, 17), 0.050))
    assert scores["wrist"] == scores["total"] == pytest.approx(0.7)
    assert joint_map_3d(np.zeros((20, 17)))["total"] == pytest.approx(1)


def test_3d_map_rewards_knowing_which_joints_are_wrong() -> None:
    errors = np.where(np.random.default_rng(0).random((400, 17)) < 0.5, 0.005, 0.5)
    blind = joint_map_3d(errors)["total"]
    known = joint_map_3d(errors, -errors)["total"]
    assert blind == pytest.approx(0.25, abs=0.05)  # half are found, at a precision of one half
    assert known == pytest.approx(0.5, abs=0.05)
    assert joint_map_3d(errors, errors)["total"] < blind


def test_3d_map_counts_what_was_not_given() -> None:
    errors = np.zeros((10, 17))
    errors[5:] = np.inf
    assert joint_map_3d(errors)["total"] == pytest.approx(51 / 101)
    errors[5:] = np.nan  # nothing to find there
    assert joint_map_3d(errors)["total"] == pytest.approx(1)
