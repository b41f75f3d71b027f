"""Detectors named by a file and options: `onnx:FILE?size=192x256&skeleton=coco_17`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from ganbodypose.core import UserError
from ganbodypose.skeletons import SKELETONS, Skeleton

PREFIX = "onnx:"
NORMALISATIONS = ("imagenet", "unit", "none")
_SIZE = re.compile(r"(\d+)x(\d+)")


@dataclass(frozen=True)
class TopDownOptions:
    """What the file itself does not say; None: taken from the file.

    size: input width x height, pixels. skeleton: the convention of its keypoints. normalise: 'imagenet' (mean
    and deviation of ImageNet), 'unit' (0 to 1) or 'none' (0 to 255). udp: unbiased data processing, as ViTPose
    and the UDP variants of HRNet were trained with. person: a YOLOX person detector in an ONNX file, in place
    of BlazePose's.
    """

    path: Path
    size: tuple[int, int] | None = None
    skeleton: Skeleton | None = None
    normalise: str = "imagenet"
    udp: bool = False
    person: Path | None = None


def parse_name(name: str) -> TopDownOptions:
    """The options in `name`, 'onnx:FILE?key=value&...'; UserError where a file is missing or a value is wrong."""
    file, _, query = name.removeprefix(PREFIX).partition("?")
    readers: dict[str, Callable[[str], Any]] = {
        "size": _size,
        "skeleton": _skeleton,
        "normalise": _normalisation,
        "udp": _flag,
        "person": _existing,
    }
    values = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := values.keys() - readers.keys():
        raise UserError(f"Unknown detector option {min(unknown)!r}: known are {', '.join(readers)}.")
    return TopDownOptions(_existing(file), **{key: readers[key](value) for key, value in values.items()})


def _existing(file: str) -> Path:
    path = Path(file).expanduser()
    if not path.is_file():
        raise UserError(f"There is no pose network {file!r}: give the path of an ONNX file, as in onnx:FILE.")
    return path


def _size(value: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(value)
    if not match:
        raise UserError(f"The input size {value!r} is not WIDTHxHEIGHT in pixels, such as 192x256.")
    return int(match[1]), int(match[2])


def _skeleton(value: str) -> Skeleton:
    if value not in SKELETONS:
        raise UserError(f"Unknown skeleton {value!r}: choose one of {', '.join(SKELETONS)}.")
    return SKELETONS[value]


def _normalisation(value: str) -> str:
    if value not in NORMALISATIONS:
        raise UserError(f"Unknown normalisation {value!r}: choose one of {', '.join(NORMALISATIONS)}.")
    return value


def _flag(value: str) -> bool:
    if value not in ("0", "1"):
        raise UserError(f"The detector option udp is 0 or 1, not {value!r}.")
    return value == "1"
