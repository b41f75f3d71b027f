"""COCO keypoints and DensePose, written here as they are; keypoints against pycocotools."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO

from ganbodypose.core import UserError
from ganbodypose.datasets.coco import read_coco, read_densepose

RNG = np.random.default_rng(0)


def annotation(number: int, image_id: int, /, **changes: Any) -> dict[str, Any]:
    points = np.concatenate([RNG.uniform(0, 200, (17, 2)).round(1), RNG.integers(0, 3, (17, 1))], 1)
    content = {
        "id": number,
        "image_id": image_id,
        "category_id": 1,
        "keypoints": points.ravel().tolist(),
        "num_keypoints": int((points[:, 2] > 0).sum()),
        "area": 1234.5,
        "bbox": [10.0, 20.0, 51.0, 102.0],
        "iscrowd": 0,
    }
    return {k: v for k, v in (content | changes).items() if v is not None}


def dense(**changes: Any) -> dict[str, Any]:
    points: dict[str, Any] = {
        "dp_I": [1.0, 24.0, 3.0],
        "dp_U": [0.1, 0.5, 1.0],
        "dp_V": [0.9, 0.5, 0.0],
        "dp_x": [0.0, 127.5, 255.0],
        "dp_y": [0.0, 255.0, 51.0],
        "dp_masks": [[], {"size": [256, 256], "counts": "abc"}, *[[]] * 12],
    }
    return points | changes


def write(path: Path, annotations: list[dict[str, Any]], **changes: Any) -> Path:
    images = [{"id": k, "file_name": f"{k:012}.jpg", "width": 640, "height": 480 + k} for k in (7, 3, 9)]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}
    path.write_text(json.dumps(content | changes))
    return path


def test_keypoints_are_those_of_pycocotools(tmp_path: Path) -> None:
    people = [annotation(1, 9), annotation(2, 3, iscrowd=1), annotation(3, 9)]
    path = write(tmp_path / "person_keypoints_val2017.json", people)
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO(str(path))
    pictures = list(read_coco(path))
    assert [(p.image_id, len(p.people.area_px)) for p in pictures] == [(7, 0), (3, 1), (9, 2)]
    assert pictures[0].file_name == "000000000007.jpg" and pictures[0].size_wh == (640, 487)
    for picture in pictures:
        theirs = reference.loadAnns(reference.getAnnIds(picture.image_id))
        for k, person in enumerate(theirs):
            points = np.reshape(person["keypoints"], (17, 3))
            np.testing.assert_array_equal(picture.people.xy_px[k], points[:, :2])
            assert picture.people.labelled[k].sum() == person["num_keypoints"]
            assert picture.people.area_px[k] == person["area"]
            assert picture.people.crowd[k] == bool(person["iscrowd"])


def test_surface_points_by_hand(tmp_path: Path) -> None:
    """dp_x and dp_y run from 0 to 255 over the box."""
    people = [annotation(1, 3), annotation(2, 9, **dense())]
    (person,) = read_densepose(write(tmp_path / "densepose_coco_2014_minival.json", people))
    np.testing.assert_allclose(person.xy_px, [[10, 20], [10 + 25.5, 122], [61, 20 + 0.2 * 102]])
    assert person.part.tolist() == [1, 24, 3] and person.image_id == 9 and person.parts == (2,)
    np.testing.assert_allclose(person.uv, [[0.1, 0.9], [0.5, 0.5], [1, 0]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"keypoints": [1, 2, 3]}, r"\"annotations\[0\]\['keypoints'\]\" must be numbers \[51\]"),
        ({"area": None}, r"\"annotations\[0\]\['area'\]\" is missing"),
        ({"image_id": 4}, r".*names the unknown picture 4"),
        ({"image_id": "x"}, ".*must be a whole number, not 'x'"),
        (dense(dp_U=[0.1]), r".*'dp_U'.* must have one entry per frame"),
        (dense(dp_I=[1.0, 25.0, 3.0]), ".*must be body parts from 1 to 24"),
    ],
)
def test_malformed(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write(tmp_path / "people.json", [annotation(1, 9, **changes)])
    with pytest.raises(UserError, match=f"{path}: field {message}"):
        list(read_coco(path))
        list(read_densepose(path))


def test_files_that_are_none(tmp_path: Path) -> None:
    path = write(tmp_path / "people.json", [], images={})
    with pytest.raises(UserError, match="field 'images' must be a list of objects"):
        list(read_coco(path))
    path.write_text("[]")
    with pytest.raises(UserError, match="must be a JSON object with 'images'"):
        list(read_coco(path))
    path.write_text("{")
    with pytest.raises(UserError, match="is not a JSON file"):
        list(read_coco(path))
    with pytest.raises(UserError, match="does not exist"):
        list(read_coco(tmp_path / "nothing.json"))
