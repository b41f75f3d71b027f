"""The COCO protocol, on annotations, results and pictures written here."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from ganbodypose.cli import app
from ganbodypose.core import Detection, Keypoints2D, UserError
from ganbodypose.datasets.coco import read_coco
from ganbodypose.detect.base import Region
from ganbodypose.jobs.evaluate import evaluate_coco
from ganbodypose.protocols.people_2d import annotations_in, detected_in
from ganbodypose.skeletons import BLAZEPOSE_33

RNG = np.random.default_rng(0)
RUNNER = CliRunner()


def write_coco(folder: Path) -> Path:
    """Three pictures of 200 x 200 with 1, 2 and 0 people of 100 x 100 px."""
    annotations = []
    for number, image_id in enumerate((1, 2, 2), start=1):
        xy = RNG.uniform(50, 150, (17, 2))
        annotations.append(
            {
                "id": number,
                "image_id": image_id,
                "keypoints": np.concatenate([xy, np.full((17, 1), 2)], 1).ravel().tolist(),
                "num_keypoints": 17,
                "area": 10_000.0,
                "bbox": [50.0, 50.0, 100.0, 100.0],
                "iscrowd": 0,
            }
        )
    images = [{"id": k, "file_name": f"{k}.jpg", "width": 200, "height": 200} for k in (1, 2, 3)]
    path = folder / "annotations" / "person_keypoints_val2017.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"images": images, "annotations": annotations}))
    return path


def write_results(folder: Path, offset_px: float = 0.0, **changes: Any) -> Path:
    """What is annotated, found `offset_px` to the right."""
    content = json.loads((folder / "annotations" / "person_keypoints_val2017.json").read_text())
    results = []
    for annotation in content["annotations"]:
        points = np.reshape(annotation["keypoints"], (17, 3)) + np.array([offset_px, 0, 0])
        result = {"image_id": annotation["image_id"], "category_id": 1, "score": 0.9}
        results.append(result | {"keypoints": points.ravel().tolist()} | changes)
    path = folder / "results.json"
    path.write_text(json.dumps(results))
    return path


def test_perfect_results(tmp_path: Path) -> None:
    write_coco(tmp_path)
    evaluation = evaluate_coco(tmp_path, write_results(tmp_path), "")
    scores = evaluation.scores
    assert (scores["pictures"], scores["people"], scores["detections"]) == (3, 3, 3)
    assert scores["ap"] == pytest.approx(1) and scores["joint_map"]["total"] == pytest.approx(1)
    worse = evaluate_coco(tmp_path, write_results(tmp_path, 8.0), "").scores
    assert 0.1 < worse["ap"] < 0.9 and worse["ap50"] > worse["ap75"]
    assert (
        worse["joint_map"]["head"] < worse["joint_map"]["ankle"]
    )  # a shift matters more for eyes than for ankles


class OnePerson:
    """Finds the first annotated person of every picture that is not black, in its own 33 points."""

    name, skeleton = "fake", BLAZEPOSE_33

    def __init__(self, xy_px: np.ndarray) -> None:
        self._xy_px = xy_px

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        return [Region(np.array([100.0, 100.0]), 100.0, 0.0, 0.9)] if rgb.any() else []

    def estimate(self, rgb: np.ndarray, region: Region) -> Detection:
        del rgb
        keypoints = Keypoints2D(self._xy_px, np.ones(33), BLAZEPOSE_33)
        return Detection(keypoints, np.array([50.0, 50, 150, 150]), region.score)

    def next_region(self, detection: Detection) -> Region:
        raise NotImplementedError


def test_a_detector_on_pictures(tmp_path: Path) -> None:
    annotations = write_coco(tmp_path)
    pictures = list(read_coco(annotations))
    images = tmp_path / "val2017"
    images.mkdir()
    for picture in pictures:
        grey = 200 if picture.image_id == 1 else 0
        cv2.imwrite(str(images / picture.file_name), np.full((200, 200, 3), grey, np.uint8))
    xy = np.zeros((33, 2))
    for joint, name in enumerate(BLAZEPOSE_33.joints):
        same = [k for k, coco in enumerate(COCO_NAMES) if coco == name]
        xy[joint] = pictures[0].people.xy_px[0][same[0]] if same else 0
    find_people = detected_in(images, OnePerson(xy))
    found = [find_people(picture) for picture in pictures]
    assert [len(people.score) for people in found] == [1, 0, 0]
    np.testing.assert_allclose(found[0].xy_px[0], pictures[0].people.xy_px[0])


COCO_NAMES = (
    *(
        "nose",
        "left_eye",
        "right_eye",
        "left_ear",
        "right_ear",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
    ),
    *("right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee"),
    *("left_ankle", "right_ankle"),
)


def test_the_command(tmp_path: Path) -> None:
    write_coco(tmp_path)
    command = ["evaluate", "--protocol", "coco", "--data", str(tmp_path)]
    command += ["--predictions", str(write_results(tmp_path)), "--json"]
    done = RUNNER.invoke(app, command)
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout)
    assert scores["ap"] == pytest.approx(1) and scores["headline"] == "ap"


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"No annotations/person_keypoints_val2017.json lies in"):
        annotations_in(tmp_path)
    write_coco(tmp_path)
    with pytest.raises(UserError, match=r"COCO's pictures are expected in .*val2017"):
        evaluate_coco(tmp_path, None, "blazepose-full")
    path = write_results(tmp_path, keypoints=[1, 2])
    with pytest.raises(UserError, match=rf"{path}: field \"\[0\]\['keypoints'\]\" must be numbers \[51\]"):
        evaluate_coco(tmp_path, path, "")
    path.write_text("{}")
    with pytest.raises(UserError, match="must be a list of results"):
        evaluate_coco(tmp_path, path, "")
