"""COCO keypoints: people in single pictures, scored by OKS mAP and the paper's per-joint mAP.

The subject is a file of results (COCO's own JSON form, which every 2D method writes), or a detector of this package
on the pictures themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ganbodypose.core import Detection, UserError
from ganbodypose.datasets.checks import entry, field_error, numbers, whole
from ganbodypose.datasets.coco import CocoPicture, read_coco
from ganbodypose.detect.base import PoseDetector
from ganbodypose.io.text import read_json
from ganbodypose.metrics.average_precision import DetectedPeople, coco_scores, joint_map_2d
from ganbodypose.skeletons import COCO_17

Progress = Callable[[int, int | None], object]
FindPeople = Callable[[CocoPicture], DetectedPeople]

_ANNOTATIONS = ("annotations/person_keypoints_val2017.json", "person_keypoints_val2017.json")
_NOBODY = DetectedPeople(np.zeros((0, len(COCO_17), 2)), np.zeros(0))


def coco_evaluation(data: Path, find_people: FindPeople, progress: Progress) -> dict[str, Any]:
    """Scores under plain names: `ap`, `ap50`, ... (`metrics.coco_scores`), `joint_map`, and how many pictures and
    people there were. progress(pictures done, of how many)."""
    pictures = list(read_coco(annotations_in(data)))
    compared = []
    for number, picture in enumerate(pictures, start=1):
        compared.append((picture.people, find_people(picture)))
        progress(number, len(pictures))
    people = sum(int(labels.labelled.any(-1).sum()) for labels, _ in compared)
    found = sum(len(detected.score) for _, detected in compared)
    counts = {"pictures": len(pictures), "people": people, "detections": found}
    return counts | coco_scores(compared) | {"joint_map": joint_map_2d(compared)}


def annotations_in(data: Path) -> Path:
    """The validation annotations, or else the only person_keypoints_*.json of `data` (itself such a file, maybe)."""
    if data.is_file():
        return data
    places = [folder / name for folder in (data, data / "coco") for name in _ANNOTATIONS]
    others = sorted(data.rglob("person_keypoints_*.json"))
    found = next((path for path in places if path.is_file()), others[0] if len(others) == 1 else None)
    if found is None:
        raise UserError(f"No {_ANNOTATIONS[0]} lies in {data}; name COCO's folder with --data.")
    return found


def results_file(path: Path) -> FindPeople:
    """People from a COCO results file: a list of {image_id, category_id, keypoints [51], score}."""
    by_image: dict[int, list[tuple[np.ndarray, float]]] = {}
    for number, result in enumerate(_listed(path)):
        field = f"[{number}]"
        image_id = whole(path, entry(path, result, "image_id", field), f"{field}['image_id']")
        points = numbers(path, entry(path, result, "keypoints", field), f"{field}['keypoints']", (51,))
        score = float(numbers(path, entry(path, result, "score", field), f"{field}['score']", ()))
        by_image.setdefault(image_id, []).append((points.reshape(17, 3)[:, :2], score))

    def of_picture(picture: CocoPicture) -> DetectedPeople:
        people = by_image.get(picture.image_id)
        return DetectedPeople(*map(np.array, zip(*people, strict=True))) if people else _NOBODY

    return of_picture


def _listed(path: Path) -> list[Any]:
    content = read_json(path)
    if not isinstance(content, list):
        raise field_error(path, "the contents", "must be a list of results, as COCO's evaluation takes it")
    return content


def detected_in(images: Path, detector: PoseDetector) -> FindPeople:
    """People whom `detector` finds in the pictures of the folder `images`, each picture for itself."""
    if not images.is_dir():
        raise UserError(f"COCO's pictures are expected in {images}; or give --predictions with COCO results.")

    def of_picture(picture: CocoPicture) -> DetectedPeople:
        bgr = cv2.imread(str(images / picture.file_name))
        if bgr is None:
            raise UserError(f"{images / picture.file_name} is missing or no picture.")
        return _as_people(list(_detections(np.ascontiguousarray(bgr[..., ::-1]), detector)))

    return of_picture


def _detections(rgb: np.ndarray, detector: PoseDetector) -> Iterator[Detection]:
    for region in detector.find_people(rgb):
        detection = detector.estimate(rgb, region)
        if detection is not None:
            yield detection


def _as_people(detections: list[Detection]) -> DetectedPeople:
    """In COCO's joints; a joint that was not found is put in the middle of the box, as COCO wants all of them."""
    if not detections:
        return _NOBODY
    xy = []
    for detection in detections:
        points = detection.keypoints.to(COCO_17).xy_px
        middle = detection.bbox_px.reshape(2, 2).mean(0)
        xy.append(np.where(np.isfinite(points), points, middle))
    score = [d.score * float(np.mean(d.keypoints.to(COCO_17).confidence)) for d in detections]
    return DetectedPeople(np.stack(xy), np.array(score))
