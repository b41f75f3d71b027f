"""Options of jobs: refused where they are wrong, the same for everybody who has them."""

from __future__ import annotations

from inspect import signature

import pytest

from ganbodypose import PoseEstimator
from ganbodypose.core import UserError
from ganbodypose.jobs.options import PoseOptions, RunOptions, parts_of_text, size_of_text


def test_pose_options_are_the_arguments_of_the_estimator() -> None:
    defaults = {name: one.default for name, one in signature(PoseEstimator).parameters.items()}
    assert PoseOptions().as_json() == defaults


def test_the_estimator_is_as_the_options_say() -> None:
    estimator = RunOptions("blazepose-lite", fov_deg=70.0, height_m=1.8, persons=2, threads=3).estimator()
    assert (estimator.fov_deg, estimator.height_m, estimator.persons, estimator.threads) == (70.0, 1.8, 2, 3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"start_s": -1.0}, "start must be 0 seconds or later, not -1"),
        ({"end_s": -1.0}, "end must be 0 seconds or later"),
        ({"start_s": 2.0, "end_s": 2.0}, r"start \(2 s\) must come before the end \(2 s\)"),
        ({"start_s": float("nan")}, "start must be"),
        ({"parts": 257}, "between 1 and 256"),
    ],
)
def test_wrong_options_are_refused_when_made(options: dict, words: str) -> None:
    with pytest.raises(UserError, match=words):
        RunOptions(**options)


def test_the_number_of_parts_as_text() -> None:
    assert parts_of_text("3") == 3
    assert parts_of_text("auto") >= 1
    for text in ("0", "-1", "many", "1.5", ""):
        with pytest.raises(UserError, match="number of parts"):
            parts_of_text(text)


def test_a_picture_size_as_text() -> None:
    assert size_of_text("1920X1080") == (1920, 1080)
    for text in ("1920", "0x10", "1920x1080x3", "axb"):
        with pytest.raises(UserError, match="WIDTHxHEIGHT"):
            size_of_text(text)
