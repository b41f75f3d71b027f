"""COCO keypoints and DensePose-COCO: people in single pictures, from the annotation files' JSON.

Lin et al., ECCV 2014; Gueler et al., CVPR 2018. Pictures are not read. 2D only, so they give no clips.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.datasets.checks import entry, field_error, numbers, same_length, whole
from ganbodypose.io.text import read_json
from ganbodypose.metrics.average_precision import LabelledPeople
from ganbodypose.skeletons import COCO_17

DENSEPOSE_PARTS = 24
_MASK_SIDE = 256  # DensePose gives points and masks in a square of this side laid over the box
_POINTS = ("dp_I", "dp_U", "dp_V", "dp_x", "dp_y")


@dataclass(frozen=True)
class CocoPicture:
    """One picture: its number and file, and everybody annotated in it (`metrics.average_precision.LabelledPeople`,
    in the order of COCO_17; pixel (0, 0) is the top-left pixel's centre, as in COCO's keypoints)."""

    image_id: int
    file_name: str
    size_wh: tuple[int, int]
    people: LabelledPeople


@dataclass(frozen=True)
class SurfacePoints:
    """DensePose of one person: P points in the picture, px [P,2], and where they lie on the body: part [P] (1 to 24),
    uv [P,2] in [0,1]. bbox_xywh [4]; parts: numbers (1 to 14) of the body parts whose mask is given."""

    image_id: int
    file_name: str
    bbox_xywh: np.ndarray
    xy_px: np.ndarray
    part: np.ndarray
    uv: np.ndarray
    parts: tuple[int, ...]


def read_coco(path: str | Path) -> Iterator[CocoPicture]:
    """Every picture of a person_keypoints_*.json, with or without people. The file is one JSON object, so it is read
    as a whole. UserError names the file, the annotation and the field."""
    file = _Annotations(Path(path))
    for image_id in file.images:
        people = [file.person(number) for number in file.of_image.get(image_id, ())]
        yield CocoPicture(image_id, file.file_name(image_id), file.size_wh(image_id), _together(people))


def read_densepose(path: str | Path) -> Iterator[SurfacePoints]:
    """Every person of a densepose_coco_*.json that has DensePose points."""
    file = _Annotations(Path(path))
    for number, annotation in enumerate(file.annotations):
        if "dp_I" in annotation:
            yield file.surface(number)


_Person = tuple[np.ndarray, np.ndarray, float, np.ndarray, bool]


def _together(people: list[_Person]) -> LabelledPeople:
    if not people:
        none = np.zeros((0, len(COCO_17)))
        return LabelledPeople(
            np.zeros((0, len(COCO_17), 2)), none > 0, none[:, 0], none[:, :4], none[:, 0] > 0
        )
    return LabelledPeople(*(np.array(part) for part in zip(*people, strict=True)))


class _Annotations:
    """One annotation file; of_image: numbers of the annotations of each picture."""

    def __init__(self, path: Path) -> None:
        self.path = path
        content = read_json(path)
        if not isinstance(content, dict):
            raise UserError(f"{path} must be a JSON object with 'images' and 'annotations'.")
        listed = self._list(content, "images")
        self.annotations = self._list(content, "annotations")
        self.images = {self._integer(image, "id", f"images[{k}]"): image for k, image in enumerate(listed)}
        self.of_image: dict[int, list[int]] = {}
        for number, annotation in enumerate(self.annotations):
            image_id = self._integer(annotation, "image_id", f"annotations[{number}]")
            if image_id not in self.images:
                raise field_error(
                    path, f"annotations[{number}]['image_id']", f"names the unknown picture {image_id}"
                )
            self.of_image.setdefault(image_id, []).append(number)

    def file_name(self, image_id: int) -> str:
        return str(entry(self.path, self.images[image_id], "file_name", f"images[id {image_id}]"))

    def size_wh(self, image_id: int) -> tuple[int, int]:
        image, field = self.images[image_id], f"images[id {image_id}]"
        return self._integer(image, "width", field), self._integer(image, "height", field)

    def person(self, number: int) -> _Person:
        """Keypoints [17,2], labelled [17], area, box [4], whether a crowd."""
        points = self._numbers(number, "keypoints", (3 * len(COCO_17),)).reshape(-1, 3)
        labelled, crowd = points[:, 2] > 0, self.annotations[number].get("iscrowd", 0) == 1
        area = float(self._numbers(number, "area", ()))
        return points[:, :2], labelled, area, self._numbers(number, "bbox", (4,)), crowd

    def surface(self, number: int) -> SurfacePoints:
        image_id = self.annotations[number]["image_id"]
        box = self._numbers(number, "bbox", (4,))
        columns = {name: self._numbers(number, name, (None,)) for name in _POINTS}
        same_length(self.path, [(f"annotations[{number}]['{name}']", c) for name, c in columns.items()])
        part = columns["dp_I"]
        if not np.isin(part, np.arange(1, DENSEPOSE_PARTS + 1)).all():
            raise field_error(self.path, f"annotations[{number}]['dp_I']", "must be body parts from 1 to 24")
        in_box = np.stack([columns["dp_x"], columns["dp_y"]], -1) / (_MASK_SIDE - 1)
        masks = self.annotations[number].get("dp_masks") or []
        if not isinstance(masks, list):
            raise field_error(self.path, f"annotations[{number}]['dp_masks']", "must be a list")
        return SurfacePoints(
            image_id,
            self.file_name(image_id),
            box,
            box[:2] + in_box * box[2:],
            part.astype(int),
            np.stack([columns["dp_U"], columns["dp_V"]], -1),
            tuple(k for k, mask in enumerate(masks, start=1) if mask),
        )

    def _numbers(self, number: int, key: str, shape: tuple[int | None, ...]) -> np.ndarray:
        field = f"annotations[{number}]"
        value = entry(self.path, self.annotations[number], key, field)
        return numbers(self.path, value, f"{field}[{key!r}]", shape)

    def _list(self, content: dict[str, Any], key: str) -> list[dict[str, Any]]:
        value = entry(self.path, content, key, "")
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise field_error(self.path, key, "must be a list of objects")
        return value

    def _integer(self, mapping: dict[str, Any], key: str, field: str) -> int:
        return whole(self.path, entry(self.path, mapping, key, field), f"{field}[{key!r}]")
